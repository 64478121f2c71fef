import { MarginError } from '../errors.ts';
import { fixedBatch } from '../graph/open-batch.ts';
import type { Dim } from '../graph/value-info.ts';
import type { GraphView } from '../graph/view.ts';
import { type ArrayFile, openArrays, readArrays } from '../model/arrays.ts';
import type { NumberArray } from '../model/number-array.ts';
import { nearest } from '../nearest.ts';
import { type InputFacts, inputsOf, isBatched, MOST_AT_ONCE } from './batch.ts';
import type { Feeds, Samples } from './samples.ts';
import type { Feed } from './wire-tensors.ts';

/** Inputs of a model that lie in files, batch by batch as it takes them; nothing is read before it is asked for. */
export interface SavedInputs {
  /** Samples in the files. */
  readonly count: number;
  /** How many the model takes at once; null: as many as there are. */
  readonly fixed: number | null;
  /** The samples from one index to another. @throws MarginError BAD_DATA */
  read(from: number, to: number): Feeds;
  /** What is done to the data to make it fit, for people. */
  readonly notes: readonly string[];
}

/** Opens the files of a model's inputs. @throws MarginError BAD_DATA where they do not fit the model */
export function openInputs(view: GraphView, data: string): SavedInputs {
  const inputs = inputsOf(view);
  const fixed = fixedBatch(view);
  const arrays = arraysFor(inputs, data);
  const notes: string[] = [];
  const fitted = inputs.map((input) => {
    const array = arrays.get(input.name);
    if (array === undefined) throw noArray(input, data, [...arrays.keys()]);
    const batched = isBatched(input, fixed);
    return { input, batched, array, take: taker(input, array, batched, notes) };
  });
  const counts = new Set(fitted.flatMap(({ batched, array }) => (batched ? [array.dims[0] ?? 0] : [])));
  if (counts.size > 1) throw badData(data, `${[...counts].join(' and ')} samples`, 'as many in each array');
  const [count = 1] = counts;
  const least = Math.max(fixed ?? 1, 1);
  if (count < least) throw badData(data, `${count} samples`, `at least ${least}`);
  return {
    count,
    fixed,
    notes,
    read: (from, to) =>
      Object.fromEntries(
        fitted.map(({ input, batched, array, take }) => [
          input.name,
          batched ? take(from, to) : take(0, array.dims[0] ?? 1),
        ]),
      ),
  };
}

/** Samples from files. @throws MarginError BAD_DATA where they do not fit the model, or the labels do not fit them */
export function savedSamples(
  view: GraphView,
  data: string,
  labelFile: string | null,
  most: number | null,
): Samples {
  const inputs = openInputs(view, data);
  const { count, fixed } = inputs;
  const saved = labelFile === null ? null : readLabels(labelFile, count);
  const wanted = Math.min(count, most ?? count);
  const size = fixed ?? Math.min(wanted, MOST_AT_ONCE);
  const whole = fixed === null ? Math.ceil(wanted / size) : Math.floor(wanted / size) || 1;
  const left = wanted - whole * size;
  const ranges = Array.from(
    { length: whole },
    (_, i) => [i * size, Math.min((i + 1) * size, count)] as const,
  );
  return {
    batches: ranges.map(([from, to]) => inputs.read(from, to)),
    sizes: ranges.map(([from, to]) => to - from),
    labels: saved && ranges.map(([from, to]) => saved.labels.slice(from * saved.each, to * saved.each)),
    notes: [
      ...inputs.notes,
      ...(left > 0 ? [`the model takes ${fixed} samples at once, so the last ${left} were left out`] : []),
    ],
  };
}

/** Arrays by the inputs that they are for; the only array is for the only input, whatever it is called. */
function arraysFor(inputs: readonly InputFacts[], path: string): ReadonlyMap<string, ArrayFile> {
  const arrays = openArrays(path);
  const [only] = arrays.values();
  const [input] = inputs;
  if (arrays.size === 1 && only !== undefined && inputs.length === 1 && input !== undefined) {
    return new Map([[input.name, only]]);
  }
  const stranger = [...arrays.keys()].find((name) => inputs.every((each) => each.name !== name));
  if (stranger === undefined) return arrays;
  const names = inputs.map(({ name }) => name);
  throw badData(
    path,
    stranger === '' ? 'one array' : `an array called "${stranger}"`,
    `an .npz file with an array for each input: ${names.join(', ')}`,
    nearest(stranger, names),
  );
}

/** Types that NumPy makes by default, and the ones that a model may want in their place. */
const CONVERSIONS: Readonly<Record<string, (data: NumberArray) => NumberArray>> = {
  'float64 float32': (data) => Float32Array.from(data as Float64Array),
  'int64 int32': (data) => Int32Array.from(data as BigInt64Array, Number),
  'int32 int64': (data) => BigInt64Array.from(data as Int32Array, BigInt),
};

/** Looks whether an array fits its input, and gives what reads a part of it as that input takes it. */
function taker(
  input: InputFacts,
  array: ArrayFile,
  batched: boolean,
  notes: string[],
): (from: number, to: number) => Feed {
  const { name, element, shape } = input;
  const { source, dims } = array;
  const fits = (dim: Dim, axis: number) =>
    typeof dim !== 'number' || dim === dims[axis] || (axis === 0 && batched);
  if (shape !== null && (shape.length !== dims.length || !shape.every(fits))) {
    throw badData(
      source,
      `an array of shape [${dims.join(', ')}]`,
      `[${shape.map((dim) => dim ?? '?').join(', ')}] for the input "${name}"`,
    );
  }
  const convert = array.element === element ? null : CONVERSIONS[`${array.element} ${element}`];
  if (convert === undefined) {
    throw badData(source, `elements of ${array.element}`, `${element} for the input "${name}"`);
  }
  if (convert !== null) notes.push(`${source} was converted from ${array.element} to ${element}`);
  return (from, to) => {
    const read = array.read(from, to);
    const data = convert === null ? read : convert(read);
    if (data instanceof Int32Array && convert !== null && data.some((x, i) => BigInt(x) !== read[i])) {
      throw badData(source, 'integers beyond int32', `${element} for the input "${name}"`);
    }
    const part = dims.length === 0 ? [] : [to - from, ...dims.slice(1)];
    return { element: element ?? array.element, dims: part, data };
  };
}

/** Labels in the order of their samples: `each` of them to a sample. */
export interface SavedLabels {
  readonly each: number;
  readonly labels: readonly number[];
}

/** Labels of so many samples: a number each, or one for each token. @throws MarginError BAD_DATA */
export function readLabels(path: string, samples: number): SavedLabels {
  const arrays = readArrays(path);
  const [array] = arrays.values();
  if (array === undefined || arrays.size !== 1)
    throw badData(path, `${arrays.size} arrays`, 'one array of labels');
  if (!/^u?int/.test(array.element))
    throw badData(path, `labels of ${array.element}`, 'labels of int64 or int32');
  const [count = 0, ...rest] = array.dims;
  if (count !== samples) throw badData(path, `${count} labels`, `${samples}, one for each sample`);
  return {
    each: rest.reduce((product, dim) => product * dim, 1),
    labels: Array.from(array.data as Int32Array, Number),
  };
}

function noArray({ name }: InputFacts, path: string, names: readonly string[]): MarginError {
  return badData(path, `arrays ${names.join(', ')}`, `an array for the input "${name}" too`);
}

export function badData(
  source: string,
  saw: string,
  expected: string,
  meant: string | null = null,
): MarginError {
  return new MarginError({
    code: 'BAD_DATA',
    message: `${source} does not fit the model.`,
    saw,
    expected,
    tryThis: meant === null ? ['onnx-margin inspect MODEL --graph shows the inputs'] : [`call it "${meant}"`],
  });
}
