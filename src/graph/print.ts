import type { Model } from '../model/model.ts';
import type {
  FunctionProto,
  GraphProto,
  NodeProto,
  OperatorSetIdProto,
  ValueInfoProto,
} from '../model/proto.ts';
import { toNumber } from '../model/proto.ts';
import { subgraphs } from './attributes.ts';
import { printAttribute, printName, printShape, printTensor } from './print-values.ts';
import { declaredFacts } from './value-info.ts';
import { operatorOf } from './view.ts';

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
const printNames = (names: readonly string[]) => names.map(printName).join(', ');

function printInfo(kind: string, info: ValueInfoProto): string {
  const { element, shape } = declaredFacts(info);
  const type = info.type?.tensorType ? `${element ?? '?'} ${printShape(shape)}` : '?';
  return `${kind} ${printName(info.name ?? '')} ${type}`;
}

function printNode(model: Model, node: NodeProto): string[] {
  const attributes = node.attribute.map((attribute) => printAttribute(model, attribute)).join(', ');
  const [first = ''] = node.output;
  const line = [
    `${printNames(node.output)} = ${printName(operatorOf(node))}(${printNames(node.input)})`,
    ...(attributes ? [`{${attributes}}`] : []),
    ...(node.name && node.name !== first ? [`# ${printName(node.name)}`] : []),
  ].join(' ');
  return [
    line,
    ...subgraphs(node).flatMap((body) => indented(['graph', ...indented(printBody(model, body))])),
  ];
}

function printBody(model: Model, graph: GraphProto): string[] {
  return [
    ...graph.input.map((info) => printInfo('input', info)),
    ...graph.initializer.map(
      (tensor) => `initializer ${printName(tensor.name ?? '')} ${printTensor(model, tensor)}`,
    ),
    ...graph.sparseInitializer.map(
      ({ values, dims }) => `initializer ${printName(values?.name ?? '')} sparse ${printShape(dims)}`,
    ),
    ...graph.node.flatMap((node) => printNode(model, node)),
    ...graph.output.map((info) => printInfo('output', info)),
  ];
}

function printFunction(
  model: Model,
  { name = '', domain = '', input, output, node }: FunctionProto,
): string[] {
  return [
    `function ${printName(`${domain}::${name}`)}(${printNames(input)}) → ${printNames(output)}`,
    ...indented(node.flatMap((each) => printNode(model, each))),
  ];
}

function printOpset({ domain = '', version }: OperatorSetIdProto): string {
  return `opset ${toNumber(version)}${domain === '' ? '' : ` ${printName(domain)}`}`;
}

/**
 * A model as text, one line a thing, for review and for grep: versions, inputs, initializers, nodes as
 * `value = Op(in, in) {attribute=…} # name`, outputs. A node's name is left out where it is that of its output; big
 * tensors are told by type and shape alone.
 */
export function printGraph(model: Model): string {
  const { irVersion, opsetImport, producerName = '', producerVersion = '', graph, functions } = model.proto;
  const producer = [producerName, producerVersion].filter((part) => part !== '').map(printName);
  const lines = [
    `ir ${toNumber(irVersion)}`,
    ...opsetImport.map(printOpset),
    ...(producer.length > 0 ? [`producer ${producer.join(' ')}`] : []),
    ...(graph ? printBody(model, graph) : []),
    ...functions.flatMap((each) => printFunction(model, each)),
  ];
  return `${lines.join('\n')}\n`;
}
