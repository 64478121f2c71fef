import fc from 'fast-check';
import { HOSTILE_TEXTS } from './mutations.ts';

/** Keys by which an object could be taken for something else than what it holds. */
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '$schema',
  'head',
];

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1e308, 2 ** 53, 0.5, '', [], {}, [[]], 'NaN', '1e999'),
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.nat(3000).map((depth) => nested(depth)),
  fc.constantFrom(...KEYS).map((key) => Object.fromEntries([[key, { polluted: 1 }]])),
  fc.array(fc.double(), { maxLength: 3 }),
);

function nested(depth: number): unknown {
  let inside: unknown = 'deep';
  for (let level = 0; level < depth; level++) inside = level % 2 === 0 ? [inside] : { head: inside };
  return inside;
}

/** What is done to one place of an object, found by numbers. */
interface Change {
  readonly way: readonly number[];
  readonly what: 'replace' | 'drop' | 'add';
  readonly key: string;
  readonly value: unknown;
}

const changes: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    way: fc.array(fc.nat(1000), { maxLength: 5 }),
    what: fc.constantFrom('replace' as const, 'drop' as const, 'add' as const),
    key: fc.constantFrom(...KEYS),
    value,
  }),
  { minLength: 1, maxLength: 3 },
);

/** JSON texts that are one to three changes away from a good one, some of them cut off. */
export function jsonMutants(good: object): fc.Arbitrary<string> {
  return fc.tuple(changes, fc.nat(40)).map(([list, cut]) => {
    const text = JSON.stringify(list.reduce<unknown>((json, each) => changed(json, each.way, each), good));
    return cut === 0 ? text.slice(0, text.length / 2) : text;
  });
}

function changed(json: unknown, [step, ...rest]: readonly number[], change: Change): unknown {
  if (typeof json !== 'object' || json === null || step === undefined) return leaf(json, change);
  const entries = Object.entries(json);
  const place = step % Math.max(1, entries.length);
  const others = entries.flatMap(([key, held], i): [string, unknown][] => {
    if (i !== place) return [[key, held]];
    if (rest.length === 0 && change.what === 'drop') return [];
    return [[key, changed(held, rest, change)]];
  });
  return Array.isArray(json) ? others.map(([, held]) => held) : Object.fromEntries(others);
}

function leaf(json: unknown, { what, key, value: put }: Change): unknown {
  if (what !== 'add' || typeof json !== 'object' || json === null || Array.isArray(json)) return put;
  return Object.fromEntries([...Object.entries(json), [key, put]]);
}
