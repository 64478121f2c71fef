import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** The path of a file in `fixtures/`. */
export function fixture(path: string): string {
  return folder + path;
}

/** The path of a model of `fixtures/models/` by its name. */
export function fixtureModel(name: string): string {
  return fixture(`models/${name}/${name}.onnx`);
}

/** The names of all models of `fixtures/models/`. */
export const FIXTURE_MODELS: readonly string[] = readdirSync(fixture('models'));
