import { writeGradients } from '#backward/backward.js';
import { sizeOf, type Tensor } from '#expr/kernels.js';
import { Writer } from '#expr/writer.js';
import { freshNames } from '#graph/edit.js';
import { inferShapes } from '#graph/shapes.js';
import { tensorInfo } from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import { withFields } from '#model/codec.js';
import { deriveModel, type Model } from '#model/model.js';
import { readTensor } from '#model/tensors.js';
import type { Feed } from '#validate/runtime.js';
import { type BackwardCase, numbersOf } from '../backward/cases.ts';
import { runForward } from './forward.ts';
import { writtenModel } from './written-model.ts';

/** What is summed up with these weights is the loss. */
const UP = 7;

/** The nodes of a case at an opset, with its inputs. */
export function forwardModel({ inputs, lines }: BackwardCase, opset: number): Model {
  const declared = Object.entries(inputs).map(([name, { dims, declared: open, element = 'float32' }]) => {
    return `input ${name} ${element} [${(open ?? dims).join(', ')}]`;
  });
  return writtenModel([`opset ${opset}`, ...declared, ...lines(opset), 'output y float32'].join('\n'));
}

/** The inputs of a case that are differentiated. */
export function wantedOf({ inputs }: BackwardCase): string[] {
  return Object.entries(inputs).flatMap(([name, { fixed }]) => (fixed === true ? [] : [name]));
}

export function valuesOf({ inputs }: BackwardCase): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, numbers], k) => [name, numbersOf(numbers, k)]),
  );
}

/** What flows to `y`. */
export const upOf = (y: Tensor): Tensor => numbersOf({ dims: y.shape, from: -1, to: 1 }, UP);

/** The same with `up` as an input, and the gradient of Σ up·y for each wanted input as an output `d_<input>`. */
export function backwardModel(one: BackwardCase, opset: number, up: Tensor): Model {
  const model = forwardModel(one, opset);
  const view = viewGraph(model);
  const fresh = freshNames(view);
  const writer = new Writer(opset, fresh);
  const wanted = wantedOf(one);
  const made = writeGradients(writer, {
    view,
    shapes: inferShapes(view),
    nodes: view.nodes,
    seeds: new Map([['y', 'up']]),
    wanted: new Set(wanted),
  });
  for (const name of wanted) writer.node('Identity', [made.get(name) ?? ''], {}, `d_${name}`);
  const graph = withFields(view.graph, {
    node: [...view.nodes, ...writer.nodes],
    initializer: [...view.graph.initializer, ...writer.initializers],
    input: [...view.graph.input, tensorInfo('up', 'float32', up.shape)],
    output: ['y', ...wanted.map((name) => `d_${name}`)].map((name) => tensorInfo(name, 'float32', null)),
  });
  return deriveModel(model, withFields(model.proto, { graph }));
}

export function feedsOf(one: BackwardCase, up: Tensor): Record<string, Feed> {
  const values = Object.entries({ ...valuesOf(one), up });
  return Object.fromEntries(
    values.map(([name, { shape, data }]) => {
      const element = one.inputs[name]?.element ?? 'float32';
      const arrays = { float32: Float32Array, bool: Uint8Array };
      return [name, { element, dims: shape, data: arrays[element].from(data) }];
    }),
  );
}

/** `y` of a case in float64. */
export function forwardInFloat64(
  one: BackwardCase,
  opset: number,
  given: Readonly<Record<string, Tensor>>,
): Tensor {
  const model = forwardModel(one, opset);
  const { node = [], initializer = [] } = model.proto.graph ?? {};
  const stored = initializer.map((tensor) => {
    const { dims, data } = readTensor(model, tensor);
    return [tensor.name ?? '', { shape: dims, data: Float64Array.from(data, Number) }] as const;
  });
  const values = new Map<string, Tensor>([...stored, ...Object.entries(given)]);
  runForward(node, values, opset);
  const y = values.get('y');
  if (y === undefined) throw new Error('no y');
  return y;
}

/** Far from the rounding of float64, and near enough for slopes that change. */
const STEP = 1e-5;

/** Central differences of Σ up·y for each wanted input, in float64. */
export function differences(one: BackwardCase, opset: number): Record<string, Tensor> {
  const values = valuesOf(one);
  const up = upOf(forwardInFloat64(one, opset, values));
  const loss = (given: Readonly<Record<string, Tensor>>) =>
    forwardInFloat64(one, opset, given).data.reduce((sum, v, i) => sum + v * (up.data[i] ?? 0), 0);
  return Object.fromEntries(
    wantedOf(one).map((name) => {
      const { shape, data } = values[name] ?? { shape: [], data: new Float64Array(1) };
      const slope = (i: number) => {
        const moved = (by: number) =>
          loss({ ...values, [name]: { shape, data: data.with(i, (data[i] ?? 0) + by) } });
        return (moved(STEP) - moved(-STEP)) / (2 * STEP);
      };
      return [name, { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => slope(i)) }];
    }),
  );
}
