import { tensorInfo } from '#graph/value-info.js';
import { create } from '#model/codec.js';
import { elementNumber } from '#model/elements.js';
import type { Model } from '#model/model.js';
import type { AttributeProto, GraphProto, NodeProto, Payload, TensorProto } from '#model/proto.js';
import { makeTensor } from '#model/tensors.js';
import { writeModel } from '#model/write.js';

const CHUNK = 1 << 22;

/** Pseudo-random float32 in [−1, 1), made while they are written. */
function noise(count: number): Payload {
  const floats = new Float32Array(CHUNK / 4).map((_, i) => ((i * 2_654_435_761) % 65_536) / 32_768 - 1);
  const bytes = new Uint8Array(floats.buffer);
  return {
    byteLength: count * 4,
    *chunks() {
      for (let left = count * 4; left > 0; left -= CHUNK) yield bytes.subarray(0, Math.min(left, CHUNK));
    },
  };
}

function big(name: string, dims: readonly number[]): TensorProto {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return create('TensorProto', {
    name,
    dims,
    dataType: elementNumber('float32'),
    payload: { field: 'rawData', bytes: noise(count) },
  });
}

/** A classifier of one large matrix and a small last layer, `width`² · 4 bytes, at `path`. */
export async function writeLargeClassifier(path: string, width: number): Promise<void> {
  const small = new Float32Array(10 * width).map((_, i) => Math.sin(i));
  const model = modelOf(width, 10, {
    initializer: [big('backbone', [width, width]), makeTensor('fc', [10, width], small)],
    node: [node('MatMul', ['x', 'backbone'], 'features'), layer(['features', 'fc'])],
  });
  await writeModel(path, model);
}

/**
 * A classifier of `gigabytes` in 16 matrices with a last layer of `classes` × 1024, at `path`; its weights in it, or
 * beside it.
 */
export async function writeDeepClassifier(
  path: string,
  { gigabytes, classes, outside }: { gigabytes: number; classes: number; outside: boolean },
): Promise<void> {
  const dim = 1024;
  const wide = Math.max(1, Math.round((gigabytes * 1e9) / (8 * dim * LAYERS)));
  const layers = Array.from({ length: LAYERS }, (_, i) => i);
  const model = modelOf(dim, classes, {
    initializer: [
      ...layers.flatMap((i) => [big(`up${i}`, [dim, wide]), big(`down${i}`, [wide, dim])]),
      big('fc', [classes, dim]),
    ],
    node: [
      ...layers.flatMap((i) => [
        node('MatMul', [i === 0 ? 'x' : `out${i - 1}`, `up${i}`], `in${i}`),
        node('Relu', [`in${i}`], `relu${i}`),
        node('MatMul', [`relu${i}`, `down${i}`], `out${i}`),
      ]),
      layer([`out${LAYERS - 1}`, 'fc']),
    ],
  });
  await writeModel(path, model, { externalData: outside ? 'split' : 'keep' });
}

/** The end of a classifier of a million classes × 512 alone: 2 GB of W. */
export async function writeMillion(path: string): Promise<void> {
  await writeModel(path, endOf(512, 1_000_000));
}

/** The end of a classifier alone, of any size: its class rows are made when they are read. */
export function endOf(dim: number, classes: number): Model {
  return modelOf(dim, classes, {
    initializer: [big('fc', [classes, dim])],
    node: [node('Identity', ['x'], 'features'), layer(['features', 'fc'])],
  });
}

/** Of a deep classifier. */
const LAYERS = 8;

/** The end of a classifier alone: the embedding is the input. */
export async function writeTail(path: string, dim: number, classes: number): Promise<void> {
  const w = new Float32Array(classes * dim).map((_, i) => Math.sin(i * 0.7));
  const b = new Float32Array(classes).map((_, j) => Math.cos(j));
  const model = modelOf(dim, classes, {
    initializer: [makeTensor('fc', [classes, dim], w), makeTensor('bias', [classes], b)],
    node: [node('Identity', ['x'], 'features'), layer(['features', 'fc', 'bias'])],
  });
  await writeModel(path, model);
}

function node(
  opType: string,
  input: readonly string[],
  output: string,
  attribute: readonly AttributeProto[] = [],
): NodeProto {
  return create('NodeProto', { opType, name: output, input, output: [output], attribute });
}

/** The fully connected layer at the end, its weight `[C, D]`. */
function layer(input: readonly string[]): NodeProto {
  return node('Gemm', input, 'scores', [create('AttributeProto', { name: 'transB', type: 2, i: 1 })]);
}

/**
 * What a floor is measured with: graphs x [N, D], w [D, C] → a large result that nobody asks for, x · w at `product` and −w at
 * `copy`, and `done`, by which they are run.
 */
export async function writeFloor(
  paths: { readonly product: string; readonly copy: string },
  dim: number,
  classes: number,
): Promise<void> {
  for (const [path, work, dims] of [
    [paths.product, node('MatMul', ['x', 'w'], 'large'), ['N', classes]],
    [paths.copy, node('Neg', ['w'], 'large'), [dim, classes]],
  ] as const) {
    const model = modelOf(dim, classes, {
      input: [tensorInfo('x', 'float32', ['N', dim]), tensorInfo('w', 'float32', [dim, classes])],
      node: [work, node('Identity', ['x'], 'done')],
      output: [tensorInfo('large', 'float32', dims), tensorInfo('done', 'float32', ['N', dim])],
    });
    await writeModel(path, model);
  }
}

/** A model `x [N, width] → scores [N, classes]` that nobody read. */
function modelOf(width: number, classes: number, content: Partial<GraphProto>): Model {
  const proto = create('ModelProto', {
    irVersion: 8,
    opsetImport: [create('OperatorSetIdProto', { domain: '', version: 17 })],
    graph: create('GraphProto', {
      name: 'bench',
      input: [tensorInfo('x', 'float32', ['N', width])],
      output: [tensorInfo('scores', 'float32', ['N', classes])],
      ...content,
    }),
  });
  return { proto, bytes: 0, sha256: () => '' };
}
