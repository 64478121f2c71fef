import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { tensor } from '#expr/kernels.js';
import type { Values } from '#heads/parameters.js';
import { headGraph } from '../helpers/head-graph.ts';
import { fitted, VARIANTS } from '../helpers/variants.ts';

/* What heads carry from step to step, where a batch is small, empty, or out of proportion. */

const DIM = 3;
const CLASSES = 4;
const IGNORED = -100;
const W = [2, 0, 0, 0, 0.5, 0, -0.3, -0.4, 1.2, 0.1, 1, 1];

interface After {
  readonly loss: number;
  readonly states: Readonly<Record<string, number>>;
}

/** One step over rows of `x`, from given states or those of the start. */
function step(
  name: string,
  values: Values,
  x: readonly (readonly number[])[],
  labels: readonly number[],
  before: After['states'] = {},
): After {
  const graph = headGraph(name, fitted(values, CLASSES), DIM, CLASSES);
  const names = Object.keys(graph.next).map((next) => next.replace(/_next$/, ''));
  const [loss, ...next] = evaluate([graph.loss, ...Object.values(graph.next)], {
    x: tensor(x.flat(), [x.length, DIM]),
    w: tensor(W, [CLASSES, DIM]),
    labels: tensor(labels),
    ...Object.fromEntries(Object.entries(before).map(([state, value]) => [state, tensor(value)])),
  });
  const numbers = names.map((state, i) => [state, next[i]?.data[0] ?? Number.NaN] as const);
  return { loss: loss?.data[0] ?? Number.NaN, states: Object.fromEntries(numbers) };
}

function startOf(name: string, values: Values): After['states'] {
  const { takes } = headGraph(name, fitted(values, CLASSES), DIM, CLASSES);
  return Object.fromEntries(
    Object.entries(takes).flatMap(([state, taken]) =>
      taken.kind === 'state' ? [[state, taken.initial]] : [],
    ),
  );
}

const STATEFUL = VARIANTS.filter(([name, values]) => Object.keys(startOf(name, values)).length > 0);

const ORDINARY = [
  [1, 0.2, -0.3],
  [-4, 5, 6],
  [0.1, -0.2, 0.7],
];

describe.each(STATEFUL)('the states of %s %j', (name, values) => {
  it('stay as they are where no sample counts', () => {
    const start = startOf(name, values);
    const ignored = ORDINARY.map(() => IGNORED);
    expect(step(name, values, ORDINARY, ignored)).toEqual({ loss: 0, states: start });
    const later = Object.fromEntries(Object.keys(start).map((state, i) => [state, 2.5 + i]));
    expect(step(name, values, ORDINARY, ignored, later).states).toEqual(later);
  });

  it('do not see samples that are ignored', () => {
    const [all, fewer] = [
      step(name, values, [...ORDINARY, [30, -40, 1]], [0, 1, 2, IGNORED]),
      step(name, values, ORDINARY, [0, 1, 2]),
    ];
    expect(all.states).toEqual(fewer.states);
    expect(all.states).not.toEqual(startOf(name, values));
  });

  it('and the loss stay finite, step after step', () => {
    const batches = [
      [[1, 2, 3]], // one sample has no deviation
      [[0, 0, 0]],
      [
        [1e20, 1e20, -1e20],
        [1e-20, 0, 0],
      ],
      [
        [2, 0, 0],
        [2, 0, 0],
        [2, 0, 0],
      ], // no spread, and all on their class rows
      ORDINARY,
    ];
    let states = startOf(name, values);
    for (let round = 0; round < 20; round++) {
      for (const batch of batches) {
        const after = step(
          name,
          values,
          batch,
          batch.map(() => 0),
          states,
        );
        expect(Number.isFinite(after.loss), `loss of ${batch.join(' | ')}`).toBe(true);
        for (const [state, value] of Object.entries(after.states))
          expect(Number.isFinite(value), `${state} after ${batch.join(' | ')}`).toBe(true);
        states = after.states;
      }
    }
  });
});

describe('adaface', () => {
  it('leaves the deviation as it is where there is one sample, and moves the mean', () => {
    const { states } = step('adaface', {}, [[3, 0, 4]], [0]);
    expect(states['batch_mean']).toBeCloseTo(0.01 * 5 + 0.99 * 20, 12);
    expect(states['batch_std']).toBe(100);
  });

  it('takes the deviation by N − 1, of lengths held in [0.001, 100]', () => {
    const { states } = step(
      'adaface',
      { tAlpha: 1 },
      [
        [3, 0, 4],
        [0, 0, 7],
        [0, 900, 0],
      ],
      [0, 1, 2],
    );
    const mean = (5 + 7 + 100) / 3;
    expect(states['batch_mean']).toBeCloseTo(mean, 12);
    const squares = [5, 7, 100].reduce((sum, norm) => sum + (norm - mean) ** 2, 0);
    expect(states['batch_std']).toBeCloseTo(Math.sqrt(squares / 2), 12);
  });
});

describe('the scale of adacos', () => {
  const at = (theta: number) => [Math.cos(theta), Math.sin(theta), 0];
  /** cos(min(π/4, θ_med)), by what the sum over the other classes leaves of the new scale. */
  function divisorOf(thetas: readonly number[]): number {
    const graph = headGraph('adacos', {}, DIM, CLASSES);
    const labels = tensor(thetas.map(() => 0));
    const bindings = {
      x: tensor(thetas.flatMap(at), [thetas.length, DIM]),
      w: tensor(W, [CLASSES, DIM]),
      labels,
    };
    const [cos, next] = evaluate([graph.parts.cos, graph.next['s_next'] ?? graph.loss], bindings);
    const s = Math.SQRT2 * Math.log(CLASSES - 1);
    const terms = Array.from(cos?.data ?? [], (c, i) => (i % CLASSES === 0 ? 0 : Math.exp(s * c)));
    const mean = terms.reduce((sum, term) => sum + term, 0) / thetas.length;
    return Math.log(mean) / (next?.data[0] ?? Number.NaN);
  }

  it.each([
    ['of an odd number the one in the middle', [0.7, 0.1, 0.3], 0.3],
    ['of an even number the lower one', [0.7, 0.1, 0.5, 0.3], 0.3],
    ['of one itself', [0.6], 0.6],
    ['of equal ones that', [0.4, 0.4, 0.2, 0.4, 0.6, 0.6], 0.4],
    ['of all equal ones that', [0.2, 0.2], 0.2],
  ])('takes the median of the angles: %s', (_, thetas, median) => {
    expect(divisorOf(thetas)).toBeCloseTo(Math.cos(median), 12);
  });

  it('takes π/4 where the median is larger', () => {
    expect(divisorOf([2, 0.1, 1])).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it('does not overflow where it has grown large', () => {
    const { states } = step(
      'adacos',
      {},
      [
        [1, 1, 1],
        [-1, 0, 0],
      ],
      [0, 1],
      { s: 500 },
    );
    // The largest term is exp(500·cos θ), which float32 and at 800 float64 cannot hold.
    expect(states['s']).toBeGreaterThan(300);
    const beyond = step(
      'adacos',
      {},
      [
        [1, 1, 1],
        [-1, 0, 0],
      ],
      [0, 1],
      { s: 5000 },
    );
    expect(Number.isFinite(beyond.states['s'])).toBe(true);
  });
});
