import { intAttribute, intsAttribute, stringAttribute } from '../graph/attributes.ts';
import type { Site } from './operator.ts';

/** How a window slides along one axis: at place o, its element t lies on o·stride + t·dilation − before. */
export interface Sliding {
  readonly size: number;
  /** How many places there are. */
  readonly places: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding in front. */
  readonly before: number;
}

/** The windows of a Conv or a pool, an axis each; sizes must be known. `kernel` is the weight's where it is not told. */
export function slidings(s: Site, kernel: readonly number[] | null): readonly Sliding[] {
  const spatial = s.shape(s.input(0)).slice(2);
  const places = s.shape(s.output()).slice(2);
  const extents = intsAttribute(s.node, 'kernel_shape') ?? kernel ?? [];
  const list = (name: string) => intsAttribute(s.node, name);
  const [strides, dilations, pads] = [list('strides'), list('dilations'), list('pads')];
  const auto = stringAttribute(s.node, 'auto_pad', 'NOTSET');
  return spatial.map((size, axis) => {
    const [count, extent] = [places[axis], extents[axis]];
    if (typeof size !== 'number' || typeof count !== 'number' || extent === undefined) {
      return s.refuse('slides over sizes that are not known: the image size must be fixed in the model');
    }
    const [stride, dilation] = [strides?.[axis] ?? 1, dilations?.[axis] ?? 1];
    const reach = (count - 1) * stride + dilation * (extent - 1) + 1;
    const missing = Math.max(reach - size, 0);
    const same = { SAME_UPPER: Math.floor(missing / 2), SAME_LOWER: Math.ceil(missing / 2), VALID: 0 };
    const before = (same as Readonly<Record<string, number>>)[auto] ?? pads?.[axis] ?? 0;
    return { size, places: count, kernel: extent, stride, dilation, before };
  });
}

/** How far the windows of an axis reach beyond its end; negative where they leave some of it. */
export function overhang({ size, places, kernel, stride, dilation, before }: Sliding): number {
  return (places - 1) * stride + dilation * (kernel - 1) + 1 - before - size;
}

/** Where element `tap` of the window at a place lies, or null in the padding. */
export function landing(
  { size, stride, dilation, before }: Sliding,
  place: number,
  tap: number,
): number | null {
  const at = place * stride + tap * dilation - before;
  return at >= 0 && at < size ? at : null;
}

/** Refuses windows over more than two axes, and rounding up where that is asked. */
export function flatWindows(s: Site, kernel: readonly number[] | null): readonly Sliding[] {
  const axes = slidings(s, kernel);
  if (axes.length < 1 || axes.length > 2)
    return s.refuse(`slides along ${axes.length} axes; 1 and 2 are known`);
  return axes;
}

/** Whether the last windows may reach beyond the padding. */
export function roundsUp(s: Site): boolean {
  return intAttribute(s.node, 'ceil_mode', 0) === 1;
}
