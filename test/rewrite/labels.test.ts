import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { viewGraph } from '#graph/view.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { rewrite } from '#rewrite/rewrite.js';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { outputsOf } from '../helpers/outputs-of.ts';
import { writtenModel } from '../helpers/written-model.ts';

const W = 'initializer w float32 [3, 2] = 1, 0.5, -0.25, 1, -1, -0.5';
const GEMM = ['input x float32 [N, 2]', W, 's = Gemm(x, w) {transB=1} # fc'];

/** Models with a label `l`, and the names of their classes. */
const MODELS: readonly (readonly [title: string, text: readonly string[], names: readonly number[]])[] = [
  ['ArgMax of scores', [...GEMM, 'l = ArgMax(s) {axis=1}', 'output l'], [0, 1, 2]],
  [
    'ArgMax of probabilities, and the scores beside it',
    [...GEMM, 'p = Softmax(s)', 'l = ArgMax(p) {axis=1, keepdims=0}', 'output s', 'output l'],
    [0, 1, 2],
  ],
  [
    'names by Gather',
    [
      ...GEMM,
      'initializer names int64 [3] = 10, 20, 30',
      'a = ArgMax(s) {axis=1}',
      'l = Gather(names, a)',
      'output l',
    ],
    [10, 20, 30],
  ],
  [
    'the place of the largest by TopK',
    [...GEMM, 'initializer k int64 [1] = 1', 'v, l = TopK(s, k)', 'output v', 'output l'],
    [0, 1, 2],
  ],
  [
    'tokens',
    [
      'input x float32 [N, T, 2]',
      'initializer w float32 [2, 3] = 1, -0.25, -1, 0.5, 1, -0.5',
      's = MatMul(x, w)',
      'l = ArgMax(s) {axis=2}',
      'output l',
    ],
    [0, 1, 2],
  ],
  [
    'a map of one place, whose scores keep its axes',
    [
      'input x float32 [N, 2, 1, 1]',
      'initializer w float32 [3, 2, 1, 1] = 1, 0.5, -0.25, 1, -1, -0.5',
      's = Conv(x, w)',
      'f = Flatten(s)',
      'l = ArgMax(f) {axis=1}',
      'output l',
    ],
    [0, 1, 2],
  ],
  [
    'float16',
    [
      'input x float32 [N, 2]',
      'initializer w float16 [3, 2] = 15360, 14336, 46080, 15360, 48128, 47104',
      'h = Cast(x) {to=10}',
      's = Gemm(h, w) {transB=1}',
      'l = ArgMax(s) {axis=1}',
      'output l',
    ],
    [0, 1, 2],
  ],
];

function winners(cosine: readonly number[], classes: number): number[] {
  return Array.from({ length: cosine.length / classes }, (_, n) => {
    const row = cosine.slice(n * classes, (n + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

describe('labels in the inference graph', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = startRuntime();
  });
  afterAll(async () => runtime.close());

  async function judged(model: Model, label: string, names: readonly number[]): Promise<void> {
    const { infer, train } = rewrite(model, { head: 'arcface' });
    const { cosine = [], [label]: told } = await outputsOf(runtime, infer);
    expect(cosine.length).toBeGreaterThan(names.length);
    expect(told).toEqual(winners(cosine, names.length).map((winner) => names[winner]));
    expect(viewGraph(train).outputs.map(({ name }) => name)).toEqual(['loss', 'logits']);
  }

  it.each(MODELS)('%s: the class of the largest cosine', async (_, text, names) => {
    await judged(writtenModel(text.join('\n')), 'l', names);
  });

  it.each(['digits-sklearn', 'digits-logreg'])('%s', async (name) => {
    const classes = Array.from({ length: 10 }, (_, digit) => digit);
    await judged(await readModel(fixtureModel(name)), 'label', classes);
  });

  it('come behind what the graph gives itself, and scores go', () => {
    const text = [...GEMM, 'p = Softmax(s)', 'l = ArgMax(p) {axis=1}', 'output l', 'output p'];
    const { infer } = rewrite(writtenModel(text.join('\n')), {
      head: 'cosface',
      inferOutputs: ['embedding', 'cosine'],
    });
    expect(viewGraph(infer).outputs.map(({ name }) => name)).toEqual(['embedding', 'cosine', 'l']);
  });

  it('give way to the first output where that takes their name', () => {
    const text = [...GEMM, 'l = ArgMax(s) {axis=1}', 'output l'];
    const { infer } = rewrite(writtenModel(text.join('\n')), { head: 'arcface', keepOutputName: true });
    expect(viewGraph(infer).outputs.map(({ name }) => name)).toEqual(['l']);
    expect(viewGraph(infer).nodes.filter(({ opType }) => opType === 'ArgMax')).toEqual([]);
  });

  it('of another product than the one that is replaced go, and that is said', () => {
    const text = [
      ...GEMM,
      'initializer b float32 [3]',
      'a = Add(s, b)',
      'l = ArgMax(s) {axis=1}',
      'output a',
      'output l',
    ];
    const { infer, warnings } = rewrite(writtenModel(text.join('\n')), { head: 'arcface' });
    expect(viewGraph(infer).outputs.map(({ name }) => name)).toEqual(['cosine']);
    expect(warnings.find(({ code }) => code === 'FIGURES_LEFT_OUT')?.message).toBe(
      'what "l" holds is made of the old scores and left out of the new graphs',
    );
  });
});
