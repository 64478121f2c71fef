import { MarginError } from '../errors.ts';
import type { Dim } from '../graph/value-info.ts';
import type { GraphView } from '../graph/view.ts';
import { readArrays, type SavedArray } from '../model/arrays.ts';
import type { NumberArray } from '../model/number-array.ts';
import { nearest } from '../nearest.ts';
import { fixedBatch, type InputFacts, inputsOf, isBatched, MOST_AT_ONCE } from './batch.ts';
import type { Feeds, Samples } from './samples.ts';
import type { Feed } from './wire-tensors.ts';

/** Samples from files. @throws MarginError BAD_DATA where they do not fit the model, or the labels do not fit them */
export function savedSamples(
  view: GraphView,
  data: string,
  labelFile: string | null,
  most: number | null,
): Samples {
  const inputs = inputsOf(view);
  const fixed = fixedBatch(inputs);
  const arrays = arraysFor(inputs, data);
  const notes = new Set<string>();
  const feeds = inputs.map((input) => {
    const array = arrays.get(input.name);
    if (array === undefined) throw noArray(input, data, [...arrays.keys()]);
    return {
      input,
      batched: isBatched(input, fixed),
      feed: fitted(input, array, isBatched(input, fixed), notes),
    };
  });
  const counts = new Set(feeds.flatMap(({ batched, feed }) => (batched ? [feed.dims[0] ?? 0] : [])));
  if (counts.size > 1) throw badData(data, `${[...counts].join(' and ')} samples`, 'as many in each array');
  const [found = 1] = counts;
  const labels = labelFile === null ? null : readLabels(labelFile, found);
  const wanted = Math.min(found, most ?? found);
  const size = fixed ?? Math.min(wanted, MOST_AT_ONCE);
  if (found < size || found === 0) throw badData(data, `${found} samples`, `at least ${Math.max(size, 1)}`);
  const whole = fixed === null ? Math.ceil(wanted / size) : Math.floor(wanted / size) || 1;
  if (fixed !== null && whole * size < wanted) {
    notes.add(`the model takes ${fixed} samples at once, so the last ${wanted - whole * size} were left out`);
  }
  const ranges = Array.from(
    { length: whole },
    (_, i) => [i * size, Math.min((i + 1) * size, found)] as const,
  );
  return {
    batches: ranges.map(
      ([from, to]): Feeds =>
        Object.fromEntries(
          feeds.map(({ input, batched, feed }) => [input.name, batched ? cut(feed, from, to) : feed]),
        ),
    ),
    sizes: ranges.map(([from, to]) => to - from),
    labels: labels && ranges.map(([from, to]) => labels.slice(from, to).flat()),
    notes: [...notes],
  };
}

/** Arrays by the inputs that they are for; the only array is for the only input, whatever it is called. */
function arraysFor(inputs: readonly InputFacts[], path: string): ReadonlyMap<string, SavedArray> {
  const arrays = readArrays(path);
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

function fitted(input: InputFacts, array: SavedArray, batched: boolean, notes: Set<string>): Feed {
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
  if (array.element === element) return { element: array.element, dims, data: array.data };
  const convert = CONVERSIONS[`${array.element} ${element}`];
  if (convert === undefined) {
    throw badData(source, `elements of ${array.element}`, `${element} for the input "${name}"`);
  }
  const data = convert(array.data);
  if (data instanceof Int32Array && data.some((x, i) => BigInt(x) !== array.data[i])) {
    throw badData(source, 'integers beyond int32', `${element} for the input "${name}"`);
  }
  notes.add(`${source} was converted from ${array.element} to ${element}`);
  return { element: element ?? '', dims, data };
}

/** The samples from one index to another. */
function cut({ element, dims, data }: Feed, from: number, to: number): Feed {
  const each = dims.slice(1).reduce((product, dim) => product * dim, 1);
  return { element, dims: [to - from, ...dims.slice(1)], data: data.slice(from * each, to * each) };
}

/** One row of labels a sample: a number, or one for each token. */
function readLabels(path: string, samples: number): number[][] {
  const arrays = readArrays(path);
  const [array] = arrays.values();
  if (array === undefined || arrays.size !== 1)
    throw badData(path, `${arrays.size} arrays`, 'one array of labels');
  if (!/^u?int/.test(array.element))
    throw badData(path, `labels of ${array.element}`, 'labels of int64 or int32');
  const [count = 0, ...rest] = array.dims;
  if (count !== samples) throw badData(path, `${count} labels`, `${samples}, one for each sample`);
  const each = rest.reduce((product, dim) => product * dim, 1);
  const numbers = Array.from(array.data as Int32Array, Number);
  return Array.from({ length: count }, (_, i) => numbers.slice(i * each, (i + 1) * each));
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
