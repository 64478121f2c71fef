import { operatorAt, writeGradients } from '../backward/backward.ts';
import { type Body, bodyOf, leadingNodes, type Part, partFrom } from '../backward/part.ts';
import { attemptBackward, type Refusal } from '../backward/refused.ts';
import { type Stored, weightsOf } from '../backward/stored.ts';
import { Writer } from '../expr/writer.ts';
import { freshNames } from '../graph/edit.ts';
import { inferShapes } from '../graph/shapes.ts';
import type { Shape } from '../graph/value-info.ts';
import type { Element } from '../model/elements.ts';
import type { NodeProto } from '../model/proto.ts';
import { layerNames } from './layer-names.ts';
import { noSuchNode, notFloat32, nothingLearned, tooMany, twoStarts, unpassable } from './layer-refusals.ts';
import type { Plan } from './plan.ts';

/** Where training begins; at the head where neither is given. */
export interface LayersOptions {
  /** The first node that is trained, by its name or `#index`, with everything between it and the embedding. */
  readonly trainFrom?: string;
  /** How many layers before the head are trained: Gemm, MatMul and Conv with stored weights count. */
  readonly trainLast?: number;
}

/** A value that what stays frozen gives, once a sample. */
export interface CutValue {
  /** In the model. */
  readonly value: string;
  /** As an input of the step graph. */
  readonly name: string;
  readonly element: Element;
  /** As far as it is known; the samples are the first axis. */
  readonly shape: Shape | null;
}

/** A tensor of the model that is trained. */
export interface LayerTensor {
  /** As an input of the step graph. */
  readonly name: string;
  /** In the model: an initializer, or its name for one that it shares. */
  readonly value: string;
  readonly dims: readonly number[];
}

/** The layers before the head that are trained. */
export interface Layers {
  readonly body: Body;
  readonly part: Part;
  readonly cut: readonly CutValue[];
  readonly tensors: readonly LayerTensor[];
}

/**
 * Settles which layers are trained, and that gradients pass them; null where only the head is.
 * @throws MarginError BAD_PARAM, or UNSUPPORTED_MODEL for an operator without a gradient
 */
export function planLayers(plan: Plan, { trainFrom, trainLast }: LayersOptions): Layers | null {
  if (trainFrom === undefined && trainLast === undefined) return null;
  if (trainFrom !== undefined && trainLast !== undefined) throw twoStarts(trainFrom, trainLast);
  const { view, tail } = plan;
  if (tail.embedding.element !== 'float32') throw notFloat32(tail.embedding);
  const body = bodyOf(view, inferShapes(view), tail.embedding.value);
  const starts = trainFrom === undefined ? lastLayers(body, trainLast ?? 1) : [startAt(body, trainFrom)];
  const part = partFrom(body, starts);
  const tried = tryOut(body, part);
  if ('refusal' in tried) throw unpassable(body, tried.refusal, nearestStart(body, tried.refusal));
  const weights = part.weights.filter(({ value }) => tried.done.has(value));
  if (weights.length === 0) throw nothingLearned(body, starts, layersOf(body));
  const names = layerNames(plan);
  return {
    body,
    part: { ...part, weights },
    cut: part.cut.map((value) => {
      const { element, shape } = body.shapes(value);
      return { value, name: names.forCut(value), element: element ?? 'float32', shape };
    }),
    tensors: weights.map(({ value, dims }: Stored) => ({ value, dims, name: names.forTensor(value) })),
  };
}

/** The layers of a body whose matrix or kernel is stored, in file order. */
function layersOf(body: Body): readonly NodeProto[] {
  return leadingNodes(body).filter(
    (node) => operatorAt(node)?.layer === true && weightsOf(body, node).some(({ dims }) => dims.length > 1),
  );
}

function lastLayers(body: Body, count: number): readonly NodeProto[] {
  const layers = layersOf(body);
  if (!Number.isInteger(count) || count < 1 || count > layers.length) throw tooMany(body, count, layers);
  return layers.slice(-count);
}

function startAt(body: Body, name: string): NodeProto {
  const start = leadingNodes(body).find((node) => body.view.handle(node) === name);
  if (start === undefined) throw noSuchNode(body, name, layersOf(body));
  return start;
}

/** Goes back through a part for nothing: what it refuses is refused before any work. */
function tryOut(body: Body, part: Part) {
  const { view, shapes, embedding } = body;
  const writer = new Writer(view.opset, freshNames(view));
  const wanted = new Set(part.weights.map(({ value }) => value));
  const seeds = new Map([[embedding, embedding]]);
  return attemptBackward(() => writeGradients(writer, { view, shapes, nodes: part.nodes, seeds, wanted }));
}

/** The first layer behind a refusal from which on gradients pass. */
function nearestStart(body: Body, { node }: Refusal): NodeProto | null {
  const behind = layersOf(body).filter((layer) => body.view.index(layer) > body.view.index(node));
  const passable = behind.find((layer) => {
    const part = partFrom(body, [layer]);
    const tried = tryOut(body, part);
    return part.weights.length > 0 && !('refusal' in tried);
  });
  return passable ?? null;
}
