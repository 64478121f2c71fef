import type { Writer } from '../expr/writer.ts';
import { type HeldSizes, heldInts, heldSizes } from '../graph/held-sizes.ts';
import type { Shapes } from '../graph/shapes.ts';
import type { GraphView } from '../graph/view.ts';
import { isStandard } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { fitted } from './fitted.ts';
import type { Operator, Site } from './operator.ts';
import { OPERATORS } from './operators/index.ts';
import { stopAt } from './refused.ts';
import { shapedAs, stretched } from './shaped.ts';
import { type Words, wordsOf } from './words.ts';

/** A piece of a graph to go back through. */
export interface Way {
  readonly view: GraphView;
  readonly shapes: Shapes;
  /** In an order in which they can run. */
  readonly nodes: readonly NodeProto[];
  /** Where the gradients come from: the value of the graph that holds d loss / d value, by value. */
  readonly seeds: ReadonlyMap<string, string>;
  /** The values whose gradients are asked for. */
  readonly wanted: ReadonlySet<string>;
}

/** The rule of a node, or null where none is known. */
export function operatorAt(node: NodeProto): Operator | null {
  return isStandard(node) ? (OPERATORS.get(node.opType ?? '') ?? null) : null;
}

/**
 * Reverse-mode differentiation of a graph's own nodes: writes the nodes that make d loss / d value for each wanted value,
 * and gives their names by value. What no gradient comes to has none.
 *
 * A node that the gradients would have to pass and cannot ends it: see `attemptBackward`.
 */
export function writeGradients(writer: Writer, way: Way): ReadonlyMap<string, string> {
  const words = wordsOf(writer);
  const depends = dependents(way);
  const sizes = heldSizes(way.view, way.shapes);
  const flows = new Map<string, string[]>([...way.seeds].map(([value, seed]) => [value, [seed]]));
  const adjoint = (value: string): string | null => {
    const [first, ...rest] = flows.get(value) ?? [];
    if (first === undefined) return null;
    const sum = rest.reduce(words.add, first);
    flows.set(value, [sum]);
    return sum;
  };
  for (const node of way.nodes.toReversed()) {
    const ups = node.output.map((value) => (value === '' ? null : adjoint(value)));
    if (!node.output.some((value) => depends.has(value)) || ups.every((up) => up === null)) continue;
    const rule = operatorAt(node);
    if (rule === null) stopAt(node, `${way.view.label(node)} is an operator without a gradient here`);
    const site = siteOf(way, words, node, { ups, depends, sizes });
    refuseOtherFloats(way, site);
    for (const [index, flow] of rule.gradient(site).entries()) {
      if (flow === null || !site.wants(index)) continue;
      const value = site.input(index);
      flows.set(value, [...(flows.get(value) ?? []), flow]);
    }
  }
  return new Map(
    [...way.wanted].flatMap((value) => {
      const gradient = adjoint(value);
      return gradient === null ? [] : [[value, gradient] as const];
    }),
  );
}

/** Integers that stand for floats: what comes to them would have to go on, and cannot. */
const STANDS_FOR_FLOATS: ReadonlySet<string> = new Set(['QuantizeLinear', 'DynamicQuantizeLinear']);

/** What depends on one of the wanted values by floats, bodies of If and Loop included: integers and booleans have no slope. */
function dependents({ view, shapes, nodes, wanted }: Way): Set<string> {
  const depends = new Set(wanted);
  const isFloat = (value: string) => /^b?float/.test(shapes(value).element ?? 'float32');
  for (const node of nodes) {
    if (!view.reads(node).some((value) => depends.has(value))) continue;
    const all = STANDS_FOR_FLOATS.has(node.opType ?? '');
    for (const value of node.output) if (value !== '' && (all || isFloat(value))) depends.add(value);
  }
  return depends;
}

/** Rules are written for float32: half precision loses small gradients, and double has no kernels on GPUs. */
function refuseOtherFloats({ shapes }: Way, { node, wants, output, refuse }: Site): void {
  const values = [...node.input.filter((_, index) => wants(index)), output()];
  const other = values.map((value) => shapes(value).element ?? 'float32').find((each) => each !== 'float32');
  if (other !== undefined) refuse(`works in ${other}; gradients are written for float32`);
}

/** What is known on the way. */
interface Known {
  readonly ups: readonly (string | null)[];
  readonly depends: ReadonlySet<string>;
  readonly sizes: HeldSizes;
}

function siteOf({ view, shapes }: Way, words: Words, node: NodeProto, { ups, depends, sizes }: Known): Site {
  const refuse = (reason: string) => stopAt(node, `${view.label(node)} ${reason}`);
  const input = (index: number) => node.input[index] ?? '';
  const output = (index = 0) => node.output[index] ?? '';
  const shape = (value: string) =>
    shapes(value).shape ?? refuse(`has ${JSON.stringify(value)}, a value whose rank is not known`);
  return {
    ...words,
    view,
    node,
    input,
    output,
    shape,
    refuse,
    held: (value) => heldInts(sizes, value),
    up: (index = 0) => ups[index] ?? words.zeros(output(index)),
    wants: (index) => depends.has(input(index)),
    shapedAs: (a, like) => shapedAs(words, a, like, shape(like)),
    spread: (a, like, axes) => stretched(words, a, like, { shape: shape(like), axes }),
    fitted: (a, like) => fitted(words, a, shape(output()), like, shape(like)),
  };
}
