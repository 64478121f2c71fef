import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '#model/read.js';
import { findTail, findTails } from '#tail/find.js';
import { prepare } from '#tail/prepare.js';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { layerError } from '../helpers/layer-error.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { shared } from '../helpers/shared.ts';

const folder = shared('models/classifiers/');

/** What was found in a model by hand: one head for each of its outputs. */
interface Annotation {
  readonly id: string;
  readonly file: string;
  readonly heads: readonly {
    readonly fc?: { readonly index: number };
    readonly embedding?: string;
    readonly logits?: string;
    readonly weightInput?: string;
    readonly biasInput?: string;
    readonly layout?: string;
    readonly C?: number;
    readonly D?: number;
  }[];
}

const read = (name: string) => readFileSync(`${folder}${name}`, 'utf8');
const annotations: readonly Annotation[] = folder === null ? [] : JSON.parse(read('annotations.json'));

/** The suggested verdicts of the manifest, by id. */
const verdicts: ReadonlyMap<string, string> = new Map(
  folder === null ? [] : rowsOf(read('MANIFEST.tsv')).map(({ id = '', verdict = '' }) => [id, verdict]),
);

function rowsOf(table: string): Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = table.trimEnd().split('\n');
  const names = header.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']));
  });
}

/** Models that the manifest leaves open, and which are rewritten. */
const OPEN: ReadonlySet<string> = new Set(['mlperf-kws-int8', 'digits-mlp-functions']);

const toRewrite = annotations.filter(({ id }) => verdicts.get(id) === 'rewrite' || OPEN.has(id));

const opened = async (file: string) => {
  const { view } = prepare(await readModel(`${folder}${file}`));
  return { model: view.model, view };
};

const PER_PLACE = (layer: string, value: string) =>
  `Conv ${layer} scores each place of "${value}" [1, 512, 13, 13]; only one pooled to 1x1 before it is an embedding`;

/** What becomes of all others: code, and what the refusal says it saw. */
const REFUSED: Readonly<Record<string, readonly [code: string, saw: string]>> = {
  'onnx-light-squeezenet': ['TAIL_NOT_FOUND', PER_PLACE('"n62"', 'r61')],
  'squeezenet-fp16-winml': ['TAIL_NOT_FOUND', PER_PLACE('#62', 'fire9/concat_2')],
  'mnist-cnn-relu-logsoftmax': [
    'TAIL_NOT_FOUND',
    'Relu #11 cuts off the scores of the layer before it: a cosine below zero, which says "not this class", would be lost',
  ],
  'wakeword-hey-nabu': [
    'TAIL_NOT_FOUND',
    'Gemm "model/tf.linalg.matmul_2/MatMul;model/tf.math.add_2/Add_Gemm__15" gives one logit; a margin softmax is defined from two classes on',
  ],
  'iris-logreg-onnxmltools': [
    'TAIL_NOT_FOUND',
    'ai.onnx.ml::LinearClassifier "LinearClassifier" has 4 coefficients a class for an input of 2 numbers',
  ],
  'lightgbm-classifier': [
    'TAIL_NOT_FOUND',
    'ai.onnx.ml::TreeEnsembleClassifier "LightGbmLGBMClassifier" is an ensemble of trees: it has no embedding and no class weights',
  ],
  'bert-toy-two-heads': [
    'TAIL_AMBIGUOUS',
    'MatMul "MatMul_635" with 99 classes for output "prediction_scores", Gemm "Gemm_637" with 2 classes for output "seq_relationship_score"',
  ],
  'two-head-random': [
    'TAIL_AMBIGUOUS',
    'Gemm "/a/Gemm" with 5 classes for output "cls", MatMul "/c/MatMul" with 3 classes for output "attr"',
  ],
  'if-subgraph-random': [
    'TAIL_NOT_FOUND',
    'If "/If" makes the scores in a subgraph, where more than one layer may do so',
  ],
  'tf-mnist-opset4': ['UNSUPPORTED_MODEL', 'opset 4'],
};

describe.skipIf(folder === null)('classifiers of many makers (need the shared models)', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = startRuntime();
  });
  afterAll(async () => runtime.close());

  it('are either rewritten or told of here', () => {
    expect(verdicts.size).toBeGreaterThan(30);
    const others = [...verdicts.keys()].filter((id) => !toRewrite.some((each) => each.id === id));
    expect(Object.keys(REFUSED).sort()).toEqual(others.sort());
  });

  it.each(toRewrite.filter(({ heads }) => heads.some(({ C }) => C !== undefined)))(
    '$id has the tail that was found by hand',
    async ({ file, heads }) => {
      const head = heads.find(({ C }) => C !== undefined);
      const { view } = await opened(file);
      const { tail } = findTail(view, {});
      expect({
        index: tail.node && view.index(tail.node),
        embedding: tail.embedding.value,
        logits: tail.logits,
        weight: tail.weight.value,
        bias: tail.bias?.value,
        layout: tail.weight.layout,
        classes: tail.weight.classes,
        dim: tail.weight.dim,
      }).toEqual({
        index: head?.fc?.index,
        embedding: head?.embedding,
        logits: head?.logits,
        weight: head?.weightInput,
        bias: head?.biasInput,
        layout: head?.layout?.startsWith('[D') ? 'DC' : 'CD',
        classes: head?.C,
        dim: head?.D,
      });
    },
  );

  it.each(toRewrite)('$id: the layer computes E·W + b', async ({ file }) => {
    const { model, view } = await opened(file);
    expect(await layerError(runtime, model, findTail(view, {}).tail)).toBeLessThan(1e-4);
  });

  it.each(annotations.filter(({ id }) => id in REFUSED))('$id is refused', async ({ id, file }) => {
    const { view } = await opened(file);
    const { code, saw } = await refusalOf(() => findTail(view, {}));
    expect([code, saw]).toEqual(REFUSED[id]);
  });

  it.each(annotations.filter(({ id }) => verdicts.get(id) === 'ask-output'))(
    '$id: each output chooses its layer',
    async ({ file, heads }) => {
      const { model, view } = await opened(file);
      const { tails } = findTails(view);
      expect(tails).toHaveLength(2);
      for (const { output, node } of tails) {
        const { tail } = findTail(view, { output });
        expect(tail.node).toBe(node);
        expect(heads.map(({ logits }) => logits)).toContain(tail.logits);
        expect(await layerError(runtime, model, tail)).toBeLessThan(1e-5);
      }
    },
  );
});
