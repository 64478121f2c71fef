import {
  broadcastTensor,
  reduceTensor,
  sizeOf,
  type Tensor,
  tensor,
  transposeTensor,
  zipTensors,
} from '#expr/kernels.js';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '#graph/attributes.js';
import type { NodeProto } from '#model/proto.js';

/*
 * ONNX operators in float64, written from the operators' documentation and slow: what gradients are differenced over.
 * `test/backward/operators.test.ts` holds each against ONNX Runtime.
 */

interface Call {
  readonly node: NodeProto;
  readonly opset: number;
  /** An input that must be there. */
  arg(index: number): Tensor;
  /** One that may be left out. */
  maybe(index: number): Tensor | null;
  ints(name: string, index: number): number[] | null;
  int(name: string, absent: number): number;
  float(name: string, absent: number): number;
}

type Forward = (call: Call) => Tensor | Tensor[];

const map = (a: Tensor, f: (x: number) => number): Tensor => ({ shape: a.shape, data: a.data.map(f) });
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** Every index of a shape, in row-major order. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => range(size).map((i) => [...index, i])),
    [[]],
  );
}

function at({ shape, data }: Tensor, index: readonly number[]): number {
  const place = index.reduce((sum, i, axis) => sum * (shape[axis] ?? 1) + i, 0);
  return data[place] ?? Number.NaN;
}

/** A tensor element by element. */
function build(shape: readonly number[], f: (index: number[]) => number): Tensor {
  return tensor(indices(shape).map(f), shape);
}

const each =
  (f: (x: number, call: Call) => number): Forward =>
  (call) =>
    map(call.arg(0), (x) => f(x, call));

const pairs =
  (f: (x: number, y: number) => number): Forward =>
  ({ arg }) =>
    zipTensors(f, arg(0), arg(1));

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0);

/** By its series: good to 1e-15 where |x| < 4. */
export function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function matmul(a: Tensor, b: Tensor): Tensor {
  const left = a.shape.length === 1 ? { ...a, shape: [1, ...a.shape] } : a;
  const right = b.shape.length === 1 ? { ...b, shape: [...b.shape, 1] } : b;
  const [rows = 1, inner = 1] = left.shape.slice(-2);
  const columns = right.shape.at(-1) ?? 1;
  const outer = zipTensors(
    () => 0,
    tensor(new Float64Array(sizeOf(left.shape.slice(0, -2))), left.shape.slice(0, -2)),
    tensor(new Float64Array(sizeOf(right.shape.slice(0, -2))), right.shape.slice(0, -2)),
  ).shape;
  const [wholeA, wholeB] = [
    broadcastTensor(left, [...outer, rows, inner]),
    broadcastTensor(right, [...outer, inner, columns]),
  ];
  const data = new Float64Array(sizeOf(outer) * rows * columns);
  for (let i = 0; i < sizeOf(outer) * rows; i++) {
    const front = Math.floor(i / rows) * inner;
    for (let k = 0; k < inner; k++) {
      const value = wholeA.data[i * inner + k] ?? 0;
      for (let j = 0; j < columns; j++) {
        data[i * columns + j] =
          (data[i * columns + j] ?? 0) + value * (wholeB.data[(front + k) * columns + j] ?? 0);
      }
    }
  }
  const kept = [
    ...outer,
    ...(a.shape.length === 1 ? [] : [rows]),
    ...(b.shape.length === 1 ? [] : [columns]),
  ];
  return { data, shape: kept };
}

interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

function windows({ node }: Call, spatial: readonly number[], given: readonly number[]): Axis[] {
  const list = (name: string) => intsAttribute(node, name);
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET');
  return spatial.map((size, axis) => {
    const kernel = (list('kernel_shape') ?? given)[axis] ?? 1;
    const [stride, dilation] = [list('strides')?.[axis] ?? 1, list('dilations')?.[axis] ?? 1];
    const pads = list('pads');
    const reach = (kernel - 1) * dilation + 1;
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
    if (auto === 'SAME_UPPER') return { kernel, stride, dilation, before: small, after: large };
    if (auto === 'SAME_LOWER') return { kernel, stride, dilation, before: large, after: small };
    return { kernel, stride, dilation, before: pads?.[axis] ?? 0, after: pads?.[axis + spatial.length] ?? 0 };
  });
}

/** How many places a window has along each axis. */
function placesOf(call: Call, spatial: readonly number[], axes: readonly Axis[]): number[] {
  const ceil = call.int('ceil_mode', 0) === 1;
  return spatial.map((size, axis) => {
    const { kernel = 1, stride = 1, dilation = 1, before = 0, after = 0 } = axes[axis] ?? {};
    const room = (size + before + after - (kernel - 1) * dilation - 1) / stride;
    if (!ceil) return Math.floor(room) + 1;
    const count = Math.ceil(room) + 1;
    return (count - 1) * stride >= size + before ? count - 1 : count;
  });
}

/** What a window sees at each place, in order: the flat taps and where each lies in the image; −1 in the padding. */
function views(axes: readonly Axis[], spatial: readonly number[], places: readonly number[]): Int32Array[] {
  const taps = indices(axes.map(({ kernel }) => kernel));
  return indices(places).map((place) =>
    Int32Array.from(taps, (tap) =>
      tap.reduce((flat, t, axis) => {
        const { stride = 1, dilation = 1, before = 0 } = axes[axis] ?? {};
        const size = spatial[axis] ?? 0;
        const i = (place[axis] ?? 0) * stride + t * dilation - before;
        return flat < 0 || i < 0 || i >= size ? -1 : flat * size + i;
      }, 0),
    ),
  );
}

const conv: Forward = (call) => {
  const [x, w, bias] = [call.arg(0), call.arg(1), call.maybe(2)];
  const spatial = x.shape.slice(2);
  const axes = windows(call, spatial, w.shape.slice(2));
  const places = placesOf(call, spatial, axes);
  const seen = views(axes, spatial, places);
  const [samples = 1, channelsIn = 1] = x.shape;
  const [outputs = 1, inputs = 1] = w.shape;
  const perGroup = outputs / call.int('group', 1);
  const area = sizeOf(spatial);
  const data = range(samples * outputs).flatMap((row) => {
    const [n, m] = [Math.floor(row / outputs), row % outputs];
    const first = n * channelsIn + Math.floor(m / perGroup) * inputs;
    const image = x.data.subarray(first * area, (first + inputs) * area);
    const filter = w.data.subarray((m * w.data.length) / outputs, ((m + 1) * w.data.length) / outputs);
    return seen.map((view) => (bias?.data[m] ?? 0) + correlated(image, filter, view, area));
  });
  return tensor(data, [samples, outputs, ...places]);
};

/** Σ over channels and taps, what lies in the padding being 0. */
function correlated(image: Float64Array, filter: Float64Array, view: Int32Array, area: number): number {
  let total = 0;
  for (let i = 0; i < filter.length; i++) {
    const lies = view[i % view.length] ?? -1;
    if (lies < 0) continue;
    total += (image[Math.floor(i / view.length) * area + lies] ?? 0) * (filter[i] ?? 0);
  }
  return total;
}

const pool =
  (fold: (values: readonly number[], taps: number, call: Call) => number): Forward =>
  (call) => {
    const x = call.arg(0);
    const spatial = x.shape.slice(2);
    const axes = windows(call, spatial, []);
    const places = placesOf(call, spatial, axes);
    const seen = views(axes, spatial, places);
    const planes = x.shape.slice(0, 2);
    const area = sizeOf(spatial);
    const data = range(sizeOf(planes)).flatMap((plane) =>
      seen.map((view) => {
        const values = Array.from(view).flatMap((i) => (i < 0 ? [] : [x.data[plane * area + i] ?? 0]));
        return fold(values, view.length, call);
      }),
    );
    return tensor(data, [...planes, ...places]);
  };

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

const globalPool =
  (fold: (values: readonly number[]) => number): Forward =>
  ({ arg }) => {
    const x = arg(0);
    const places = indices(x.shape.slice(2));
    return build([...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)], ([n = 0, c = 0]) =>
      fold(places.map((place) => at(x, [n, c, ...place]))),
    );
  };

const reduce =
  (before: (x: number) => number, after: (x: number, count: number) => number): Forward =>
  (call) => {
    const x = call.arg(0);
    const given = call.ints('axes', 1);
    const axes = given === null ? range(x.shape.length) : given.map((axis) => axisOf(axis, x.shape.length));
    const count = sizeOf(axes.map((axis) => x.shape[axis] ?? 1));
    const reduced = reduceTensor('sum', map(x, before), axes, call.int('keepdims', 1) === 1);
    return map(reduced, (value) => after(value, count));
  };

/** (x − mean)/√(var + ε) over some axes. */
function normalised(x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const count = sizeOf(axes.map((axis) => x.shape[axis] ?? 1));
  const mean = map(reduceTensor('sum', x, axes, true), (v) => v / count);
  const centred = zipTensors((a, b) => a - b, x, mean);
  const variance = map(
    reduceTensor(
      'sum',
      map(centred, (v) => v * v),
      axes,
      true,
    ),
    (v) => v / count,
  );
  return zipTensors((a, b) => a / Math.sqrt(b + epsilon), centred, variance);
}

const channels = (a: Tensor, rank: number): Tensor => ({
  ...a,
  shape: [a.data.length, ...new Array<number>(rank - 2).fill(1)],
});

const scaled = (unit: Tensor, scale: Tensor, bias: Tensor) =>
  zipTensors(
    (a, b) => a + b,
    zipTensors((a, b) => a * b, unit, scale),
    bias,
  );

const softmax =
  (finish: (shifted: number, total: number) => number): Forward =>
  (call) => {
    const x = call.arg(0);
    const rank = x.shape.length;
    const axes =
      call.opset < 13
        ? range(rank).filter((axis) => axis >= axisOf(call.int('axis', 1), rank))
        : [axisOf(call.int('axis', -1), rank)];
    const shifted = zipTensors((a, b) => a - b, x, reduceTensor('max', x, axes, true));
    return zipTensors(finish, shifted, reduceTensor('sum', map(shifted, Math.exp), axes, true));
  };

function sliced(x: Tensor, axis: number, start: number, end: number, step: number): Tensor {
  const size = x.shape[axis] ?? 0;
  const bound = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
  const [from, to] = [bound(start), bound(end)];
  const picked = range(size).filter((i) =>
    step > 0
      ? i >= from && i < to && (i - from) % step === 0
      : i <= from && i > to && (from - i) % -step === 0,
  );
  return taken(x, axis, step > 0 ? picked : picked.reverse());
}

function taken(x: Tensor, axis: number, places: readonly number[]): Tensor {
  const size = x.shape[axis] ?? 1;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const shape = x.shape.map((own, each) => (each === axis ? places.length : own));
  const data = range(sizeOf(x.shape.slice(0, axis))).flatMap((row) =>
    places.flatMap((place) => {
      const from = (row * size + place) * inner;
      return Array.from(x.data.subarray(from, from + inner));
    }),
  );
  return tensor(data, shape);
}

const reshape: Forward = (call) => {
  const x = call.arg(0);
  const target = Array.from(call.arg(1).data).map((size, axis) => (size === 0 ? (x.shape[axis] ?? 1) : size));
  const known = sizeOf(target.filter((size) => size !== -1));
  return { ...x, shape: target.map((size) => (size === -1 ? x.data.length / known : size)) };
};

const FORWARD: Readonly<Record<string, Forward>> = {
  Identity: ({ arg }) => arg(0),
  Dropout: ({ arg }) => arg(0),
  Cast: ({ arg }) => arg(0),
  Add: pairs((x, y) => x + y),
  Sub: pairs((x, y) => x - y),
  Mul: pairs((x, y) => x * y),
  Div: pairs((x, y) => x / y),
  Pow: pairs((x, y) => x ** y),
  Sum: ({ arg, node }) =>
    node.input.map((_, i) => arg(i)).reduce((a, b) => zipTensors((x, y) => x + y, a, b)),
  Neg: each((x) => -x),
  Abs: each(Math.abs),
  Sqrt: each(Math.sqrt),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Erf: each(erf),
  Reciprocal: each((x) => 1 / x),
  Relu: each((x) => Math.max(x, 0)),
  LeakyRelu: each((x, { float }) => (x > 0 ? x : float('alpha', 0.01) * x)),
  PRelu: pairs((x, slope) => (x > 0 ? x : slope * x)),
  Elu: each((x, { float }) => (x > 0 ? x : float('alpha', 1) * Math.expm1(x))),
  Selu: each(
    (x, { float }) =>
      float('gamma', 1.0507009873554805) * (x > 0 ? x : float('alpha', 1.6732632423543772) * Math.expm1(x)),
  ),
  Sigmoid: each(sigmoid),
  HardSigmoid: each((x, { float }) => Math.min(Math.max(float('alpha', 0.2) * x + float('beta', 0.5), 0), 1)),
  HardSwish: each((x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1)),
  Tanh: each(Math.tanh),
  Gelu: each((x, { node }) =>
    stringAttribute(node, 'approximate', 'none') === 'tanh'
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * (1 + erf(x / Math.SQRT2)),
  ),
  Mish: each((x) => x * Math.tanh(softplus(x))),
  Softplus: each(softplus),
  Softsign: each((x) => x / (1 + Math.abs(x))),
  Clip: each((x, { maybe, float }) => {
    const bound = (name: string, index: number, absent: number) =>
      maybe(index)?.data[0] ?? float(name, absent);
    return Math.min(Math.max(x, bound('min', 1, -Infinity)), bound('max', 2, Infinity));
  }),
  Softmax: softmax((shifted, total) => Math.exp(shifted) / total),
  LogSoftmax: softmax((shifted, total) => shifted - Math.log(total)),
  Where: ({ arg }) => {
    const [condition, a, b] = [arg(0), arg(1), arg(2)];
    const shape = zipTensors(
      (x) => x,
      condition,
      zipTensors((x) => x, a, b),
    ).shape;
    const [c, x, y] = [condition, a, b].map((each_) => broadcastTensor(each_, shape).data);
    return tensor(
      range(sizeOf(shape)).map((i) => (c?.[i] ? (x?.[i] ?? 0) : (y?.[i] ?? 0))),
      shape,
    );
  },
  Gemm: ({ arg, maybe, int, float }) => {
    const flip = (a: Tensor, name: string) => (int(name, 0) === 0 ? a : transposeTensor(a, [1, 0]));
    const product = map(matmul(flip(arg(0), 'transA'), flip(arg(1), 'transB')), (v) => float('alpha', 1) * v);
    const c = maybe(2);
    return c === null ? product : zipTensors((a, b) => a + float('beta', 1) * b, product, c);
  },
  MatMul: ({ arg }) => matmul(arg(0), arg(1)),
  Conv: conv,
  MaxPool: pool((values) => Math.max(...values)),
  AveragePool: pool(
    (values, taps, { int }) => sum(values) / (int('count_include_pad', 0) === 1 ? taps : values.length),
  ),
  GlobalAveragePool: globalPool((values) => sum(values) / values.length),
  GlobalMaxPool: globalPool((values) => Math.max(...values)),
  BatchNormalization: ({ arg, float }) => {
    const x = arg(0);
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => channels(arg(i), x.shape.length));
    if (!scale || !bias || !mean || !variance) throw new Error('BatchNormalization lacks an input');
    const centred = zipTensors((a, b) => a - b, x, mean);
    const unit = zipTensors((a, b) => a / Math.sqrt(b + float('epsilon', 1e-5)), centred, variance);
    return scaled(unit, scale, bias);
  },
  LayerNormalization: ({ arg, maybe, int, float }) => {
    const x = arg(0);
    const rank = x.shape.length;
    const axes = range(rank).filter((axis) => axis >= axisOf(int('axis', -1), rank));
    const unit = normalised(x, axes, float('epsilon', 1e-5));
    return scaled(unit, arg(1), maybe(2) ?? tensor(0));
  },
  InstanceNormalization: ({ arg, float }) => {
    const x = arg(0);
    const axes = range(x.shape.length).slice(2);
    const [scale, bias] = [channels(arg(1), x.shape.length), channels(arg(2), x.shape.length)];
    return scaled(normalised(x, axes, float('epsilon', 1e-5)), scale, bias);
  },
  LpNormalization: ({ arg, int }) => {
    const x = arg(0);
    const axis = axisOf(int('axis', -1), x.shape.length);
    const squares = reduceTensor(
      'sum',
      map(x, (v) => v * v),
      [axis],
      true,
    );
    return zipTensors((a, b) => a / Math.sqrt(b), x, squares);
  },
  ReduceMean: reduce(
    (x) => x,
    (x, count) => x / count,
  ),
  ReduceSum: reduce(
    (x) => x,
    (x) => x,
  ),
  ReduceMax: (call) => {
    const x = call.arg(0);
    const axes = call.ints('axes', 1)?.map((axis) => axisOf(axis, x.shape.length)) ?? range(x.shape.length);
    return reduceTensor('max', x, axes, call.int('keepdims', 1) === 1);
  },
  ReduceL2: reduce((x) => x * x, Math.sqrt),
  ReduceSumSquare: reduce(
    (x) => x * x,
    (x) => x,
  ),
  Flatten: ({ arg, int }) => {
    const x = arg(0);
    const axis = axisOf(int('axis', 1), x.shape.length);
    return { ...x, shape: [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))] };
  },
  Reshape: reshape,
  Squeeze: (call) => {
    const x = call.arg(0);
    const axes = call.ints('axes', 1)?.map((axis) => axisOf(axis, x.shape.length));
    const gone = (size: number, axis: number) => (axes ? axes.includes(axis) : size === 1);
    return { ...x, shape: x.shape.filter((size, axis) => !gone(size, axis)) };
  },
  Unsqueeze: (call) => {
    const x = call.arg(0);
    const given = call.ints('axes', 1) ?? [];
    const rank = x.shape.length + given.length;
    const axes = given.map((axis) => axisOf(axis, rank));
    const rest = x.shape.values();
    return { ...x, shape: range(rank).map((axis) => (axes.includes(axis) ? 1 : (rest.next().value ?? 1))) };
  },
  Transpose: ({ arg, node }) => {
    const x = arg(0);
    return transposeTensor(x, intsAttribute(node, 'perm') ?? range(x.shape.length).reverse());
  },
  Concat: ({ arg, node, int }) => {
    const parts = node.input.map((_, i) => arg(i));
    const rank = parts[0]?.shape.length ?? 1;
    const axis = axisOf(int('axis', 1), rank);
    const owner = parts.flatMap((part, which) =>
      range(part.shape[axis] ?? 0).map((place) => ({ which, place })),
    );
    const shape = (parts[0]?.shape ?? []).map((size, each_) => (each_ === axis ? owner.length : size));
    return build(shape, (index) => {
      const { which = 0, place = 0 } = owner[index[axis] ?? 0] ?? {};
      return at(
        parts[which] ?? tensor(0),
        index.map((i, each_) => (each_ === axis ? place : i)),
      );
    });
  },
  Split: (call) => {
    const x = call.arg(0);
    const axis = axisOf(call.int('axis', 0), x.shape.length);
    const count = call.node.output.length;
    const sizes = call.ints('split', 1) ?? new Array<number>(count).fill((x.shape[axis] ?? 0) / count);
    let start = 0;
    return sizes.map((size) => {
      start += size;
      return taken(
        x,
        axis,
        range(size).map((i) => start - size + i),
      );
    });
  },
  Slice: (call) => {
    const x = call.arg(0);
    const [starts, ends] = [call.ints('starts', 1) ?? [], call.ints('ends', 2) ?? []];
    const axes = call.ints('axes', 3) ?? range(starts.length);
    const steps = call.ints('steps', 4);
    return axes.reduce(
      (value, axis, i) =>
        sliced(value, axisOf(axis, x.shape.length), starts[i] ?? 0, ends[i] ?? 0, steps?.[i] ?? 1),
      x,
    );
  },
  Gather: ({ arg, int }) => {
    const [x, where] = [arg(0), arg(1)];
    const axis = axisOf(int('axis', 0), x.shape.length);
    const size = x.shape[axis] ?? 1;
    const picked = taken(
      x,
      axis,
      Array.from(where.data, (i) => (i < 0 ? i + size : i)),
    );
    return { ...picked, shape: [...x.shape.slice(0, axis), ...where.shape, ...x.shape.slice(axis + 1)] };
  },
  Expand: ({ arg }) => {
    const x = arg(0);
    const like = tensor(new Float64Array(sizeOf(Array.from(arg(1).data))), Array.from(arg(1).data));
    return zipTensors((a) => a, x, like);
  },
  Shape: ({ arg }) => tensor(arg(0).shape),
  Less: pairs((x, y) => Number(x < y)),
};

/** What a node gives in float64, one tensor an output. */
export function forward(node: NodeProto, args: readonly (Tensor | null)[], opset: number): Tensor[] {
  const run = FORWARD[node.opType ?? ''];
  if (run === undefined) throw new Error(`no forward of ${node.opType}`);
  const maybe = (index: number) => args[index] ?? null;
  const arg = (index: number) => {
    const found = maybe(index);
    if (found === null) throw new Error(`${node.opType} lacks input ${index}`);
    return found;
  };
  const made = run({
    node,
    opset,
    arg,
    maybe,
    ints: (name, index) => {
      const given = maybe(index);
      return intsAttribute(node, name)?.slice() ?? (given === null ? null : Array.from(given.data));
    },
    int: (name, absent) => intAttribute(node, name, absent),
    float: (name, absent) => floatAttribute(node, name, absent),
  });
  return Array.isArray(made) ? made : [made];
}

/** Runs nodes in order over values by name, which it adds to. Integers have no fractions. */
export function runForward(
  nodes: readonly NodeProto[],
  values: Map<string, Tensor>,
  opset: number,
  isInteger: (value: string) => boolean = () => false,
): void {
  for (const node of nodes) {
    const args = node.input.map((name) => (name === '' ? null : (values.get(name) ?? null)));
    for (const [index, value] of forward(node, args, opset).entries()) {
      const name = node.output[index] ?? '';
      if (name !== '') values.set(name, isInteger(name) ? map(value, Math.trunc) : value);
    }
  }
}
