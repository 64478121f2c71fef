import { MarginError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../model/proto.ts';
import { toNumber } from '../model/proto.ts';
import { namesInUse, readsOf, sparseName } from './names.ts';
import { indexNodes } from './node-index.ts';

/** A read-only index of a model's main graph. Bodies of If, Loop and Scan count as part of the node that holds them. */
export interface GraphView {
  readonly model: Model;
  readonly graph: GraphProto;
  /** In file order. */
  readonly nodes: readonly NodeProto[];
  /** What a caller must feed: the graph's inputs that are not initializers. */
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly irVersion: number;
  /** Version of the standard operators; 0 where the file imports none. */
  readonly opset: number;
  /** Every value, node and initializer name in use, subgraphs included. */
  readonly names: ReadonlySet<string>;
  /** The node that makes a value, or null for inputs, initializers and unknown names. */
  producer(value: string): NodeProto | null;
  /** The nodes that read a value, in file order. */
  consumers(value: string): readonly NodeProto[];
  initializer(name: string): TensorProto | null;
  /** A real input of that name, or null. */
  input(name: string): ValueInfoProto | null;
  /** What the file declares of a value's type: from outputs, inputs and value_info. It may be wrong. */
  valueInfo(name: string): ValueInfoProto | null;
  /** The values a node reads, captures of its bodies included. */
  reads(node: NodeProto): readonly string[];
  /** Place in the file, from 0. */
  index(node: NodeProto): number;
  /** What a user can call a node by: its name where that is its own, else `#index`. */
  handle(node: NodeProto): string;
  /** For people: `Gemm "/fc/Gemm"`, `Gemm #12`. */
  label(node: NodeProto): string;
}

/** Whether an operator is one of ONNX's own: the domains "" and "ai.onnx" are one. */
export function isStandard({ domain = '' }: { readonly domain?: string }): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** A node's operator, with its domain where that is not the standard one: `Gemm`, `ai.onnx.ml::ZipMap`. */
export function operatorOf(node: NodeProto): string {
  return isStandard(node) ? (node.opType ?? '') : `${node.domain}::${node.opType}`;
}

/** The opset that the standard nodes are under, by the spelling of the domain that they use; files of IR 1 and 2 have 1. */
function opsetOf(model: ModelProto, nodes: readonly NodeProto[]): number {
  const imports = model.opsetImport.filter(isStandard);
  const spelled = nodes.find(isStandard)?.domain ?? '';
  const used = imports.find(({ domain = '' }) => domain === spelled) ?? imports[0];
  if (used !== undefined) return toNumber(used.version);
  return model.opsetImport.length === 0 ? 1 : 0;
}

function byName<T extends { readonly name?: string }>(list: readonly T[]): Map<string, T> {
  return new Map(list.map((each) => [each.name ?? '', each]));
}

function labelOf(node: NodeProto, index: number): string {
  return `${operatorOf(node)} ${node.name ? JSON.stringify(node.name) : `#${index}`}`;
}

/** Indexes a model. Throws `UNREADABLE_MODEL` where the file holds no graph. */
export function viewGraph(model: Model): GraphView {
  const graph = model.proto.graph;
  if (!graph) {
    throw new MarginError({
      code: 'UNREADABLE_MODEL',
      message: 'The file holds no graph.',
      saw: 'a ModelProto without a graph',
      expected: 'an ONNX model',
    });
  }
  const nodes = graph.node;
  const { producers, consumers, reads, bearers, places } = indexNodes(nodes);
  const initializers = byName(graph.initializer);
  const stored = new Set([...initializers.keys(), ...graph.sparseInitializer.map(sparseName)]);
  const inputs = graph.input.filter(({ name = '' }) => !stored.has(name));
  const inputsByName = byName(inputs);
  const declared = byName([...graph.valueInfo, ...graph.input, ...graph.output]);
  const index = (node: NodeProto) => places.get(node) ?? -1;
  return {
    model,
    graph,
    nodes,
    inputs,
    outputs: graph.output,
    irVersion: toNumber(model.proto.irVersion),
    opset: opsetOf(model.proto, nodes),
    names: namesInUse(graph),
    producer: (value) => producers.get(value) ?? null,
    consumers: (value) => consumers.get(value) ?? [],
    initializer: (name) => initializers.get(name) ?? null,
    input: (name) => inputsByName.get(name) ?? null,
    valueInfo: (name) => declared.get(name) ?? null,
    reads: (node) => reads.get(node) ?? readsOf(node),
    index,
    handle: (node) => (node.name && bearers.get(node.name) === 1 ? node.name : `#${index(node)}`),
    label: (node) => labelOf(node, index(node)),
  };
}
