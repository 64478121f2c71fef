import { elementName, elementNumber } from '../model/elements.ts';
import type { NodeProto } from '../model/proto.ts';
import { readTensor } from '../model/tensors.ts';
import { intAttribute, intsAttribute, tensorAttribute } from './attributes.ts';
import { storedInts, storedTensor } from './constants.ts';
import { product } from './dims.ts';
import type { Shapes } from './shapes.ts';
import { sliceSpan } from './slice.ts';
import type { Dim } from './value-info.ts';
import type { GraphView } from './view.ts';
import { isStandard } from './view.ts';

/** What a value holds where it is a list of sizes, such as a shape that nodes put together; null where that is not known. */
export type HeldSizes = (value: string) => readonly Dim[] | null;

/** A node that computes with sizes. */
interface Step {
  readonly view: GraphView;
  readonly node: NodeProto;
  readonly shapes: Shapes;
  held(index: number): readonly Dim[] | null;
}

type Rule = (step: Step) => readonly Dim[] | null;

const same: Rule = ({ held }) => held(0);

const numbersIn = (sizes: readonly Dim[] | null): readonly number[] | null => {
  const numbers = sizes?.filter((size) => typeof size === 'number') ?? null;
  return numbers?.length === sizes?.length ? numbers : null;
};

const shape: Rule = ({ node, shapes }) => {
  const { shape: dims } = shapes(node.input[0] ?? '');
  return dims?.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', dims.length)) ?? null;
};

const gather: Rule = ({ held }) => {
  const [sizes, places] = [held(0), numbersIn(held(1))];
  return (sizes && places?.map((place) => sizes.at(place) ?? null)) ?? null;
};

const slice: Rule = ({ node, held }) => {
  const sizes = held(0);
  const bound = (name: string, index: number) =>
    intsAttribute(node, name)?.[0] ?? numbersIn(held(index))?.[0] ?? null;
  const [start, end] = [bound('starts', 1), bound('ends', 2)];
  const step = node.input[4] ? bound('steps', 4) : 1;
  if (sizes === null || start === null || end === null || step === null || step === 0) return null;
  const { from, count } = sliceSpan(sizes.length, start, end, step);
  return Array.from({ length: count }, (_, i) => sizes[from + i * step] ?? null);
};

const concat: Rule = ({ node, held }) => {
  if (node.input.length > MOST_SIZES) return null;
  const parts = node.input.map((_, index) => held(index));
  const known = parts.filter((part) => part !== null);
  return known.length === parts.length ? known.flat() : null;
};

/** Lists side by side; one of a single size goes with every size of the others. Null where one is not known. */
function aside(lists: readonly (readonly Dim[] | null)[]): Dim[][] | null {
  const known = lists.filter((list) => list !== null);
  if (known.length < lists.length) return null;
  const length = known.reduce((most, list) => Math.max(most, list.length), 0);
  return Array.from({ length }, (_, i) => known.map((list) => list[list.length === 1 ? 0 : i] ?? null));
}

const isWhole = ({ node, shapes }: Step) => /^u?int/.test(shapes(node.output[0] ?? '').element ?? '');

/** Size by size; what is neutral leaves names as they are. */
const combined =
  (f: (a: number, b: number) => number, neutral: number): Rule =>
  (step) => {
    const round = isWhole(step) ? Math.trunc : (x: number) => x;
    const size = ([a = null, b = null]: Dim[]): Dim => {
      if (b === neutral) return a;
      return typeof a === 'number' && typeof b === 'number' ? round(f(a, b)) : null;
    };
    return aside([step.held(0), step.held(1)])?.map(size) ?? null;
  };

/** A size that has a name is no −1, which stands for one that is not told. */
const equal: Rule = ({ held }) => {
  const size = ([a = null, b = null]: Dim[]): Dim => {
    if (typeof a === 'number' && typeof b === 'number') return Number(a === b);
    return [a, b].includes(-1) && [a, b].some((each) => typeof each === 'string') ? 0 : null;
  };
  return aside([held(0), held(1)])?.map(size) ?? null;
};

const where: Rule = ({ held }) =>
  aside([held(0), held(1), held(2)])?.map(([holds, a = null, b = null]): Dim => {
    if (typeof holds !== 'number') return null;
    return holds === 0 ? b : a;
  }) ?? null;

const cast: Rule = (step) =>
  step.held(0)?.map((size) => (isWhole(step) && typeof size === 'number' ? Math.trunc(size) : size)) ?? null;

const constantOfShape: Rule = ({ view, node, held }) => {
  const sizes = numbersIn(held(0));
  const count = sizes === null ? null : Number(product(sizes));
  const tensor = tensorAttribute(node, 'value');
  const value = tensor === null ? 0 : Number(readTensor(view.model, tensor).data[0] ?? 0);
  return count === null || count > MOST_SIZES ? null : new Array<Dim>(count).fill(value);
};

/** A map, for an operator may be called `valueOf`. */
const RULES: ReadonlyMap<string, Rule> = new Map(
  Object.entries<Rule>({
    Shape: shape,
    Gather: gather,
    Slice: slice,
    Concat: concat,
    Unsqueeze: same,
    Squeeze: same,
    Reshape: same,
    Identity: same,
    Floor: ({ held }) => held(0)?.map((size) => (typeof size === 'number' ? Math.floor(size) : size)) ?? null,
    Cast: cast,
    Add: combined((a, b) => a + b, 0),
    Sub: combined((a, b) => a - b, 0),
    Mul: combined((a, b) => a * b, 1),
    Div: combined((a, b) => a / b, 1),
    Equal: equal,
    Where: where,
    ConstantOfShape: constantOfShape,
  }),
);

/** Shapes have no more; and a list of any length could be asked for. */
const MOST_SIZES = 64;

const INT64 = elementNumber('int64');

/** Chains of nodes that compute sizes are short. */
const DEEPEST = 64;

/** What values hold as sizes, from what is known of shapes: stored lists, and what nodes put together from shapes. */
export function heldSizes(view: GraphView, shapes: Shapes): HeldSizes {
  const known = new Map<string, readonly Dim[] | null>();
  const made = (node: NodeProto | null, depth: number): readonly Dim[] | null => {
    const rule = node !== null && isStandard(node) ? RULES.get(node.opType ?? '') : undefined;
    if (node === null || rule === undefined) return null;
    return rule({ view, node, shapes, held: (index) => find(node.input[index] ?? '', depth + 1) });
  };
  const find = (value: string, depth: number): readonly Dim[] | null => {
    const before = known.get(value);
    if (before !== undefined || value === '' || depth > DEEPEST) return before ?? null;
    // A value that depends on itself is damage: it holds nothing.
    known.set(value, null);
    // By the tensor itself: a Constant may stand behind what reads it, where shapes do not know it yet.
    const numeric = /int|float|bool/.test(elementName(storedTensor(view, value)?.dataType ?? INT64));
    const found = (numeric ? storedInts(view, value) : null) ?? made(view.producer(value), depth);
    const sizes = found !== null && found.length <= MOST_SIZES ? found : null;
    known.set(value, sizes);
    return sizes;
  };
  return (value) => find(value, 0);
}

/** The integers that a value holds, all of them known. */
export function heldInts(held: HeldSizes, value: string): readonly number[] | null {
  return numbersIn(held(value));
}
