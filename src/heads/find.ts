import { MarginError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Head } from './head.ts';
import { HEADS } from './index.ts';
import type { Values } from './parameters.ts';

export interface NamedHead {
  readonly head: Head;
  /** What the name changes in the head's defaults; empty for the head's own name. */
  readonly preset: Values;
}

/** All presets of all heads, by name. */
export const PRESETS: readonly string[] = [
  ...new Set(HEADS.flatMap(({ presets }) => Object.keys(presets))),
].sort();

/** The values of a head's preset. @throws MarginError BAD_PARAM, with the nearest name */
export function presetOf({ name: head, presets }: Head, name: string): Values {
  const values = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (values !== undefined) return values;
  const known = Object.keys(presets);
  const meant = nearest(name, known);
  throw new MarginError({
    code: 'BAD_PARAM',
    message: `The head ${head} has no preset "${name}".`,
    saw: `--preset ${name}`,
    expected: known.length === 0 ? 'no preset with this head' : known.join(', '),
    tryThis: [...(meant ? [`--preset ${meant}`] : []), `onnx-margin heads ${head}`],
  });
}

/** The head of a name or alias. @throws MarginError BAD_PARAM, with the nearest name */
export function findHead(name: string): NamedHead {
  for (const head of HEADS) {
    if (head.name === name) return { head, preset: {} };
    const preset = Object.hasOwn(head.aliases, name) ? head.aliases[name] : undefined;
    if (preset !== undefined) return { head, preset };
  }
  const names = HEADS.flatMap((head) => [head.name, ...Object.keys(head.aliases)]);
  const meant = nearest(name, names);
  throw new MarginError({
    code: 'BAD_PARAM',
    message: `There is no head "${name}".`,
    saw: name,
    expected: names.join(', '),
    tryThis: [...(meant ? [`--head ${meant}`] : []), 'onnx-margin heads'],
  });
}
