import { withFields } from '../model/codec.ts';
import type {
  AttributeProto,
  GraphProto,
  NodeProto,
  SparseTensorProto,
  TensorAnnotation,
} from '../model/proto.ts';
import { sparseName } from './names.ts';

type Names = ReadonlyMap<string, string>;

const renamed = (names: Names) => (name: string) => names.get(name) ?? name;

/** A list in which some things are others; the same list where none is. */
function mapped<T>(list: readonly T[], change: (item: T) => T): readonly T[] {
  const items = list.map(change);
  return items.some((item, i) => item !== list[i]) ? items : list;
}

/** A message with other fields; the same where none is another. */
function changed<M extends object>(message: M, fields: { readonly [K in keyof M]?: M[K] | undefined }): M {
  const others = Object.entries(fields).some(([name, value]) => value !== Reflect.get(message, name));
  return others ? withFields(message, fields) : message;
}

/**
 * A graph in which values are called otherwise, in all places at once, so that two may exchange their names. Bodies of
 * If, Loop and Scan see outer values by name and are renamed with them; what does not change is the same object.
 */
export function renameValues(graph: GraphProto, names: Names): GraphProto {
  if (names.size === 0) return graph;
  const entry = <T extends { readonly name?: string }>(item: T): T => {
    const name = names.get(item.name ?? '');
    return name === undefined ? item : withFields(item, { name } as Partial<T>);
  };
  return changed(graph, {
    node: mapped(graph.node, (node) => renameNode(node, names)),
    initializer: mapped(graph.initializer, entry),
    sparseInitializer: mapped(graph.sparseInitializer, (tensor) => renameSparse(tensor, names)),
    input: mapped(graph.input, entry),
    output: mapped(graph.output, entry),
    valueInfo: mapped(graph.valueInfo, entry),
    quantizationAnnotation: mapped(graph.quantizationAnnotation, (annotation) =>
      renameAnnotation(annotation, names),
    ),
  });
}

/** A node with other names for the values it reads and makes, in its bodies too. */
export function renameNode(node: NodeProto, names: Names): NodeProto {
  return changed(node, {
    input: mapped(node.input, renamed(names)),
    output: mapped(node.output, renamed(names)),
    attribute: mapped(node.attribute, (attribute) => renameAttribute(attribute, names)),
  });
}

function renameAttribute(attribute: AttributeProto, names: Names): AttributeProto {
  const { g, graphs } = attribute;
  if (g) return changed(attribute, { g: renameValues(g, names) });
  return changed(attribute, { graphs: mapped(graphs, (body) => renameValues(body, names)) });
}

function renameSparse(tensor: SparseTensorProto, names: Names): SparseTensorProto {
  const name = names.get(sparseName(tensor));
  return name !== undefined && tensor.values
    ? withFields(tensor, { values: withFields(tensor.values, { name }) })
    : tensor;
}

function renameAnnotation(annotation: TensorAnnotation, names: Names): TensorAnnotation {
  const { tensorName = '', quantParameterTensorNames: parameters } = annotation;
  if (![tensorName, ...parameters.map(({ value = '' }) => value)].some((name) => names.has(name)))
    return annotation;
  return withFields(annotation, {
    tensorName: renamed(names)(tensorName),
    quantParameterTensorNames: parameters.map((parameter) =>
      names.has(parameter.value ?? '')
        ? withFields(parameter, { value: renamed(names)(parameter.value ?? '') })
        : parameter,
    ),
  });
}
