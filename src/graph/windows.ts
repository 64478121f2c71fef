import type { NodeProto } from '../model/proto.ts';
import { intAttribute, intsAttribute, stringAttribute } from './attributes.ts';
import { ofRank } from './dims.ts';
import type { Dim, Shape } from './value-info.ts';

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBefore: number;
  readonly padAfter: number;
}

/** How often a window fits into a dimension (ONNX Conv and pools). */
function places(
  size: number,
  { kernel, stride, dilation, padBefore, padAfter }: Window,
  autoPad: string,
  ceil: boolean,
): number {
  if (autoPad.startsWith('SAME')) return Math.ceil(size / stride);
  const [before, after] = autoPad === 'VALID' ? [0, 0] : [padBefore, padAfter];
  const reach = dilation * (kernel - 1) + 1;
  const room = (size + before + after - reach) / stride;
  if (!ceil) return Math.floor(room) + 1;
  const steps = Math.ceil(room);
  // A window that would start behind the input, in the padding, is left out.
  return steps * stride >= size + before ? steps : steps + 1;
}

/** The spatial dimensions that a Conv or a pool leaves; `kernelShape` is the weight's where the attribute is absent. */
export function slid(node: NodeProto, spatial: Shape, kernelShape: Shape | null): Shape {
  const kernel = intsAttribute(node, 'kernel_shape') ?? kernelShape;
  if (kernel === null) return ofRank(spatial.length);
  const strides = intsAttribute(node, 'strides');
  const dilations = intsAttribute(node, 'dilations');
  const pads = intsAttribute(node, 'pads');
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const ceil = intAttribute(node, 'ceil_mode', 0) === 1;
  return spatial.map((size, axis): Dim => {
    const extent = kernel[axis];
    if (typeof size !== 'number' || typeof extent !== 'number') return null;
    const window = {
      kernel: extent,
      stride: strides?.[axis] ?? 1,
      dilation: dilations?.[axis] ?? 1,
      padBefore: pads?.[axis] ?? 0,
      padAfter: pads?.[axis + spatial.length] ?? 0,
    };
    if (window.kernel < 1 || window.stride < 1 || window.dilation < 1) return null;
    const fits = places(size, window, autoPad, ceil);
    return fits > 0 ? fits : null;
  });
}
