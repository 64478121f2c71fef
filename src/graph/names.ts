import type { GraphProto, NodeProto, SparseTensorProto } from '../model/proto.ts';
import { subgraphs } from './attributes.ts';

/** The name of a sparse initializer is that of its values. */
export function sparseName({ values }: SparseTensorProto): string {
  return values?.name ?? '';
}

/** The values that a graph defines: inputs, initializers, what its nodes make. Not those of its subgraphs. */
export function definedNames(graph: GraphProto): Set<string> {
  const names = [
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.sparseInitializer.map(sparseName),
    ...graph.node.flatMap(({ output }) => output),
  ];
  return new Set(names.flatMap((name) => name || []));
}

/** The values that a node reads: its inputs, and what its bodies take from outside. No empty names, none twice. */
export function readsOf(node: NodeProto): string[] {
  const found = new Set(node.input);
  const bodies = subgraphs(node);
  if (bodies.length > 0) addCaptured(bodies, new Map(), found);
  found.delete('');
  return [...found];
}

/**
 * Adds what bodies read and no graph around it defines. `defined` counts, for each name, the graphs around that define
 * it: each name is looked up once, however deep it lies.
 */
function addCaptured(bodies: readonly GraphProto[], defined: Map<string, number>, found: Set<string>): void {
  for (const body of bodies) {
    const own = definedNames(body);
    for (const name of own) defined.set(name, (defined.get(name) ?? 0) + 1);
    const read = (name: string) => {
      if (!defined.get(name)) found.add(name);
    };
    for (const node of body.node) {
      node.input.forEach(read);
      addCaptured(subgraphs(node), defined, found);
    }
    for (const { name = '' } of body.output) read(name);
    for (const name of own) defined.set(name, (defined.get(name) ?? 1) - 1);
  }
}

/** Every name in use in a graph and its subgraphs: values, nodes, initializers. */
export function namesInUse(graph: GraphProto): Set<string> {
  const names = new Set<string>();
  addNames(graph, names);
  names.delete('');
  return names;
}

function addNames(graph: GraphProto, names: Set<string>): void {
  for (const name of definedNames(graph)) names.add(name);
  for (const { name } of [...graph.output, ...graph.valueInfo]) names.add(name ?? '');
  for (const node of graph.node) {
    for (const name of [node.name ?? '', ...node.input]) names.add(name);
    for (const body of subgraphs(node)) addNames(body, names);
  }
}
