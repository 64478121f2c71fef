import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { DimensionProto, NodeProto, ValueInfoProto } from '../model/proto.ts';
import { type BatchAxis, flowThrough } from './batch-axis.ts';
import { BATCH_OPENINGS } from './batch-openings.ts';
import type { Site, StaysFixed } from './batch-site.ts';
import { storedTensor } from './constants.ts';
import { freshNames } from './edit.ts';
import { inferShapes } from './shapes.ts';
import { type Dim, declaredFacts } from './value-info.ts';
import { type GraphView, isStandard, viewGraph } from './view.ts';

/** A model that took a fixed number of samples at once, and takes any. */
export interface OpenedBatch {
  readonly model: Model;
  /** How many it took. */
  readonly size: number;
}

/** How many samples a model takes at once, by its first input that has axes; null where it takes any number. */
export function fixedBatch({ inputs }: GraphView): number | null {
  const first = inputs.find((info) => (declaredFacts(info).shape ?? []).length > 0);
  const size = first === undefined ? null : firstOf(first);
  return typeof size === 'number' ? size : null;
}

/**
 * Opens the batch of a model whose inputs fix it: the axis of samples gets a name, and operators that have its size written
 * into them are written without. Samples are followed from the first axes of the inputs on. Whether that was right, and whether they have
 * no part in each other, only a run tells: many together must give what few gave before. Null where the batch is open already.
 */
export function openBatch(model: Model): OpenedBatch | StaysFixed | null {
  const view = viewGraph(model);
  const size = fixedBatch(view);
  if (size === null) return null;
  const inputs = view.inputs.filter((info) => firstOf(info) === size);
  const samples = new Map(inputs.map(({ name = '' }): [string, BatchAxis] => [name, { axis: 0, outer: 1 }]));
  const nodes = openedNodes(view, size, samples);
  if ('reason' in nodes) return nodes;
  const batch = freeSymbol(view);
  /** The axis of samples gets the name where it is theirs alone and a declaration is more than a remark, and is left open else. */
  const changed = (info: ValueInfoProto, isRemark = false) => {
    const at = samples.get(info.name ?? '');
    if (at === undefined) return info;
    const isOwn = at.outer === 1 && declaredFacts(info).shape?.[at.axis] === size;
    return withAxis(info, at.axis, isOwn && !isRemark ? batch : null);
  };
  const gone = unread(view, nodes);
  const stays = ({ name = '' }: { readonly name?: string }) => !gone.has(name);
  const { input, output, valueInfo, initializer } = view.graph;
  const graph = withFields(view.graph, {
    node: nodes.filter((node) => !node.output.some((value) => gone.has(value))),
    initializer: initializer.filter(stays),
    input: input.filter(stays).map((info) => changed(info)),
    output: output.map((info) => changed(info)),
    valueInfo: valueInfo.filter(stays).map((info) => changed(info, true)),
  });
  return { model: deriveModel(model, withFields(model.proto, { graph })), size };
}

/** The nodes, each as it is for any number of samples; where these lie in further values is added to what is known. */
function openedNodes(
  view: GraphView,
  size: number,
  samples: Map<string, BatchAxis>,
): readonly NodeProto[] | StaysFixed {
  const [shapes, fresh] = [inferShapes(view), freshNames(view)];
  const samplesOf = (value: string) => samples.get(value) ?? null;
  const nodes: NodeProto[] = [];
  for (const node of view.nodes) {
    const site = { view, size, shapes, fresh, samplesOf, node };
    const opening = isStandard(node) ? BATCH_OPENINGS.get(node.opType ?? '') : undefined;
    const opened = opening?.(site) ?? [node];
    if ('reason' in opened) return opened;
    nodes.push(...opened);
    follow(site, samples);
  }
  return nodes;
}

/** Notes where samples lie in what a node makes. */
function follow(site: Site, samples: Map<string, BatchAxis>): void {
  const { view, node } = site;
  const input = node.input.findIndex((value) => samples.has(value));
  // Bodies read values that are no inputs of their node.
  const read = input < 0 ? view.reads(node).find((value) => samples.has(value)) : node.input[input];
  const from = samples.get(read ?? '');
  if (from === undefined) return;
  for (const [output, value] of node.output.entries()) {
    const at = input < 0 ? from : flowThrough(site, from, input, output);
    if (at !== null) samples.set(value, at);
  }
}

/** Stored shapes that nodes read before, and none reads any more. */
function unread(view: GraphView, nodes: readonly NodeProto[]): ReadonlySet<string> {
  const read = new Set([...nodes.flatMap(view.reads), ...view.outputs.map(({ name = '' }) => name)]);
  const before = view.nodes.flatMap(view.reads);
  return new Set(before.filter((value) => !read.has(value) && storedTensor(view, value) !== null));
}

const firstOf = (info: ValueInfoProto): Dim => declaredFacts(info).shape?.[0] ?? null;

/** A declaration in which an axis is of another size: one that has a name, or any. */
function withAxis(info: ValueInfoProto, axis: number, name: string | null): ValueInfoProto {
  const tensorType = info.type?.tensorType;
  const { dim = [] } = tensorType?.shape ?? {};
  const before = dim[axis];
  if (!info.type || !tensorType?.shape || before === undefined) return info;
  const open: DimensionProto = withFields(before, { dimValue: undefined, dimParam: name ?? undefined });
  const shape = withFields(tensorType.shape, { dim: dim.with(axis, open) });
  return withFields(info, { type: withFields(info.type, { tensorType: withFields(tensorType, { shape }) }) });
}

/** A name of an axis that no other has. */
function freeSymbol({ graph }: GraphView): string {
  const taken = new Set(
    [...graph.input, ...graph.output, ...graph.valueInfo].flatMap((info) => declaredFacts(info).shape ?? []),
  );
  let name = 'batch';
  for (let i = 1; taken.has(name); i++) name = `batch_${i}`;
  return name;
}
