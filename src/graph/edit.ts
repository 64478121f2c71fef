import { withFields } from '../model/codec.ts';
import type { GraphProto, NodeProto, TensorAnnotation, TensorProto, ValueInfoProto } from '../model/proto.ts';
import { ancestors, descendants } from './live.ts';
import { sparseName } from './names.ts';
import { tensorFacts, tensorInfo } from './value-info.ts';
import type { GraphView } from './view.ts';

/** A source of names that are free in the graph: the one wanted, else with `_1`, `_2` … after it. Each is then taken. */
export function freshNames({ names }: GraphView): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    let name = wanted;
    for (let i = 1; names.has(name) || taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
}

/** What takes a tail's place. An input that has an initializer of its name is an input with a default. */
export interface Replacement {
  readonly outputs: readonly ValueInfoProto[];
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly inputs: readonly ValueInfoProto[];
}

const nameOf = ({ name = '' }: { readonly name?: string }) => name;

/**
 * The nodes that only the old outputs needed, and nodes that nobody needed but that read what is going. What nobody
 * needed before, and can still run, is not ours to remove.
 */
function superseded(view: GraphView, { nodes, outputs }: Replacement): Set<NodeProto> {
  const made = new Map(nodes.flatMap((node) => node.output.map((value) => [value, node] as const)));
  const before = ancestors(view.outputs.map(nameOf), view.producer, view.reads);
  const after = ancestors(
    outputs.map(nameOf),
    (value) => made.get(value) ?? view.producer(value),
    view.reads,
  );
  const gone = new Set<NodeProto>();
  const values = new Set<string>();
  for (const node of view.nodes) {
    const needed = before.has(node) || view.reads(node).some((value) => values.has(value));
    if (after.has(node) || !needed) continue;
    gone.add(node);
    for (const value of node.output) values.add(value);
  }
  return gone;
}

/** The initializers (dense and sparse) that `before` names and `after` does not. */
function orphaned(
  { graph }: GraphView,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): Set<string> {
  const all = [...graph.initializer.map(nameOf), ...graph.sparseInitializer.map(sparseName)];
  return new Set(all.filter((name) => before.has(name) && !after.has(name)));
}

function parametersOf(annotation: TensorAnnotation): string[] {
  return annotation.quantParameterTensorNames.map(({ value = '' }) => value);
}

/** Below IR 4 an initializer is the default of an input, so each needs one. */
function inputsFor(view: GraphView, { inputs, initializers }: Replacement): ValueInfoProto[] {
  if (view.irVersion >= 4) return [...inputs];
  const declared = new Set(inputs.map(nameOf));
  const implied = initializers.filter((tensor) => !declared.has(nameOf(tensor)));
  return [
    ...inputs,
    ...implied.map((tensor) => {
      const { element, shape } = tensorFacts(tensor);
      return tensorInfo(nameOf(tensor), element ?? 'float32', shape);
    }),
  ];
}

/** The kept nodes that read what the new ones make, which must come before them. */
function readers(view: GraphView, { nodes }: Replacement): Set<NodeProto> {
  return descendants(
    nodes.flatMap(({ output }) => output),
    view.consumers,
  );
}

/**
 * The graph with new outputs and what makes them. What served only the old outputs goes: nodes, then their value_info
 * and quantisation annotations, then initializers with the inputs that stood for them. Everything else stays, in order;
 * what a caller feeds is never removed.
 */
export function replaceTail(view: GraphView, replacement: Replacement): GraphProto {
  const { graph } = view;
  const gone = superseded(view, replacement);
  const kept = graph.node.filter((node) => !gone.has(node));
  const values = new Set([...gone].flatMap(({ output }) => output));
  const late = readers(view, replacement);
  const before = new Set([...graph.node.flatMap(view.reads), ...graph.output.map(nameOf)]);
  const after = new Set([
    ...[...kept, ...replacement.nodes].flatMap(view.reads),
    ...replacement.outputs.map(nameOf),
  ]);
  // An annotation goes with its tensor, and what only it named goes with it.
  const unread = orphaned(view, before, after);
  const annotations = graph.quantizationAnnotation.filter(
    ({ tensorName = '' }) => !values.has(tensorName) && !unread.has(tensorName),
  );
  const orphans = orphaned(
    view,
    new Set([...before, ...graph.quantizationAnnotation.flatMap(parametersOf)]),
    new Set([...after, ...annotations.flatMap(parametersOf)]),
  );
  const stays = (entry: { readonly name?: string }) => !orphans.has(nameOf(entry));
  return withFields(graph, {
    node: [
      ...kept.filter((node) => !late.has(node)),
      ...replacement.nodes,
      ...kept.filter((node) => late.has(node)),
    ],
    initializer: [...graph.initializer.filter(stays), ...replacement.initializers],
    sparseInitializer: graph.sparseInitializer.filter((tensor) => !orphans.has(sparseName(tensor))),
    input: [...graph.input.filter(stays), ...inputsFor(view, replacement)],
    output: replacement.outputs,
    valueInfo: graph.valueInfo.filter((info) => stays(info) && !values.has(nameOf(info))),
    quantizationAnnotation: annotations,
  });
}
