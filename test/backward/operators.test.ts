import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '#backward/operators/index.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { writeModel } from '#model/write.js';
import type { Fetched } from '#validate/runtime.js';
import {
  backwardModel,
  differences,
  feedsOf,
  forwardInFloat64,
  upOf,
  valuesOf,
  wantedOf,
} from '../helpers/backward-model.ts';
import { useRuntime } from '../helpers/use-runtime.ts';
import { BACKWARD_CASES, type BackwardCase, CASES_OF_EQUALS } from './cases.ts';

/** Opsets at which an operator that we write changed, and those that models are of. */
const OPSETS = [7, 9, 11, 13, 17, 18, 21];

const live = useRuntime();

async function gradients(one: BackwardCase, opset: number) {
  const up = upOf(forwardInFloat64(one, opset, valuesOf(one)));
  const path = live.scratch.path(`${one.name.replaceAll(/\W/g, '-')}-${opset}.onnx`);
  await writeModel(path, backwardModel(one, opset, up));
  const session = await live.runtime.open({ model: path, provider: 'cpu' });
  const got = await session.run(feedsOf(one, up));
  await session.release();
  return got;
}

/** A few roundings of float32, and what Exp, Erf and Tanh of a runtime are off by: about 1e-6 of the largest. */
function expectSame(got: Fetched | undefined, expected: Tensor, what: string): void {
  expect(got?.dims, what).toEqual(expected.shape);
  const largest = expected.data.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  for (const [i, v] of expected.data.entries()) {
    const off = Math.abs(Number(got?.data[i]) - v) / largest;
    expect(off, `${what}[${i}]: ${got?.data[i]} for ${v}`).toBeLessThan(5e-6);
  }
}

/** By `pytorch.py`: d_x of each case by its name. */
const PYTORCH: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = JSON.parse(
  readFileSync(new URL('pytorch.json', import.meta.url), 'utf8'),
);

/** Softmax and its like mean in PyTorch what ONNX means from here on. */
const AS_PYTORCH = 13;

function expectPyTorch(got: Readonly<Record<string, Fetched>>, one: BackwardCase, opset: number): void {
  const figures = Object.entries(PYTORCH[one.name] ?? {});
  expect(figures.map(([name]) => name)).toEqual(wantedOf(one));
  for (const [name, data] of figures) {
    const dims = one.inputs[name]?.dims ?? [];
    expectSame(got[`d_${name}`], tensor(data, dims), `d_${name} of PyTorch at opset ${opset}`);
  }
}

describe('gradients are what differences in float64 say, and PyTorch', () => {
  it.each(BACKWARD_CASES.map((each) => [each.name, each] as const))('%s', async (_, one) => {
    for (const opset of OPSETS.filter((each) => each >= (one.since ?? 7))) {
      const got = await gradients(one, opset);
      expectSame(got['y'], forwardInFloat64(one, opset, valuesOf(one)), `y at opset ${opset}`);
      for (const [name, expected] of Object.entries(differences(one, opset))) {
        expectSame(got[`d_${name}`], expected, `d_${name} at opset ${opset}`);
      }
      if (opset >= AS_PYTORCH) expectPyTorch(got, one, opset);
    }
  });
});

it.each(CASES_OF_EQUALS.map((each) => [each.name, each] as const))(
  '%s: the first takes all, as in PyTorch',
  async (_, one) => {
    for (const opset of OPSETS) expectPyTorch(await gradients(one, opset), one, opset);
  },
);

it('every operator has a case', () => {
  const covered = new Set(BACKWARD_CASES.map(({ op }) => op));
  expect([...OPERATORS.keys()].filter((name) => !covered.has(name))).toEqual([]);
});
