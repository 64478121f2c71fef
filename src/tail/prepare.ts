import { Writer } from '../expr/writer.ts';
import { freshNames } from '../graph/edit.ts';
import { callsIn, inlineFunctions } from '../graph/inline.ts';
import { tensorFacts, tensorInfo } from '../graph/value-info.ts';
import { type GraphView, isStandard, viewGraph } from '../graph/view.ts';
import { create, withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { ModelProto, NodeProto, OperatorSetIdProto, TensorProto } from '../model/proto.ts';
import { attempt, cursorAt } from './cursor.ts';
import { type Ground, groundOf } from './ground.ts';
import { isOldOpset } from './opset.ts';
import { plainOf } from './plain/index.ts';
import type { Written } from './plain/plain.ts';
import { topOf } from './walk.ts';

/** A model whose tail is in operators that forms understand. */
export interface Prepared {
  /** Of the model as it was given where nothing had to be done, else of one derived from it. */
  readonly view: GraphView;
  /** What is different from the model as it was given, for people. */
  readonly notes: readonly string[];
}

const LAYERS: ReadonlySet<string> = new Set(['Gemm', 'MatMul', 'Conv']);

/** No model has so many tails, each wrapped up several times. */
const MOST_ROUNDS = 24;

/**
 * Looks at where the outputs of a model come from. Calls of the model's own functions are written out, and layers that are
 * one operator of their own (ai.onnx.ml, quantised, fused) are put into plain operators; the rest stays as it is.
 *
 * @throws MarginError UNSUPPORTED_MODEL for functions that cannot be written out
 */
export function prepare(model: Model): Prepared {
  let view = viewGraph(model);
  const notes: string[] = [];
  for (let round = 0; round < MOST_ROUNDS && mayNeedIt(view); round++) {
    const next = step(view, notes);
    if (next === null) break;
    view = viewGraph(next);
  }
  return { view, notes };
}

/** A quick look, so that ordinary models cost nothing. Old opsets are refused later, in better words. */
function mayNeedIt(view: GraphView): boolean {
  if (isOldOpset(view)) return false;
  const functionOf = callsIn(view.model);
  return view.nodes.some((node) => plainOf(node) !== undefined || functionOf(node) !== null);
}

function step(view: GraphView, notes: string[]): Model | null {
  const ground = groundOf(view);
  const tops = new Set(view.outputs.flatMap(({ name = '' }) => topOf(ground, name) ?? []));
  const functionOf = callsIn(view.model);
  if ([...tops].some((node) => functionOf(node) !== null)) {
    notes.push('the tail lies in functions of the model, which are written out in the new graphs');
    return inlineFunctions(view.model);
  }
  for (const node of tops) {
    const next = plainly(ground, node, notes);
    if (next !== null) return next;
  }
  return null;
}

/** The model with one layer in plain operators; null where the layer needs not, or cannot. */
function plainly(ground: Ground, node: NodeProto, notes: string[]): Model | null {
  const { view } = ground;
  const plain = plainOf(node);
  if (plain === undefined) return null;
  const writer = new Writer(opsetFor(view), freshNames(view));
  const result = attempt(() => plain.write(cursorAt(ground, node, plain.operator, 0), writer));
  if ('miss' in result) return null;
  const { note } = result.found;
  if (note !== null) notes.push(`${view.label(node)}: ${note}`);
  return deriveModel(view.model, replaced(view, node, writer, result.found));
}

/** The model's imports; one of the standard operators is added where there is none yet. */
function importsFor(view: GraphView): readonly OperatorSetIdProto[] {
  const { opsetImport } = view.model.proto;
  if (view.opset >= opsetFor(view)) return opsetImport;
  const others = opsetImport.filter((each) => !isStandard(each));
  return [...others, create('OperatorSetIdProto', { domain: '', version: opsetFor(view) })];
}

/** Opsets by the IR version that came with them, for files that use no standard operator so far. */
const OPSETS: readonly (readonly [irVersion: number, opset: number])[] = [
  [3, 8],
  [4, 9],
  [5, 10],
  [6, 11],
  [7, 14],
  [8, 17],
];

function opsetFor({ opset, irVersion }: GraphView): number {
  if (opset >= 7) return opset;
  return OPSETS.find(([version]) => version >= irVersion)?.[1] ?? 17;
}

function replaced(view: GraphView, node: NodeProto, writer: Writer, { replaces }: Written): ModelProto {
  const { graph, model } = view;
  const going = new Set(replaces);
  const last = Math.max(...replaces.map(view.index));
  // The product keeps the name of the layer, by which people choose it.
  const product = writer.nodes.find(({ opType = '' }) => LAYERS.has(opType));
  const named = writer.nodes.map((each) =>
    each === product ? withFields(each, { name: node.name ?? '' }) : each,
  );
  const nodes = view.nodes.flatMap((each, index) => [
    ...(going.has(each) ? [] : [each]),
    ...(index === last ? named : []),
  ]);
  const kept = withoutIdle(view, nodes, replaces);
  const read = new Set([...kept.flatMap(view.reads), ...view.outputs.map(({ name = '' }) => name)]);
  const wasRead = new Set(replaces.flatMap(view.reads));
  const stays = ({ name = '' }: { readonly name?: string }) => read.has(name) || !wasRead.has(name);
  const gone = new Set(replaces.flatMap(({ output }) => output));
  const changed = withFields(graph, {
    node: kept,
    initializer: [...graph.initializer.filter(stays), ...writer.initializers],
    input: [
      ...graph.input.filter((info) => view.input(info.name ?? '') !== null || stays(info)),
      ...(view.irVersion < 4 ? writer.initializers.map(infoOf) : []),
    ],
    valueInfo: graph.valueInfo.filter(({ name = '' }) => !gone.has(name)),
  });
  return withFields(model.proto, { graph: changed, opsetImport: importsFor(view) });
}

/** Below IR 4 an initializer is the default of an input. */
function infoOf(tensor: TensorProto) {
  const { element, shape } = tensorFacts(tensor);
  return tensorInfo(tensor.name ?? '', element ?? 'float32', shape);
}

/** Without the nodes that only those read which are gone: scales of integers, quantisers of an input. */
function withoutIdle(view: GraphView, nodes: readonly NodeProto[], gone: readonly NodeProto[]): NodeProto[] {
  const readers = new Map<string, number>();
  const count = (values: readonly string[], by: number) => {
    for (const value of values) readers.set(value, (readers.get(value) ?? 0) + by);
  };
  for (const node of nodes) count(view.reads(node), 1);
  count(
    view.outputs.map(({ name = '' }) => name),
    1,
  );
  const idle = new Set<NodeProto>();
  const open = gone.flatMap(view.reads);
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const maker = view.producer(value);
    if (maker === null || idle.has(maker) || gone.includes(maker)) continue;
    if (maker.output.some((made) => (readers.get(made) ?? 0) > 0)) continue;
    idle.add(maker);
    count(view.reads(maker), -1);
    open.push(...view.reads(maker));
  }
  return nodes.filter((node) => !idle.has(node));
}
