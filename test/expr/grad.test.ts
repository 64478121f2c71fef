import { describe, expect, it } from 'vitest';
import { detach, input, mul, pivot, reduceSum, square, stopGradient } from '#expr/build.js';
import { evaluate } from '#expr/evaluate.js';
import type { Expr } from '#expr/expr.js';
import { grad } from '#expr/grad.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { EXPR_CASES } from './cases.ts';

const STEP = 1e-5;

/** A number that every element of `expr` has a part in, each its own. */
function weighed(expr: Expr): Expr {
  const inner = expr.shape.length === 0 ? expr : reduceSum(mul(expr, square(expr)), undefined, false);
  return mul(inner, 1.3);
}

function nudged(value: Tensor, index: number, by: number): Tensor {
  return { shape: value.shape, data: value.data.map((v, i) => (i === index ? v + by : v)) };
}

describe('grad agrees with central differences', () => {
  const cases = EXPR_CASES.filter(({ name }) => !['pivot', 'stopGradient', 'detach', 'rows'].includes(name));
  it.each(cases.map((c) => [c.name, c] as const))('%s', (_, { expr, inputs }) => {
    const loss = weighed(expr);
    const bindings = Object.fromEntries(Object.entries(inputs).map(([name, { value }]) => [name, value]));
    for (const [name, { dtype, shape, value }] of Object.entries(inputs)) {
      if (dtype !== 'float32') continue;
      const [gradient] = evaluate(grad(loss, [find(expr, name)]), bindings);
      expect(gradient?.shape.length, `shape [${shape}]`).toBe(value.shape.length);
      value.data.forEach((_, i) => {
        const at = (by: number) =>
          evaluate([loss], { ...bindings, [name]: nudged(value, i, by) })[0]?.data[0] ?? Number.NaN;
        const slope = (at(STEP) - at(-STEP)) / (2 * STEP);
        // Central differences of step h are off by h²·f‴/6 and by 1e-16·f/h, together below 1e-8 of these values.
        expect(gradient?.data[i], `${name}[${i}]`).toBeCloseTo(slope, 5);
      });
    }
  });

  it.each([
    ['a pivot', pivot],
    ['stopped', stopGradient],
    ['detached', detach],
  ] as const)('a %s gradient is a constant', (_, stop) => {
    const x = input('x', 'float32', [2]);
    const [gradient] = evaluate(grad(reduceSum(mul(x, stop(x)), undefined, false), [x]), {
      x: tensor([3, 5]),
    });
    expect([...(gradient?.data ?? [])]).toEqual([3, 5]);
  });

  it('what the loss does not depend on gets zeros of its shape', () => {
    const [x, other] = [input('x', 'float32', [2]), input('other', 'float32', [3])];
    const [gradient] = evaluate(grad(reduceSum(x, undefined, false), [other]), {
      x: tensor([3, 5]),
      other: tensor([1, 2, 3]),
    });
    expect([...(gradient?.data ?? [])]).toEqual([0, 0, 0]);
  });
});

function find(expr: Expr, name: string): Expr {
  const found = search(expr, name);
  if (found === null) throw new Error(`no input "${name}"`);
  return found;
}

function search(expr: Expr, name: string): Expr | null {
  if (expr.op === 'input' && expr.name === name) return expr;
  for (const arg of expr.args) {
    const found = search(arg, name);
    if (found !== null) return found;
  }
  return null;
}
