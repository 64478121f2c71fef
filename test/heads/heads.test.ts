import { describe, expect, it } from 'vitest';
import { evaluate } from '#expr/evaluate.js';
import { grad } from '#expr/grad.js';
import { type Tensor, tensor } from '#expr/kernels.js';
import { startOf, targetCurve } from '#heads/curve.js';
import { findHead } from '#heads/find.js';
import { HEADS } from '#heads/index.js';
import type { Values } from '#heads/parameters.js';
import { directionsOf } from '#validate/directions.js';
import { referenceOf } from '#validate/reference.js';
import { referenceLoss } from '#validate/reference-loss.js';
import { headGraph } from '../helpers/head-graph.ts';
import { noiseOf, takenTensors } from '../helpers/taken.ts';
import { fitted, VARIANTS } from '../helpers/variants.ts';

const DIM = 3;
const CLASSES = 3;
const W = [2, 0, 0, 0, 0.5, 0, -0.3, -0.4, 1.2];

/** An embedding of length `norm` at the angle `theta` to class 0. */
const at = (theta: number, norm = 1.5) => [norm * Math.cos(theta), norm * Math.sin(theta), 0];

/** Class rows in as many centres as a head wants: the row itself, then copies turned a little. */
function centred(w: readonly number[], centres: number): number[] {
  return Array.from({ length: CLASSES }, (_, c) =>
    Array.from({ length: centres }, (_, k) =>
      w
        .slice(c * DIM, (c + 1) * DIM)
        .map((v, d) => v + 0.1 * k * Math.abs(w[c * DIM] || 1) * (d === 2 ? 1 : 0)),
    ),
  ).flat(2);
}

function run(name: string, given: Values, x: readonly number[], label = 0, w: readonly number[] = W) {
  const { head, preset } = findHead(name);
  const values = fitted(given, CLASSES);
  const settled = head.parse({ ...preset, ...values });
  const { centres } = head.needs(settled, { classes: CLASSES, dim: DIM });
  const count = x.length / DIM;
  const graph = headGraph(name, values, DIM, CLASSES);
  const gradients = grad(graph.loss, [graph.x, graph.w]);
  const rows = centred(w, centres);
  const labels = new Array<number>(count).fill(label);
  const noise = noiseOf(graph.takes, count);
  const [logits, loss, dX, dW, ...next] = evaluate(
    [graph.logits, graph.loss, ...gradients, ...Object.values(graph.next)],
    {
      x: tensor(x, [count, DIM]),
      w: tensor(rows, [CLASSES * centres, DIM]),
      labels: tensor(labels),
      ...takenTensors(graph.takes, noise),
    },
  ) as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]];
  const seam = {
    x,
    rows: directionsOf(rows, CLASSES * centres, DIM),
    centres,
    bias: null,
    labels,
    taken: startOf(graph.takes),
    noise,
  };
  const expected = referenceOf(head, settled, seam);
  const recipe = { reduction: 'mean', labelSmoothing: 0, classWeights: null } as const;
  const [expectedLoss = Number.NaN] = referenceLoss(head, settled, expected.samples, expected.logits, recipe);
  const states = Object.keys(graph.next).map((state, i) => ({
    got: next[i]?.data[0],
    expected: expected.samples[0]?.taken[state.replace(/_next$/, '')],
  }));
  return { logits, loss, dX, dW, expected, expectedLoss, states };
}

/** `toBeCloseTo` for every element; one call of `expect` for each would take most of the time. */
function expectClose(
  { data }: Tensor,
  expected: Float64Array,
  digits: number,
  place = (i: number) => `element ${i}`,
): void {
  expect(data.length).toBe(expected.length);
  for (const [i, z] of data.entries()) {
    const wanted = expected[i] ?? Number.NaN;
    if (!(Math.abs(z - wanted) < 10 ** -digits / 2)) expect(z, place(i)).toBeCloseTo(wanted, digits);
  }
}

/** ψ at an angle: the target's logit in units of what it is without margin at 0. */
function psi(name: string, values: Values, theta: number): number {
  const { head, preset } = findHead(name);
  return targetCurve(
    head,
    head.parse({ ...preset, ...fitted(values, CLASSES) }),
    { classes: CLASSES, dim: DIM },
    theta,
  );
}

/** Whether a variant has an easy margin: given, or by default. */
function isEasy(name: string, values: Values): boolean {
  const { head, preset } = findHead(name);
  return head.parse({ ...preset, ...values })['easyMargin'] === true;
}

/** The same without its margin: cos θ, but for heads that bend every cosine. */
function plain(name: string, values: Values, theta: number): number {
  const { head, preset } = findHead(name);
  const settled = head.parse({ ...preset, ...values });
  const taken = startOf(head.needs(settled, { classes: CLASSES, dim: DIM }).takes);
  const sample = { label: -1, counts: false, xNorm: 1, wNorm: [1, 1, 1], bias: [0, 0, 0], taken };
  const at = (angle: number) => head.reference.logits({ ...sample, theta: [angle, 1, 1] }, settled)[0] ?? 0;
  return at(theta) / at(0);
}

const SWEEP = Array.from({ length: 721 }, (_, i) => (i * Math.PI) / 720);
const BREAKS = [1, 2, 3, 4, 5, 6, 7]
  .flatMap((i) => [2, 3, 4, 5, 8].map((m) => (i * Math.PI) / m))
  .filter((t) => t <= Math.PI);

describe.each(VARIANTS)('%s %j', (name, values) => {
  it('computes what its reference says, at every angle', () => {
    // At π/2 itself the easy margin jumps, and rounding decides which side is taken.
    const jumps = isEasy(name, values) || name === 'npcface';
    // Angles that differ by a rounding are ranked by it.
    const ranked = values['plus'] !== undefined;
    const angles = [...SWEEP, ...(ranked ? [] : BREAKS)].filter((t) => !jumps || t !== Math.PI / 2);
    const { logits, loss, expected, expectedLoss, states } = run(
      name,
      values,
      angles.flatMap((theta) => at(theta)),
    );
    // 1e-9 of a scale of 64: cosines near ±1 know their angle to about 1e-8, and slopes reach m².
    expectClose(
      logits,
      expected.logits,
      6,
      (i) => `θ = ${angles[Math.floor(i / CLASSES)]}, class ${i % CLASSES}`,
    );
    // The mean over 700 angles and more: one loss that is off by 5e-7 shows.
    expect(loss.data[0]).toBeCloseTo(expectedLoss, 9);
    for (const state of states) expect(state.got).toBeCloseTo(Number(state.expected), 9);
  });

  it('stays finite, with its gradients, where things are degenerate', () => {
    const zero = [0, 0, 0];
    const awkward = [
      at(0),
      at(Math.PI),
      at(Math.PI / 2),
      at(Math.PI - 0.5),
      ...BREAKS.map((t) => at(t)),
      zero,
      at(1, 1e20),
      at(1, 1e-20),
    ];
    for (const w of [W, [0, 0, 0, ...W.slice(3)], W.map((v) => v * 1e18)]) {
      // All as one batch: loss and dW are sums over it, and one that is not finite makes the sum so.
      const { logits, loss, dX, dW } = run(name, values, awkward.flat(), 0, w);
      for (const { data, shape } of [logits, loss, dX, dW]) {
        const wrong = data.findIndex((v) => !Number.isFinite(v));
        expect(wrong, `element ${wrong} of [${shape}], w = ${w}, x = ${awkward.join(' | ')}`).toBe(-1);
      }
    }
  });

  it('does not look at the order of classes', () => {
    const [x, swapped] = [at(1), [...W.slice(3, 6), ...W.slice(0, 3), ...W.slice(6)]];
    // Numbers of the classes go with their classes.
    const others = Object.fromEntries(
      Object.entries(fitted(values, CLASSES)).map(([key, value]) => [
        key,
        Array.isArray(value) ? [value[1], value[0], ...value.slice(2)] : value,
      ]),
    );
    const [a, b] = [run(name, values, x, 0), run(name, others, x, 1, swapped)];
    expect(b.loss.data[0]).toBeCloseTo(a.loss.data[0] ?? Number.NaN, 12);
  });
});

describe('margins', () => {
  const none: [string, Values][] = [
    ['cosface', { margin: 0 }],
    ['arcface', { margin: 0 }],
    ['combined', { m1: 1, m2: 0, m3: 0 }],
  ];
  it.each(none)('%s %j is NormFace', (name, values) => {
    const x = [...at(0.3), ...at(1.7, 4), 1, -2, 0.5];
    const [ours, normface] = [run(name, values, x), run('normface', {}, x)];
    expectClose(ours.logits, normface.logits.data, 12);
  });

  it('combined(1, 0, m) is CosFace, and combined(1, m, 0) is ArcFace without a policy past π', () => {
    const x = [...at(0.3), ...at(2.9, 4), 1, -2, 0.5];
    const pairs = [
      [run('combined', { m2: 0, m3: 0.35 }, x), run('cosface', {}, x)],
      [run('combined', { m2: 0.5, m3: 0 }, x), run('arcface', { pastPi: 'none' }, x)],
    ] as const;
    for (const [a, b] of pairs) expectClose(a.logits, b.logits.data, 10);
  });

  it('l-softmax with m = 1 is plain softmax, whatever λ is', () => {
    const x = [...at(0.3), ...at(2.9, 4), 1, -2, 0.5];
    for (const lambda of [0, 5]) {
      const [ours, softmax] = [run('l-softmax', { margin: 1, lambda }, x), run('softmax', {}, x)];
      expectClose(ours.logits, softmax.logits.data, 12);
    }
  });

  it('l-softmax is sphereface times ‖w_y‖ on the target', () => {
    const [l, a] = [run('l-softmax', {}, at(2)), run('sphereface', { lambda: 0 }, at(2))];
    expect(l.logits.data[0]).toBeCloseTo(2 * (a.logits.data[0] ?? Number.NaN), 12);
  });

  it('the scale of embeddings and class rows does not matter where both are normalised', () => {
    for (const name of ['normface', 'cosface', 'arcface', 'combined']) {
      const [a, b] = [
        run(name, {}, at(1, 1)),
        run(
          name,
          {},
          at(1, 37),
          0,
          W.map((v) => v * 0.01),
        ),
      ];
      expectClose(b.logits, a.logits.data, 10);
      const along = a.dX.data.reduce((sum, g, k) => sum + g * (at(1, 1)[k] ?? 0), 0);
      expect(along, 'no gradient along x').toBeCloseTo(0, 10);
    }
  });
});

describe('ψ', () => {
  const psis = VARIANTS.filter(([name]) => name !== 'softmax');
  const rises = ([name, values]: (typeof VARIANTS)[number]) => {
    const curve = SWEEP.map((theta) => psi(name, values, theta));
    return curve.some((value, i) => i > 0 && value > (curve[i - 1] ?? Number.POSITIVE_INFINITY) + 1e-12);
  };
  /** Variants whose target logit rises somewhere as the angle grows: what the policies past π are there to prevent. */
  const known = (values: Values, name: string) =>
    isEasy(name, values) ||
    name === 'npcface' ||
    (name === 'elasticface' && values['pastPi'] === undefined) ||
    (name.endsWith('arcface') && values['pastPi'] === 'none') ||
    (name === 'mv-arc-softmax' && values['easyMargin'] === false) ||
    (name === 'combined' && values['pastPi'] === undefined);

  it.each(psis)('%s %j never rises with the angle, or is known to', (name, values) => {
    expect(rises([name, values])).toBe(known(values, name));
  });

  it.each(
    psis.filter(
      ([name, values]) => !known(values, name) && values['pastPi'] !== 'clip' && values['m1'] !== 0.9,
    ),
  )('%s %j never helps the target', (name, values) => {
    const helped = SWEEP.filter((theta) => !(psi(name, values, theta) <= plain(name, values, theta) + 1e-12));
    expect(helped).toEqual([]);
  });
});

describe('the registry', () => {
  it('has names that are all different, aliases included', () => {
    const names = HEADS.flatMap((head) => [head.name, ...Object.keys(head.aliases)]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(HEADS.map((head) => [head.name, head] as const))('%s takes its own defaults', (_, head) => {
    expect(Object.keys(head.parse({}))).toEqual(Object.keys(head.parameters));
    for (const preset of Object.values(head.aliases)) expect(head.parse(preset)).toMatchObject(preset);
  });

  it('refuses what is out of range, and shows the range', () => {
    const { head } = findHead('arcface');
    expect(() => head.parse({ margin: 28.6 })).toThrow(
      expect.objectContaining({ code: 'BAD_PARAM', expected: '[0, 1.5707963267948966)' }),
    );
    expect(() => head.parse({ margn: 0.5 })).toThrow(
      expect.objectContaining({ tryThis: ['--margin 0.5', 'onnx-margin heads arcface'] }),
    );
  });

  it('knows what a mistyped name meant', () => {
    expect(() => findHead('acrface')).toThrow(
      expect.objectContaining({ code: 'BAD_PARAM', tryThis: ['--head arcface', 'onnx-margin heads'] }),
    );
  });
});
