import { renameValues } from '../graph/rename.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { withFields } from '../model/codec.ts';
import type { GraphProto } from '../model/proto.ts';
import type { LayerTensor } from './layers.ts';

const nameOf = ({ name = '' }: { readonly name?: string }) => name;

/** The graph with stored tensors as inputs: `called` says what each is called there, and its own name is what it gets. */
export function openWeights(
  graph: GraphProto,
  tensors: readonly LayerTensor[],
  called: (value: string) => string,
): GraphProto {
  const opened = new Map(tensors.map((tensor) => [called(tensor.value), tensor]));
  const node = graph.node.filter(({ output }) => !output.some((value) => opened.has(value)));
  const closed = (entry: { readonly name?: string }) => !opened.has(nameOf(entry));
  const read = new Set(node.flatMap(({ input }) => input));
  // Below IR 4 an initializer is an input as well.
  const part = withFields(graph, {
    node,
    initializer: graph.initializer.filter(
      (tensor) => closed(tensor) && (read.has(nameOf(tensor)) || !aliased(graph, nameOf(tensor))),
    ),
    input: [
      ...graph.input.filter(closed),
      ...[...opened].map(([name, { dims }]) => tensorInfo(name, 'float32', dims)),
    ],
    valueInfo: graph.valueInfo.filter(closed),
  });
  const names = [...opened].flatMap(([has, { name }]) =>
    has === name
      ? []
      : ([
          [has, name],
          [name, has],
        ] as const),
  );
  return renameValues(part, new Map(names));
}

/** Whether only other names for a tensor read it: with them it goes. */
function aliased(graph: GraphProto, name: string): boolean {
  const readers = graph.node.filter(({ input }) => input.includes(name));
  return readers.length > 0 && readers.every(({ opType }) => opType === 'Identity');
}
