import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { DimensionProto, NodeProto, ValueInfoProto } from '../model/proto.ts';
import { BATCH_OPENINGS, type StaysFixed } from './batch-openings.ts';
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

/** How many samples a model takes at once, by the first axes of its inputs; null where it takes any number. */
export function fixedBatch({ inputs }: GraphView): number | null {
  const sizes = inputs.map(firstOf);
  const size = sizes.find((each) => typeof each === 'number') ?? null;
  return sizes.some((each) => typeof each === 'string') ? null : size;
}

/**
 * Opens the batch of a model whose inputs fix it: the first axis of inputs and outputs gets a name, and operators that have its
 * size written into them are written without. Samples are taken to lie on the first axis all the way. Whether that is so,
 * only a run tells: as many samples together must give what each gave before. Null where the batch is open already.
 */
export function openBatch(model: Model): OpenedBatch | StaysFixed | null {
  const view = viewGraph(model);
  const size = fixedBatch(view);
  if (size === null) return null;
  const inputs = view.inputs.filter((info) => firstOf(info) === size);
  const carrying = new Set(inputs.map(({ name = '' }) => name));
  const nodes = openedNodes(view, size, carrying);
  if ('reason' in nodes) return nodes;
  const batch = freeSymbol(view);
  const changed = (info: ValueInfoProto, name: string | null) =>
    carrying.has(info.name ?? '') ? withFirst(info, name) : info;
  const gone = unread(view, nodes);
  const stays = ({ name = '' }: { readonly name?: string }) => !gone.has(name);
  const { input, output, valueInfo, initializer } = view.graph;
  const graph = withFields(view.graph, {
    node: nodes.filter((node) => !node.output.some((value) => gone.has(value))),
    initializer: initializer.filter(stays),
    input: input.filter(stays).map((info) => changed(info, batch)),
    output: output.map((info) => changed(info, firstOf(info) === size ? batch : null)),
    valueInfo: valueInfo.filter(stays).map((info) => changed(info, null)),
  });
  return { model: deriveModel(model, withFields(model.proto, { graph })), size };
}

/** The nodes, each as it is for any number of samples; values that carry samples are added to those that are known. */
function openedNodes(
  view: GraphView,
  size: number,
  carrying: Set<string>,
): readonly NodeProto[] | StaysFixed {
  const site = {
    ...{ view, size, shapes: inferShapes(view), fresh: freshNames(view) },
    carries: (value: string) => carrying.has(value),
  };
  const nodes: NodeProto[] = [];
  for (const node of view.nodes) {
    const { opType = '' } = node;
    const opening = isStandard(node) ? BATCH_OPENINGS.get(opType) : undefined;
    const opened = opening?.({ ...site, node }) ?? [node];
    if ('reason' in opened) return opened;
    nodes.push(...opened);
    const isCount = opType === 'Shape' || opType === 'Size';
    if (!isCount && view.reads(node).some(site.carries)) for (const value of node.output) carrying.add(value);
  }
  return nodes;
}

/** Stored shapes that nodes read before, and none reads any more. */
function unread(view: GraphView, nodes: readonly NodeProto[]): ReadonlySet<string> {
  const read = new Set([...nodes.flatMap(view.reads), ...view.outputs.map(({ name = '' }) => name)]);
  const before = view.nodes.flatMap(view.reads);
  return new Set(before.filter((value) => !read.has(value) && storedTensor(view, value) !== null));
}

const firstOf = (info: ValueInfoProto): Dim => declaredFacts(info).shape?.[0] ?? null;

/** A declaration whose first axis is of another size: one that has a name, or any. */
function withFirst(info: ValueInfoProto, name: string | null): ValueInfoProto {
  const tensorType = info.type?.tensorType;
  const [first, ...rest] = tensorType?.shape?.dim ?? [];
  if (!info.type || !tensorType?.shape || first === undefined) return info;
  const open: DimensionProto = withFields(first, { dimValue: undefined, dimParam: name ?? undefined });
  const shape = withFields(tensorType.shape, { dim: [open, ...rest] });
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
