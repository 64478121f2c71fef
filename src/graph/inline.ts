import { MarginError } from '../errors.ts';
import { create, withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  NodeProto,
  OperatorSetIdProto,
} from '../model/proto.ts';
import { toNumber } from '../model/proto.ts';
import { subgraphs } from './attributes.ts';
import { freshNames } from './edit.ts';
import { renameNode } from './rename.ts';
import { isStandard, viewGraph } from './view.ts';

/** Nodes that functions may unfold into: each may call others, and a file of a few KB could ask for any number. */
const MOST_NODES = 100_000;

const named = (domain: string, name: string, overload: string) =>
  `${domain}::${name}${overload === '' ? '' : `::${overload}`}`;
const keyOf = ({ domain = '', name = '', overload = '' }: FunctionProto) => named(domain, name, overload);
const callOf = ({ domain = '', opType = '', overload = '' }: NodeProto) => named(domain, opType, overload);

type FunctionOf = (node: NodeProto) => FunctionProto | null;

/** Tells which of the model's functions a node calls: null for none. */
export function callsIn({ proto }: Model): FunctionOf {
  const functions = new Map(proto.functions.map((each) => [keyOf(each), each]));
  return (node) => functions.get(callOf(node)) ?? null;
}

/**
 * The model with every call of its own functions in the main graph written out, and without the functions that nothing
 * calls any more. Values inside get names of the call; attribute references get the caller's value or the default.
 *
 * @throws MarginError UNSUPPORTED_MODEL for functions that call themselves, unfold without end, or are of another opset
 */
export function inlineFunctions(model: Model): Model {
  const view = viewGraph(model);
  const functionOf = callsIn(model);
  const imports = new Map(model.proto.opsetImport.map((each) => [domainOf(each), each]));
  const fresh = freshNames(view);
  requireEnd(view.nodes, functionOf);
  const nodes: NodeProto[] = [];
  const open = [...view.nodes].reverse();
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const called = functionOf(node);
    if (called === null) {
      nodes.push(node);
      continue;
    }
    for (const each of called.opsetImport) mergeImport(imports, each, keyOf(called));
    open.push(...bodyOf(called, node, fresh).reverse());
  }
  const left = nodes.flatMap((node) => subgraphs(node)).some((body) => calls(body, functionOf));
  return deriveModel(
    model,
    withFields(model.proto, {
      graph: withFields(view.graph, { node: nodes }),
      functions: left ? model.proto.functions : [],
      opsetImport: [...imports.values()],
    }),
  );
}

/** Refuses functions that call themselves, or unfold into too many nodes, before any work: sizes are counted, not made. */
function requireEnd(nodes: readonly NodeProto[], functionOf: FunctionOf): void {
  const sizes = new Map<FunctionProto, number>();
  const calledIn = (list: readonly NodeProto[]) => list.flatMap((node) => functionOf(node) ?? []);
  const sizeOf = (list: readonly NodeProto[]) =>
    list.reduce((size, node) => {
      const called = functionOf(node);
      return size + (called === null ? 1 : (sizes.get(called) ?? 0));
    }, 0);
  for (const root of calledIn(nodes)) {
    const path = [root];
    const within = new Set(path);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const next = calledIn(last.node).find((each) => !sizes.has(each));
      if (next === undefined) {
        sizes.set(last, sizeOf(last.node));
        path.pop();
        within.delete(last);
        continue;
      }
      if (within.has(next)) throw refused(`function ${keyOf(next)} calls itself`);
      path.push(next);
      within.add(next);
    }
  }
  if (sizeOf(nodes) > MOST_NODES) throw refused(`functions unfold into more than ${MOST_NODES} nodes`);
}

const domainOf = (each: OperatorSetIdProto) => (isStandard(each) ? '' : (each.domain ?? ''));

function mergeImport(imports: Map<string, OperatorSetIdProto>, each: OperatorSetIdProto, key: string): void {
  const domain = domainOf(each);
  const known = imports.get(domain);
  if (known === undefined) imports.set(domain, each);
  else if (toNumber(known.version) !== toNumber(each.version) && domain === '')
    throw refused(
      `function ${key} is of opset ${toNumber(each.version)}, the model of ${toNumber(known.version)}`,
    );
}

/** The nodes of a function as they stand where it is called: inputs, outputs and attributes are the caller's. */
function bodyOf(called: FunctionProto, call: NodeProto, fresh: (wanted: string) => string): NodeProto[] {
  const prefix = call.name || call.output[0] || called.name || 'call';
  const names = new Map(called.input.map((name, i) => [name, call.input[i] ?? '']));
  const passed: NodeProto[] = [];
  for (const [i, name] of called.output.entries()) {
    const outside = call.output[i] || fresh(`${prefix}/${name}`);
    const inside = names.get(name);
    // What a function gives out as it took it in has two names outside.
    if (inside === undefined) names.set(name, outside);
    else passed.push(create('NodeProto', { opType: 'Identity', input: [inside], output: [outside] }));
  }
  for (const value of called.node.flatMap(({ output }) => output))
    if (value !== '' && !names.has(value)) names.set(value, fresh(`${prefix}/${value}`));
  const given = new Map([...called.attributeProto, ...call.attribute].map((each) => [each.name ?? '', each]));
  const body = called.node.map((node) =>
    renameNode(
      withFields(node, {
        name: node.name ? `${prefix}/${node.name}` : '',
        attribute: node.attribute.flatMap((each) => resolvedAttribute(each, given)),
      }),
      names,
    ),
  );
  return [...body, ...passed];
}

/** References inside bodies of If and Loop are resolved too; one that nobody gives a value is left out. */
function resolvedAttribute(
  each: AttributeProto,
  given: ReadonlyMap<string, AttributeProto>,
): readonly AttributeProto[] {
  if (each.refAttrName) {
    const value = given.get(each.refAttrName);
    return value === undefined ? [] : [withFields(value, { name: each.name ?? '' })];
  }
  const inBody = (body: GraphProto): GraphProto =>
    withFields(body, {
      node: body.node.map((node) =>
        withFields(node, { attribute: node.attribute.flatMap((one) => resolvedAttribute(one, given)) }),
      ),
    });
  if (each.g) return [withFields(each, { g: inBody(each.g) })];
  return each.graphs.length === 0 ? [each] : [withFields(each, { graphs: each.graphs.map(inBody) })];
}

function calls(body: GraphProto, functionOf: FunctionOf): boolean {
  return body.node.some(
    (node) => functionOf(node) !== null || subgraphs(node).some((inner) => calls(inner, functionOf)),
  );
}

function refused(saw: string): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: 'The functions of this model cannot be written out.',
    saw,
    expected: 'functions of the opset of the model that end somewhere',
    tryThis: [
      'inline them in Python: onnx.save(onnx.inliner.inline_local_functions(onnx.load("old.onnx")), "new.onnx")',
      'export it again without functions',
    ],
  });
}
