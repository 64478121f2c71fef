import { describe, expect, it } from 'vitest';
import type { GraphView } from '#graph/view.js';
import { viewGraph } from '#graph/view.js';
import { readModel } from '#model/read.js';
import { attachTail } from '#tail/attach.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { viewOf } from '../helpers/written-tail.ts';

const NEW = { classes: 5, seed: 0 };

/** A backbone with values of every kind. */
const VALUES = [
  'input x float32 [N, 4]',
  'input tokens float32 [N, T, 4]',
  'input map float16 [N, 4, 7, 7]',
  'input line float64 [N, 4, 9]',
  'input ids int64 [N, 4]',
  'input open float32 [N, D]',
  'input wide float32 [N, 1048577]',
  'input flat float32 [N]',
  'input bare float32',
  'input table float32 [N, 2, 3, 4]',
  'initializer stored float32 [3, 4]',
  'pooled = GlobalAveragePool(map)',
  'averaged = GlobalAveragePool(line)',
  'relu = Relu(x)',
  'unknown = mine::Unknown(x)',
  'y = Exp(relu)',
  'output y',
];

describe('a head on a bare embedding', () => {
  it('replaces nothing', () => {
    const tail = attachTail(viewOf(...VALUES), 'y', NEW);
    expect(tail).toMatchObject({
      form: 'embedding',
      node: null,
      nodeName: null,
      nodeLabel: 'embedding "y"',
      embedding: { value: 'y', rank: 2, shape: ['N', 4], element: 'float32', afterRelu: true },
      logits: null,
      weight: { value: null, layout: 'CD', classes: 5, dim: 4, initializer: null },
      bias: null,
      activation: 'none',
      output: 'y',
      outputs: [],
      nodes: [],
      spatial: false,
    });
  });

  const PLACES: readonly (readonly [value: string, found: object])[] = [
    ['x', { embedding: { rank: 2, element: 'float32', afterRelu: false }, spatial: false, output: 'y' }],
    ['relu', { embedding: { rank: 2, afterRelu: true }, spatial: false, output: 'y' }],
    ['tokens', { embedding: { rank: 3, shape: ['N', 'T', 4] }, spatial: false }],
    ['pooled', { embedding: { rank: 4, element: 'float16', shape: ['N', 4, 1, 1] }, spatial: true }],
    ['averaged', { embedding: { rank: 3, element: 'float64', shape: ['N', 4, 1] }, spatial: true }],
  ];
  it.each(PLACES)('may be put on %s', (value, found) => {
    expect(attachTail(viewOf(...VALUES), value, NEW)).toMatchObject({ ...found, weight: { dim: 4 } });
  });
});

const INSPECT = 'onnx-margin inspect MODEL --graph';
const WANTED = 'a float tensor [N, D], [N, T, D] or [N, D, 1, 1] of which D is known';

describe('what a head cannot be put on', () => {
  const REASONS: readonly (readonly [value: string, saw: string])[] = [
    ['ids', '"ids" holds int64, no float'],
    ['open', '"open" has shape [N, D], which leaves open how many features there are'],
    ['wide', '"wide" has shape [N, 1048577]; more than 1048576 features are no embedding'],
    ['flat', '"flat" has shape [N]; [N, D], [N, T, D] and [N, D, 1, 1] are understood'],
    ['map', '"map" has shape [N, 4, 7, 7]; [N, D], [N, T, D] and [N, D, 1, 1] are understood'],
    ['table', '"table" has shape [N, 2, 3, 4]; [N, D], [N, T, D] and [N, D, 1, 1] are understood'],
    ['bare', '"bare" has a shape that is not known'],
    ['unknown', '"unknown" has an element type that is not known'],
    ['constant', '"constant" is constant: it does not depend on what is fed'],
  ];
  it.each(REASONS)('%s', async (value, saw) => {
    const view = viewOf(...VALUES, 'constant = Identity(stored)');
    const {
      code,
      exitCode,
      message,
      saw: seen,
      expected,
      tryThis,
    } = await refusalOf(() => attachTail(view, value, NEW));
    expect({ code, exitCode, message, saw: seen, expected, tryThis }).toEqual({
      code: 'TAIL_NOT_FOUND',
      exitCode: 4,
      message: `A head cannot be attached to "${value}".`,
      saw,
      expected: WANTED,
      tryThis: [
        INSPECT,
        'where shapes are missing, in Python: onnx.save(onnx.shape_inference.infer_shapes(onnx.load("old.onnx")), "new.onnx")',
      ],
    });
  });

  const ABSENT: readonly (readonly [value: string, advice: string])[] = [
    ['relo', '--embedding relu'],
    ['nothing like it', '--embedding y'],
    ['stored', '--embedding y'],
    ['', '--embedding y'],
  ];
  it.each(ABSENT)('a value that nobody makes, %j', async (value, advice) => {
    const error = await refusalOf(() => attachTail(viewOf(...VALUES), value, NEW));
    expect(error).toMatchObject({
      code: 'TAIL_NOT_FOUND',
      message: `The model has no value ${JSON.stringify(value)}.`,
      expected: 'an input of the model, or a value that one of its nodes makes',
      tryThis: [advice, INSPECT],
    });
  });

  it('more classes than a file holds', async () => {
    const error = await refusalOf(() => attachTail(viewOf(...VALUES), 'x', { classes: 1e9, seed: 0 }));
    expect(error).toMatchObject({
      code: 'BAD_PARAM',
      message: 'A weight of 1000000000 x 4 is more than an ONNX file holds.',
      saw: '--classes 1000000000',
      expected: 'at most 134217727 classes of 4 numbers',
      tryThis: ['--classes 134217727'],
    });
  });

  it('an old opset', async () => {
    const view = viewOf('opset 6', ...VALUES);
    expect((await refusalOf(() => attachTail(view, 'x', NEW))).code).toBe('UNSUPPORTED_MODEL');
  });
});

describe('the rows of a new head', () => {
  const wide = viewOf('input x float32 [N, 64]', 'y = Relu(x)', 'output y');
  const rowsOf = (view: GraphView, value: string, classes: number, seed: number) =>
    attachTail(view, value, { classes, seed }).weight.rows();
  const rows = rowsOf(wide, 'y', 500, 0);
  const row = (j: number) => rows.subarray(j * 64, (j + 1) * 64);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, k) => sum + v * (b[k] ?? 0), 0);

  it('have length 1', () => {
    const lengths = Array.from({ length: 500 }, (_, j) => Math.sqrt(dot(row(j), row(j))));
    expect(Math.max(...lengths.map((length) => Math.abs(length - 1)))).toBeLessThan(1e-6);
  });

  it('point in all directions alike', () => {
    // Of 32,000 numbers: the mean is 0 within four standard errors of 1 / (8 √32000), the mean square is 1 / 64.
    const mean = rows.reduce((sum, v) => sum + v, 0) / rows.length;
    expect(Math.abs(mean)).toBeLessThan(4 / 8 / Math.sqrt(rows.length));
    // Two random directions in 64 dimensions are at right angles within about 1 / 8.
    const cosines = Array.from({ length: 499 }, (_, j) => dot(row(j), row(j + 1)));
    const spread = Math.sqrt(cosines.reduce((sum, c) => sum + c * c, 0) / cosines.length);
    expect(spread).toBeGreaterThan(0.8 / 8);
    expect(spread).toBeLessThan(1.2 / 8);
    expect(Math.max(...cosines.map(Math.abs))).toBeLessThan(6 / 8);
  });

  it('are the same for the same seed, and others for another', () => {
    expect(rowsOf(wide, 'y', 500, 0)).toEqual(rows);
    for (const seed of [1, 2, 2 ** 32, 2 ** 53 - 1]) {
      expect(Math.abs(dot(rowsOf(wide, 'y', 1, seed), row(0)))).toBeLessThan(0.9);
    }
  });

  it('do not change when there are more of them', () => {
    expect(rowsOf(wide, 'y', 600, 0).subarray(0, rows.length)).toEqual(rows);
  });

  it('are these numbers, in every version to come', () => {
    const view = viewOf('input x float32 [N, 3]', 'y = Relu(x)', 'output y');
    expect([...rowsOf(view, 'y', 2, 7)].map((v) => v.toFixed(6))).toMatchInlineSnapshot(`
      [
        "0.924936",
        "0.379438",
        "-0.022811",
        "-0.176951",
        "-0.815838",
        "0.550542",
      ]
    `);
  });
});

describe('the embedder', () => {
  it('takes a head on its output, before and behind the normalisation', async () => {
    const view = viewGraph(await readModel(fixtureModel('embedder')));
    expect(attachTail(view, 'embedding', NEW)).toMatchObject({ output: 'embedding', weight: { dim: 48 } });
    expect(attachTail(view, '/embed/Gemm_output_0', NEW)).toMatchObject({
      output: 'embedding',
      weight: { dim: 48 },
    });
    expect(attachTail(view, '/flatten/Flatten_output_0', NEW).weight.dim).toBe(192);
  });
});
