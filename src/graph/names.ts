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
  const captured = subgraphs(node).flatMap(capturedNames);
  return [...new Set([...node.input, ...captured])].filter((name) => name !== '');
}

function capturedNames(body: GraphProto): string[] {
  const own = definedNames(body);
  const read = [...body.node.flatMap(readsOf), ...body.output.map(({ name = '' }) => name)];
  return read.filter((name) => !own.has(name));
}

/** Every name in use in a graph and its subgraphs: values, nodes, initializers. */
export function namesInUse(graph: GraphProto): Set<string> {
  const names = definedNames(graph);
  for (const { name } of [...graph.output, ...graph.valueInfo]) names.add(name ?? '');
  for (const node of graph.node) {
    for (const name of [node.name ?? '', ...node.input]) names.add(name);
    for (const body of subgraphs(node)) for (const name of namesInUse(body)) names.add(name);
  }
  names.delete('');
  return names;
}
