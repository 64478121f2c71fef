import { MarginError } from '../errors.ts';
import { intAttribute } from '../graph/attributes.ts';
import { storedInts, storedTensor } from '../graph/constants.ts';
import { fixedBatch } from '../graph/open-batch.ts';
import type { GraphView } from '../graph/view.ts';
import type { NumberArray } from '../model/number-array.ts';
import { type NodeProto, toNumber } from '../model/proto.ts';
import { uniformNumbers } from '../random.ts';
import { type InputFacts, inputsOf, isBatched, MOST_AT_ONCE } from './batch.ts';
import type { Feeds, Samples } from './samples.ts';
import type { Feed } from './wire-tensors.ts';

type Draw = () => number;

/** Sizes for dimensions that a file leaves open: channels, height and width of a map; steps of a sequence. */
const CHANNELS = 3;
const SIDE = 32;
const STEPS = 16;

/**
 * Seeded random inputs that suit what a model declares: floats in (0, 1], token ids inside their table, masks of ones.
 * @throws MarginError UNSUPPORTED_MODEL where an input is of a type that cannot be fed
 */
export function randomSamples(view: GraphView, wanted: number, seed: number): Samples {
  const inputs = inputsOf(view);
  const fixed = fixedBatch(view);
  const size = fixed ?? Math.min(wanted, MOST_AT_ONCE);
  const count = Math.max(1, Math.ceil(wanted / size));
  const draw = uniformNumbers(seed);
  const open = new Map<string, number>();
  const batches = Array.from(
    { length: count },
    (): Feeds =>
      Object.fromEntries(
        inputs.map((input) => {
          const dims = dimsOf(input, isBatched(input, fixed) ? size : null, open);
          return [input.name, feedOf(view, input, dims, draw)];
        }),
      ),
  );
  return { batches, sizes: batches.map(() => size), labels: null, notes: [] };
}

/** Sizes of an input; a name that stands for a size stands for the same one everywhere. */
function dimsOf({ shape }: InputFacts, samples: number | null, open: Map<string, number>): number[] {
  if (shape === null) return samples === null ? [] : [samples];
  return shape.map((dim, axis) => {
    if (axis === 0 && samples !== null) return samples;
    if (typeof dim === 'number') return dim;
    const size = shape.length === 4 ? (axis === 1 ? CHANNELS : SIDE) : STEPS;
    if (dim === null) return size;
    const known = open.get(dim) ?? size;
    open.set(dim, known);
    return known;
  });
}

const ARRAYS: Readonly<Record<string, (length: number, value: (i: number) => number) => NumberArray>> = {
  float32: (length, value) => Float32Array.from({ length }, (_, i) => value(i)),
  float64: (length, value) => Float64Array.from({ length }, (_, i) => value(i)),
  float16: (length, value) => Float32Array.from({ length }, (_, i) => value(i)),
  int64: (length, value) => BigInt64Array.from({ length }, (_, i) => BigInt(value(i))),
  uint64: (length, value) => BigUint64Array.from({ length }, (_, i) => BigInt(value(i))),
  int32: (length, value) => Int32Array.from({ length }, (_, i) => value(i)),
  uint32: (length, value) => Uint32Array.from({ length }, (_, i) => value(i)),
  int16: (length, value) => Int16Array.from({ length }, (_, i) => value(i)),
  uint16: (length, value) => Uint16Array.from({ length }, (_, i) => value(i)),
  int8: (length, value) => Int8Array.from({ length }, (_, i) => value(i)),
  uint8: (length, value) => Uint8Array.from({ length }, (_, i) => value(i)),
  bool: (length, value) => Uint8Array.from({ length }, (_, i) => value(i)),
};

function feedOf(view: GraphView, input: InputFacts, dims: readonly number[], draw: Draw): Feed {
  const element = input.element ?? 'an unknown type';
  const make = ARRAYS[element];
  if (make === undefined) throw cannotFeed(input.name, element);
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { element, dims, data: make(length, valuesOf(view, input, dims.at(-1) ?? 1, draw)) };
}

/** What the elements of an input are, by its type, its name and who reads it. */
function valuesOf(
  view: GraphView,
  { name, element }: InputFacts,
  width: number,
  draw: Draw,
): (i: number) => number {
  if (element?.startsWith('float')) return () => Math.fround(draw());
  const whole = (below: number) => () => Math.ceil(draw() * below) - 1;
  if (element === 'bool') return whole(2);
  if (/mask/i.test(name)) return () => 1;
  if (/position/i.test(name)) return (i) => i % width;
  if (/segment|token_type/i.test(name)) return () => 0;
  const table = tableSize(view, name);
  if (table !== null) return whole(table);
  return whole(element === 'uint8' ? 256 : element === 'int8' ? 128 : 2);
}

const PLAIN: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
]);

/** How many rows the table has that an input of indices looks up, or null where it looks up none. */
function tableSize(view: GraphView, value: string, depth = 0): number | null {
  const sizes = view.consumers(value).map((node) => {
    if (node.opType === 'Gather' && node.input[1] === value) return rowsOfTable(view, node);
    if (node.opType === 'OneHot' && node.input[0] === value)
      return storedInts(view, node.input[1] ?? '')?.[0] ?? null;
    const leadsOn = depth < 4 && PLAIN.has(node.opType ?? '');
    return leadsOn ? tableSize(view, node.output[0] ?? '', depth + 1) : null;
  });
  return sizes.find((size) => size !== null) ?? null;
}

function rowsOfTable(view: GraphView, gather: NodeProto): number | null {
  const rows = storedTensor(view, gather.input[0] ?? '')?.dims[intAttribute(gather, 'axis', 0)];
  return rows === undefined ? null : toNumber(rows);
}

function cannotFeed(name: string, element: string): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `The input "${name}" cannot be given random values, so the numbers cannot be checked.`,
    saw: `elements of ${element}`,
    expected: Object.keys(ARRAYS).join(', '),
    tryThis: ['--no-validate to write the graphs unchecked'],
  });
}
