import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { grad } from '#expr/grad.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { findHead } from '#heads/find.js';
import type { Values } from '#heads/parameters.js';
import { headGraph } from '../helpers/head-graph.ts';
import { takenTensors } from '../helpers/taken.ts';

/*
 * What one head says of another, and of itself: identities that hold whatever the numbers are. 1e-12 of logits of up to
 * 100 is a few roundings of float64.
 */

const DIM = 3;
const CLASSES = 3;
const W = [2, 0, 0, 0, 0.5, 0, -0.3, -0.4, 1.2];
/** Near its class, far from it, near another, opposite to it. */
const X = [1, 0.2, -0.1, -0.5, 0.1, 2, 0.3, -4, 1, -0.9, -0.1, 0.2];
const LABELS = [0, 1, 1, 0];

interface Given {
  readonly w?: readonly number[];
  readonly labels?: readonly number[];
  readonly noise?: readonly number[];
}

function run(name: string, values: Values, { w = W, labels = LABELS, noise = [0, 0, 0, 0] }: Given = {}) {
  const graph = headGraph(name, values, DIM, CLASSES);
  const bindings = {
    x: tensor(X, [LABELS.length, DIM]),
    w: tensor(w, [w.length / DIM, DIM]),
    labels: tensor(labels),
    ...takenTensors(graph.takes, { noise }),
  };
  const results = [graph.logits, graph.loss, ...grad(graph.loss, [graph.x, graph.w])];
  const [logits, loss, dX, dW] = evaluate(results, bindings) as [Tensor, Tensor, Tensor, Tensor];
  return { logits, loss, dX, dW };
}

const numbers = ({ logits, loss, dX }: ReturnType<typeof run>) => [...logits.data, ...loss.data, ...dX.data];

function expectSame(a: ReturnType<typeof run>, b: ReturnType<typeof run>): void {
  const [ours, theirs] = [numbers(a), numbers(b)];
  expect(ours.length).toBe(theirs.length);
  for (const [i, value] of ours.entries()) expect(value, `number ${i}`).toBeCloseTo(theirs[i] ?? NaN, 11);
}

/** Class rows, each in as many centres as functions are given. */
const centred = (...centres: readonly ((row: readonly number[]) => readonly number[])[]) =>
  Array.from({ length: CLASSES }, (_, c) =>
    centres.flatMap((make) => make(W.slice(c * DIM, (c + 1) * DIM))),
  ).flat();

const same = (row: readonly number[]) => row;
const turned = ([a = 0, b = 0, c = 0]: readonly number[]) => [b - a, c, a];

describe('subcenter-arcface', () => {
  it('of one centre is ArcFace, and so is that of equal centres', () => {
    const arcface = run('arcface', {});
    expectSame(run('subcenter-arcface', { centres: 1 }), arcface);
    expectSame(run('subcenter-arcface', { centres: 3 }, { w: centred(same, same, same) }), arcface);
  });

  it('does not look at the order of centres', () => {
    const [a, b] = [centred(same, turned), centred(turned, same)].map((w) =>
      run('subcenter-arcface', { centres: 2 }, { w }),
    ) as [ReturnType<typeof run>, ReturnType<typeof run>];
    expectSame(a, b);
    expect(numbers(a)).not.toEqual(numbers(run('arcface', {})));
  });

  it('moves only the nearest centre of a class', () => {
    // Copies at the other side of the origin are nearest to no sample that the rows themselves are nearest to.
    const w = [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1];
    const { dW } = run('subcenter-arcface', { centres: 2 }, { w, labels: [0, -100, -100, -100] });
    const moved = Array.from({ length: 6 }, (_, row) =>
      dW.data.slice(row * DIM, (row + 1) * DIM).some((g) => g !== 0),
    );
    // The first embedding, [1, 0.2, −0.1], is nearer to the first, the first and the second centre of the classes.
    expect(moved).toEqual([true, false, true, false, false, true]);
  });
});

describe('dynamic-arcface', () => {
  const margins = (values: Values) => {
    const { head } = findHead('dynamic-arcface');
    const taken = head.needs(head.parse(values), { classes: CLASSES, dim: DIM }).takes['class_margins'];
    return taken?.kind === 'perClass' ? taken.values.map((m) => Number(m.toFixed(12))) : [];
  };

  it('of equal margins is ArcFace', () => {
    for (const pastPi of ['hard', 'shift', 'reflect', 'clip', 'none']) {
      const ours = run('dynamic-arcface', { scale: 64, classMargins: [0.4, 0.4, 0.4], pastPi });
      expectSame(ours, run('arcface', { margin: 0.4, pastPi }));
    }
    expectSame(run('dynamic-arcface', { scale: 64 }), run('arcface', {}));
  });

  it('gives the target its own margin', () => {
    const ours = run('dynamic-arcface', { scale: 64, classMargins: [0.2, 0.7, 0] });
    const [narrow, wide] = [run('arcface', { margin: 0.2 }), run('arcface', { margin: 0.7 })];
    for (const [i, label] of LABELS.entries()) {
      const at = i * CLASSES + label;
      expect(ours.logits.data[at]).toBeCloseTo((label === 0 ? narrow : wide).logits.data[at] ?? NaN, 11);
    }
  });

  it('makes margins of counts: n^(−1/4) from the least to the largest', () => {
    // 1, 1/2 and 1/3: the second lies a quarter of the way from the least to the largest.
    expect(margins({ classCounts: [1, 16, 81] })).toEqual([0.5, 0.1625, 0.05]);
    expect(margins({ classCounts: [0, 16, 81] })).toEqual([0.5, 0.1625, 0.05]);
    expect(margins({ classCounts: [4, 16, 1], power: 0.5, minMargin: 0, maxMargin: 0.3 })).toEqual([
      0.1, 0, 0.3,
    ]);
  });

  it('gives all classes the largest margin where none is rarer than another', () => {
    expect(margins({ classCounts: [7, 7, 7] })).toEqual([0.5, 0.5, 0.5]);
    expect(margins({})).toEqual([0.5, 0.5, 0.5]);
  });

  it('refuses lists of another length, numbers out of range, and both lists', () => {
    const refusal = (values: Values) => {
      try {
        run('dynamic-arcface', values);
      } catch (error) {
        return error;
      }
      return null;
    };
    expect(refusal({ classCounts: [1, 2] })).toMatchObject({ code: 'BAD_PARAM', saw: '2 numbers' });
    expect(refusal({ classMargins: [0.1, 0.2, 28.6] })).toMatchObject({
      code: 'BAD_PARAM',
      saw: '28.6 for class 2',
      expected: expect.stringContaining('for each class: [0, 1.57'),
    });
    expect(refusal({ classCounts: [1, 2.5, 3] })).toMatchObject({
      code: 'BAD_PARAM',
      saw: '2.5 for class 1',
    });
    expect(refusal({ classCounts: [1, 2, 3], classMargins: [0.1, 0.2, 0.3] })).toMatchObject({
      code: 'BAD_PARAM',
    });
  });
});

describe('elasticface', () => {
  const noise = [0.7, -1.2, 2, 0.1];
  /** m_i of each sample, read off the logits of `cos`: its margin is a difference. */
  const marginsOf = (plus: string, given: Given = {}) => {
    const { logits } = run('elasticface-cos', { plus, scale: 1 }, { noise, ...given });
    const plain = run('normface', { scale: 1 }, given).logits;
    return LABELS.map((label, i) => {
      const at = i * CLASSES + label;
      return Number((((plain.data[at] ?? 0) - (logits.data[at] ?? 0) - 0.35) / 0.05).toFixed(9));
    });
  };

  it('without noise, and with no deviation, is ArcFace without a policy past π, or CosFace', () => {
    for (const [values, given] of [
      [{}, {}],
      [{ std: 0 }, { noise }],
    ] as const) {
      expectSame(run('elasticface', { ...values }, given), run('arcface', { pastPi: 'none' }));
      expectSame(run('elasticface-cos', { ...values }, given), run('cosface', {}));
    }
  });

  it('has each margin of the noise that was drawn for its sample', () => {
    expect(marginsOf('off')).toEqual(noise);
  });

  it('gives the nearest sample the smallest margin', () => {
    const cosines = run('normface', { scale: 1 }).logits.data;
    const own = LABELS.map((label, i) => cosines[i * CLASSES + label] ?? NaN);
    const order = [...own.keys()].sort((a, b) => (own[b] ?? 0) - (own[a] ?? 0));
    const given = marginsOf('ranked');
    expect(order.map((i) => given[i])).toEqual(noise.toSorted((a, b) => a - b));
  });

  it('hands margins out as the authors’ code does, where that is wanted', () => {
    const cosines = run('normface', { scale: 1 }).logits.data;
    const own = LABELS.map((label, i) => cosines[i * CLASSES + label] ?? NaN);
    const order = [...own.keys()].sort((a, b) => (own[b] ?? 0) - (own[a] ?? 0));
    const sorted = noise.toSorted((a, b) => a - b);
    expect(marginsOf('authors')).toEqual(order.map((i) => sorted[i]));
  });

  it('leaves samples that do not count out of it', () => {
    // The second is ignored: its number, −1.2, is nobody's.
    const given = marginsOf('ranked', { labels: [0, -100, 1, 0] });
    expect([given[0], given[2], given[3]].toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([0.1, 0.7, 2]);
    expect(given[0]).toBe(0.1);
  });

  it('with equal numbers loses none', () => {
    const equal = { noise: [0.5, 0.5, -1, 0.5] };
    expect(marginsOf('ranked', equal).toSorted((a, b) => a - b)).toEqual([-1, 0.5, 0.5, 0.5]);
  });
});

describe('circle', () => {
  it('has the values of its closed form: γ(m² − (1 − c_y)²) and γ(c_j² − m²), 0 below −m', () => {
    const [ours, plain] = [run('circle', { gamma: 100 }), run('normface', { scale: 1 })];
    for (const [at, c] of plain.logits.data.entries()) {
      const isTarget = at % CLASSES === LABELS[Math.floor(at / CLASSES)];
      const other = c > -0.25 ? 100 * (c * c - 0.0625) : 0;
      expect(ours.logits.data[at]).toBeCloseTo(isTarget ? 100 * (0.0625 - (1 - c) ** 2) : other, 11);
    }
  });
});

describe('sphereface-r', () => {
  it.each(['v0', 'v1', 'v2'])('%s with m = 1 is NormFace', (form) => {
    expectSame(run('sphereface-r', { margin: 1, form, scale: 64 }), run('normface', {}));
  });

  it('has the value of the exact gradient and the slope of the cosine', () => {
    for (const form of ['v0', 'v1', 'v2']) {
      const [straight, exact] = [
        run('sphereface-r', { form }),
        run('sphereface-r', { form, gradient: 'exact' }),
      ];
      for (const [i, z] of straight.logits.data.entries())
        expect(z).toBeCloseTo(exact.logits.data[i] ?? NaN, 11);
      expect([...straight.dX.data]).not.toEqual([...exact.dX.data]);
    }
  });

  it('v0 is SphereFace with the scale in the place of ‖x‖, v1 the same up to mθ = π', () => {
    const ours = run('sphereface-r', { margin: 3, scale: 1 }).logits;
    const theirs = run('sphereface', { margin: 3, lambda: 0 }).logits;
    for (const [at, z] of ours.data.entries()) {
      const length = Math.hypot(...X.slice(Math.floor(at / CLASSES) * DIM).slice(0, DIM));
      expect(z * length).toBeCloseTo(theirs.data[at] ?? NaN, 11);
    }
    // The first embedding is at 12.6° to its row.
    expect(run('sphereface-r', { margin: 3, scale: 1, form: 'v1' }).logits.data[0]).toBeCloseTo(
      ours.data[0] ?? NaN,
      11,
    );
  });

  it('v2 leaves the target alone and changes all others', () => {
    const [ours, plain] = [run('sphereface-r', { form: 'v2', scale: 64 }), run('normface', {})];
    for (const [at, z] of plain.logits.data.entries()) {
      const isTarget = at % CLASSES === LABELS[Math.floor(at / CLASSES)];
      if (isTarget) expect(ours.logits.data[at]).toBeCloseTo(z, 11);
      else expect(ours.logits.data[at]).toBeGreaterThan(z);
    }
  });
});

describe('npcface and arcnegface', () => {
  it('npcface with t = 1, a = 0, m1 = 0 is ArcFace with the easy margin', () => {
    expectSame(run('npcface', { t: 1, a: 0, m1: 0 }), run('arcface', { margin: 0.4, easyMargin: true }));
  });

  it('npcface raises what is nearer than the margin allows, and nothing else', () => {
    const [ours, plain] = [run('npcface', { scale: 1 }), run('normface', { scale: 1 })];
    let raised = 0;
    for (const [at, c] of plain.logits.data.entries()) {
      const [i, j] = [Math.floor(at / CLASSES), at % CLASSES];
      const label = LABELS[i] ?? 0;
      if (j === label) continue;
      const hard = c > Math.cos(Math.acos(plain.logits.data[i * CLASSES + label] ?? NaN) + 0.5);
      raised += Number(hard);
      expect(ours.logits.data[at]).toBeCloseTo(hard ? 1.1 * c + 0.2 : c, 11);
    }
    expect(raised).toBeGreaterThan(1);
    expect(raised).toBeLessThan(8);
  });

  it('arcnegface with α = 1 and σ beyond all bounds is ArcFace', () => {
    expectSame(run('arcnegface', { alpha: 1, sigma: 1e30 }), run('arcface', {}));
  });
});
