import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '#model/write.js';
import { FIXTURE_MODELS, fixtureModel } from '../helpers/fixtures.ts';
import { shared } from '../helpers/shared.ts';
import { variedModel } from '../helpers/tiny-model.ts';
import { type Seed, seedOf } from './mutations.ts';

/** Larger models cost time and are no more hostile. */
const MOST_BYTES = 400_000;

/** Their weights are made by ConstantOfShape: what is written of 80 KB is 25 MB, and time and memory go with that. */
const UNFOLDING = /^onnx-light-/;

/** The project's own models. */
export function ownSeeds(): Seed[] {
  return [
    seedOf('varied', encodeModel(variedModel())),
    ...FIXTURE_MODELS.map((name) => seedOf(name, new Uint8Array(readFileSync(fixtureModel(name))))),
  ];
}

/** Those and the ones that may lie beside the project. */
export function allSeeds(): Seed[] {
  return [...ownSeeds(), ...seedsIn('models/classifiers'), ...seedsIn('models/roundtrip')];
}

function seedsIn(folder: string): Seed[] {
  const path = shared(folder);
  if (path === null) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.onnx') && !UNFOLDING.test(name))
    .map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(path, name))) }))
    .filter(({ bytes }) => bytes.length <= MOST_BYTES)
    .map(({ name, bytes }) => seedOf(name, bytes));
}
