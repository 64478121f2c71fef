import { intsAttribute, stringAttribute } from '../graph/attributes.ts';
import type { Dim } from '../graph/value-info.ts';
import type { Site } from './operator.ts';

/** How a window slides along one axis: at place o, its element t lies on o·stride + t·dilation − before. */
export interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding in front. */
  readonly before: number;
  /** How far the last window reaches beyond the end; negative where the windows leave some of it. */
  readonly overhang: number;
}

/** The same over a size that is known. */
export interface Sliding extends Window {
  readonly size: number;
  /** How many places there are. */
  readonly places: number;
}

const NOT_KNOWN = 'slides over sizes that are not known: the image size must be fixed in the model';

/** The windows of a Conv or a pool, an axis each; `kernel` is the weight's. A size may be open where the stride is 1. */
export function windowsOf(s: Site, kernel: readonly number[] | null): readonly (Window | Sliding)[] {
  const extents = intsAttribute(s.node, 'kernel_shape') ?? kernel ?? [];
  const places = s.shape(s.output()).slice(2);
  return s
    .shape(s.input(0))
    .slice(2)
    .map((size, axis) =>
      windowAt(s, axis, { size, places: places[axis] ?? null, kernel: extents[axis] ?? 1 }),
    );
}

function windowAt(
  s: Site,
  axis: number,
  { size, places, kernel }: { readonly size: Dim; readonly places: Dim; readonly kernel: number },
): Window | Sliding {
  const list = (name: string) => intsAttribute(s.node, name);
  const [stride, dilation] = [list('strides')?.[axis] ?? 1, list('dilations')?.[axis] ?? 1];
  const auto = stringAttribute(s.node, 'auto_pad', 'NOTSET');
  const [pads, axes] = [list('pads') ?? [], s.shape(s.input(0)).length - 2];
  const extra = dilation * (kernel - 1);
  const padded = (missing: number): number => {
    if (auto === 'SAME_UPPER') return Math.floor(missing / 2);
    if (auto === 'SAME_LOWER') return Math.ceil(missing / 2);
    return auto === 'VALID' ? 0 : (pads[axis] ?? 0);
  };
  if (typeof size === 'number' && typeof places === 'number') {
    const reach = (places - 1) * stride + extra + 1;
    const before = padded(Math.max(reach - size, 0));
    return { size, places, kernel, stride, dilation, before, overhang: reach - before - size };
  }
  if (stride !== 1) return s.refuse(NOT_KNOWN);
  const before = padded(extra);
  const behind = auto === 'NOTSET' ? (pads[axis + axes] ?? 0) : 0;
  return { kernel, stride, dilation, before, overhang: auto.startsWith('SAME') ? extra - before : behind };
}

/** The windows over one axis or two of known sizes. */
export function slidings(s: Site, kernel: readonly number[] | null): readonly Sliding[] {
  const axes = windowsOf(s, kernel);
  if (axes.length < 1 || axes.length > 2)
    return s.refuse(`slides along ${axes.length} axes; 1 and 2 are known`);
  const known = axes.filter((axis) => 'size' in axis);
  return known.length === axes.length ? known : s.refuse(NOT_KNOWN);
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
