import { intAttribute } from '../../graph/attributes.ts';
import { axesFrom } from '../axes.ts';
import { folded, inside, unfolded } from '../columns.ts';
import { operator, type Site } from '../operator.ts';
import { slidings, type Window, windowsOf } from '../windows.ts';

/** Cross-correlation with W [M, C/groups, …], and a bias for each of M channels. */
export const conv = operator(
  'dX = dY convolved back with W, dW = x correlated with dY, dB = Σ dY',
  (s) => {
    const sizes = s.shape(s.input(1)).map((dim) => (typeof dim === 'number' ? dim : 0));
    if (sizes.includes(0)) return s.refuse('has a weight whose sizes are not known');
    const group = intAttribute(s.node, 'group', 1);
    const rank = sizes.length;
    const others = axesFrom(0, rank).filter((axis) => axis !== 1);
    return [
      s.wants(0) ? ofInput(s, sizes, group) : null,
      s.wants(1) ? ofWeight(s, sizes, group) : null,
      s.wants(2) ? s.sum(s.up(), others, false) : null,
    ];
  },
  { weights: [1, 2], layer: true, except: 'steps or groups over an image size that is not fixed' },
);

function ofInput(s: Site, sizes: readonly number[], group: number): string {
  const [outputs = 1, inputs = 1, ...kernel] = sizes;
  // Of several channels made of one, ConvTranspose of ONNX Runtime 1.30 gives wrong numbers on WebGPU.
  return inputs === 1 && group > 1 && outputs > group
    ? throughColumns(s, sizes, group)
    : throughWindows(s, windowsOf(s, kernel), group);
}

/** The same by way of windows laid side by side. */
function throughColumns(s: Site, sizes: readonly number[], group: number): string {
  const [outputs = 1, , ...kernel] = sizes;
  const taps = kernel.reduce((count, size) => count * size, 1);
  const filters = s.transpose(s.reshape(s.input(1), [group, outputs / group, taps]), [0, 2, 1]);
  const columns = s.matmul(filters, s.reshape(s.up(), [0, group, outputs / group, -1]));
  return folded(s, columns, slidings(s, kernel));
}

/** Every window gives back to the elements that it saw. */
function throughWindows(s: Site, axes: readonly Window[], group: number): string {
  return s.write('ConvTranspose', [s.up(), s.input(1)], {
    kernel_shape: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: [...axes.map(({ before }) => before), ...axes.map(({ overhang }) => Math.max(overhang, 0))],
    output_padding: axes.map(({ overhang }) => Math.max(-overhang, 0)),
    group,
  });
}

function ofWeight(s: Site, sizes: readonly number[], group: number): string {
  const [, , ...kernel] = sizes;
  const axes = windowsOf(s, kernel);
  const points = axes.every(
    ({ kernel: size, stride, before, overhang }) =>
      size === 1 && stride === 1 && before === 0 && overhang === 0,
  );
  if (group > 1) return ofGroups(s, sizes, group);
  return points ? ofPoints(s, sizes) : ofWindows(s, axes);
}

/** Of 1x1 kernels one product over the places of all samples. */
function ofPoints(s: Site, sizes: readonly number[]): string {
  const [outputs = 1, inputs = 1] = sizes;
  const rank = sizes.length;
  const flat = (value: string, channels: number) =>
    s.reshape(s.transpose(value, [1, 0, ...axesFrom(2, rank)]), [channels, -1]);
  const product = s.gemm(flat(s.up(), outputs), flat(s.input(0), inputs), { transB: true });
  return s.reshape(product, sizes);
}

/** x correlated with dY, samples and channels exchanged: strides become dilations, dilations strides. */
function ofWindows(s: Site, axes: readonly Window[]): string {
  const exchanged = [1, 0, ...axes.map((_, axis) => axis + 2)];
  const all = s.write('Conv', [s.transpose(s.input(0), exchanged), s.transpose(s.up(), exchanged)], {
    strides: axes.map(({ dilation }) => dilation),
    dilations: axes.map(({ stride }) => stride),
    pads: [...axes.map(({ before }) => before), ...axes.map(({ overhang }) => Math.max(overhang, 0))],
  });
  // Elements that no window reached give products of their own.
  const kept = axes.reduce(
    (value, { kernel, overhang }, axis) => (overhang < 0 ? s.slice(value, axis + 2, 0, kernel) : value),
    all,
  );
  return s.transpose(kept, exchanged);
}

/** Groups: windows laid side by side, one product a sample and group. */
function ofGroups(s: Site, sizes: readonly number[], group: number): string {
  const [outputs = 1, inputs = 1, ...kernel] = sizes;
  const axes = slidings(s, kernel);
  const taps = kernel.reduce((count, size) => count * size, 1);
  const columns = unfolded(s, s.input(0), axes);
  const image = inside(axes);
  const seen = image === null ? columns : s.mul(columns, s.constant(image.data, image.shape));
  const patches = s.transpose(s.reshape(seen, [0, group, inputs * taps, -1]), [0, 1, 3, 2]);
  const product = s.matmul(s.reshape(s.up(), [0, group, outputs / group, -1]), patches);
  return s.reshape(s.sum(product, [0], false), sizes);
}
