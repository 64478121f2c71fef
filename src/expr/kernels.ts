/** A dense float64 array in row-major order. Booleans are 0 and 1, integers are exact up to 2^53. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The number of elements of a shape; a scalar's shape is `[]`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** A tensor from a number or a list; the shape of a list defaults to `[length]`. */
export function tensor(data: number | ArrayLike<number>, shape?: readonly number[]): Tensor {
  const values = typeof data === 'number' ? Float64Array.of(data) : Float64Array.from(data);
  return { shape: shape ?? (typeof data === 'number' ? [] : [values.length]), data: values };
}

export function mapTensor(f: (x: number) => number, a: Tensor): Tensor {
  return { shape: a.shape, data: a.data.map(f) };
}

/** The shape two shapes broadcast to, by NumPy's rule: aligned at the right, 1 stretches. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new RangeError(`[${a}] and [${b}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** For each element of `shape`, in order, the offset of the element of `from` that is stretched to it. */
function offsets(from: readonly number[], shape: readonly number[]): Int32Array {
  let map = Int32Array.of(0);
  let stride = sizeOf(from);
  for (const [axis, dim] of shape.entries()) {
    const own = from[axis - shape.length + from.length] ?? 1;
    stride = axis < shape.length - from.length ? stride : stride / own;
    const step = own === 1 ? 0 : stride;
    const next = new Int32Array(map.length * dim);
    for (let i = 0, k = 0; i < map.length; i++)
      for (let j = 0; j < dim; j++) next[k++] = (map[i] ?? 0) + j * step;
    map = next;
  }
  return map;
}

const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

/** `a` stretched to `shape`. */
export function broadcastTensor(a: Tensor, shape: readonly number[]): Tensor {
  if (same(a.shape, shape)) return a;
  return { shape, data: Float64Array.from(offsets(a.shape, shape), (i) => a.data[i] ?? 0) };
}

/** Element by element, with broadcasting. */
export function zipTensors(f: (x: number, y: number) => number, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape(a.shape, b.shape);
  const left = broadcastTensor(a, shape).data;
  const right = broadcastTensor(b, shape).data;
  return { shape, data: left.map((x, i) => f(x, right[i] ?? 0)) };
}

export function reshapeTensor(a: Tensor, shape: readonly number[]): Tensor {
  if (sizeOf(shape) !== a.data.length) throw new RangeError(`[${a.shape}] does not reshape to [${shape}]`);
  return { shape, data: a.data };
}

/** Axes in the order of `perm`: axis i of the result is axis perm[i] of `a`. */
export function transposeTensor(a: Tensor, perm: readonly number[]): Tensor {
  const shape = perm.map((axis) => a.shape[axis] ?? 1);
  const strides = a.shape.map((_, axis) => sizeOf(a.shape.slice(axis + 1)));
  let map = Int32Array.of(0);
  for (const axis of perm) {
    const dim = a.shape[axis] ?? 1;
    const stride = strides[axis] ?? 1;
    const next = new Int32Array(map.length * dim);
    for (let i = 0, k = 0; i < map.length; i++)
      for (let j = 0; j < dim; j++) next[k++] = (map[i] ?? 0) + j * stride;
    map = next;
  }
  return { shape, data: Float64Array.from(map, (i) => a.data[i] ?? 0) };
}

const FOLDS = {
  sum: { start: 0, step: (x: number, y: number) => x + y },
  max: { start: Number.NEGATIVE_INFINITY, step: Math.max },
  min: { start: Number.POSITIVE_INFINITY, step: Math.min },
};

/** Reduces over `axes`; with `keep` they stay as 1. */
export function reduceTensor(
  kind: keyof typeof FOLDS,
  a: Tensor,
  axes: readonly number[],
  keep: boolean,
): Tensor {
  const { start, step } = FOLDS[kind];
  const kept = a.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const data = new Float64Array(sizeOf(kept)).fill(start);
  const target = offsets(kept, a.shape);
  a.data.forEach((x, i) => {
    const slot = target[i] ?? 0;
    data[slot] = step(data[slot] ?? start, x);
  });
  return { shape: keep ? kept : a.shape.filter((_, axis) => !axes.includes(axis)), data };
}

/** Where the element of each row is that `index` names: `[..., C]`, `[..., 1]`. */
function places(a: Tensor, index: Tensor): Float64Array {
  const columns = a.shape.at(-1) ?? 1;
  return index.data.map((column, row) => {
    if (column < 0 || column >= columns) throw new RangeError(`there is no column ${column} of ${columns}`);
    return row * columns + column;
  });
}

/** The rows of `a` that `index` names. */
export function pickRows(a: Tensor, index: Tensor): Tensor {
  const [count = 1, ...rest] = a.shape;
  const width = sizeOf(rest);
  const data = new Float64Array(index.data.length * width);
  index.data.forEach((row, i) => {
    if (row < 0 || row >= count) throw new RangeError(`there is no row ${row} of ${count}`);
    data.set(a.data.subarray(row * width, (row + 1) * width), i * width);
  });
  return { shape: [index.data.length, ...rest], data };
}

/** The element of each row that `index` names, `[..., 1]`. */
export function takeColumn(a: Tensor, index: Tensor): Tensor {
  return { shape: index.shape, data: places(a, index).map((place) => a.data[place] ?? 0) };
}

/** `a` with `values`, `[..., 1]`, at the elements that `index` names. */
export function putColumn(a: Tensor, index: Tensor, values: Tensor): Tensor {
  const data = Float64Array.from(a.data);
  places(a, index).forEach((place, row) => {
    data[place] = values.data[row] ?? 0;
  });
  return { shape: a.shape, data };
}

/** `[..., K] · [K, M] → [..., M]`. */
export function matmulTensors(a: Tensor, b: Tensor): Tensor {
  const [inner = 1, columns = 1] = b.shape;
  if (b.shape.length !== 2 || a.shape.at(-1) !== inner) {
    throw new RangeError(`[${a.shape}] · [${b.shape}] is not a matrix product`);
  }
  const rows = a.data.length / Math.max(inner, 1);
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const x = a.data[i * inner + k] ?? 0;
      for (let j = 0; j < columns; j++) {
        data[i * columns + j] = (data[i * columns + j] ?? 0) + x * (b.data[k * columns + j] ?? 0);
      }
    }
  }
  return { shape: [...a.shape.slice(0, -1), columns], data };
}
