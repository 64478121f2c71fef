import { withFields } from '../model/codec.ts';
import type { AttributeProto, GraphProto, NodeProto, TensorAnnotation } from '../model/proto.ts';
import { namesInUse, sparseName } from './names.ts';

type Names = ReadonlyMap<string, string>;

const renamed = (names: Names) => (name: string) => names.get(name) ?? name;

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
  return withFields(graph, {
    node: graph.node.map((node) => renameNode(node, names)),
    initializer: graph.initializer.map(entry),
    sparseInitializer: graph.sparseInitializer.map((tensor) =>
      names.has(sparseName(tensor)) && tensor.values
        ? withFields(tensor, { values: entry(tensor.values) })
        : tensor,
    ),
    input: graph.input.map(entry),
    output: graph.output.map(entry),
    valueInfo: graph.valueInfo.map(entry),
    quantizationAnnotation: graph.quantizationAnnotation.map((annotation) =>
      renameAnnotation(annotation, names),
    ),
  });
}

/** A node with other names for the values it reads and makes, in its bodies too. */
export function renameNode(node: NodeProto, names: Names): NodeProto {
  const touched = [...node.input, ...node.output].some((name) => names.has(name));
  const attribute = node.attribute.map((each) => renameAttribute(each, names));
  const inside = attribute.some((each, i) => each !== node.attribute[i]);
  if (!touched && !inside) return node;
  return withFields(node, {
    input: node.input.map(renamed(names)),
    output: node.output.map(renamed(names)),
    ...(inside ? { attribute } : {}),
  });
}

function renameAttribute(attribute: AttributeProto, names: Names): AttributeProto {
  const { g, graphs } = attribute;
  if (g && mentions(g, names)) return withFields(attribute, { g: renameValues(g, names) });
  if (!graphs.some((body) => mentions(body, names))) return attribute;
  return withFields(attribute, { graphs: graphs.map((body) => renameValues(body, names)) });
}

function mentions(body: GraphProto, names: Names): boolean {
  return [...namesInUse(body)].some((name) => names.has(name));
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
