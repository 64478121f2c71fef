import { expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { startOf } from '#heads/curve.js';
import { readModel } from '#model/read.js';
import { planRewrite } from '#rewrite/rewrite.js';
import { PLAIN_STEP, stepOf } from '#rewrite/step.js';
import { gemmModel } from '../helpers/gemm-model.ts';

/* Numbers that a head learns are trained like class rows: the step's gradient of each is that of central differences. */

const H = 1e-5;
const [N, DIM, CLASSES] = [6, 4, 3];

it.each(['sphereface2', 'uniface'])('%s: what is learned has a gradient', async (head) => {
  const plan = planRewrite(await readModel(gemmModel({ dim: DIM, classes: CLASSES })), { head });
  const { inputs, results } = stepOf(plan, { ...PLAIN_STEP, momentum: 0, gradients: true });
  const learned = Object.entries(plan.needs.takes).flatMap(([name, { kind }]) =>
    kind === 'learned' ? [name] : [],
  );
  expect(learned.length).toBeGreaterThan(0);
  const numbers = (dims: readonly number[], phase: number) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    return tensor(
      Array.from({ length }, (_, i) => Math.sin(phase + i)),
      dims,
    );
  };
  const start = startOf(plan.needs.takes);
  const bound: Record<string, Tensor> = {
    x: numbers([N, DIM], 1),
    labels: tensor([0, 1, 2, 0, 1, 2]),
    weight: numbers([CLASSES, DIM], 2),
    lr: tensor(0.1),
    ...Object.fromEntries(learned.map((name) => [name, tensor(Number(start[name]))])),
  };
  expect(Object.keys(inputs).filter((name) => !(name in bound))).toEqual([]);
  const of = (output: string, changed: Record<string, Tensor> = {}) => {
    const found = results.find(({ name }) => name === output);
    if (found === undefined) throw new Error(`no output ${output}`);
    return evaluate([found.expr], { ...bound, ...changed })[0]?.data[0] ?? Number.NaN;
  };
  for (const name of learned) {
    const moved = (by: number) => of('loss', { [name]: tensor(Number(start[name]) + by) });
    const slope = (moved(H) - moved(-H)) / (2 * H);
    expect(Math.abs(slope)).toBeGreaterThan(1e-3);
    // Central differences are off by h² and by 1e-16/h, both far below 1e-8 of losses of about 1 to 100.
    expect(of(`d_${name}`)).toBeCloseTo(slope, 5);
  }
});
