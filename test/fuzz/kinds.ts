import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { readRecipe } from '#fixture/recipe.js';
import { recordFixture } from '#fixture/record.js';
import { bytesMoved, remake } from '#fixture/remake.js';
import { readArrays } from '#model/arrays.js';
import { readModel } from '#model/read.js';
import { fixture, fixtureModel } from '../helpers/fixtures.ts';
import { exerciseExternal } from './external.ts';
import { HOSTILE_MODELS } from './hostile-models.ts';
import { jsonMutants } from './json-mutants.ts';
import { metadataWork } from './metadata.ts';
import { byteMutants, mutants, mutated, scrambled } from './mutations.ts';
import { allSeeds } from './seeds.ts';
import {
  exercise,
  exerciseFile,
  exerciseMutant,
  expectSafeRun,
  Finding,
  orRefused,
  stagesFor,
  type Watch,
} from './stages.ts';

/** Does what is to be done with the input of a number; the same number is the same input. */
type Work = (index: number, watch: Watch) => unknown;

/** Inputs by kind; each is given an empty folder of its own. */
export const KINDS: Readonly<Record<string, (folder: string) => Work | Promise<Work>>> = {
  /** Models in memory: every stage between reading and writing. */
  models() {
    const seeds = allSeeds();
    return (index, watch) => exerciseMutant(mutated(seeds, drawn(mutants, index)), index, watch);
  },

  /** Models that ask for more than they are, with heads of each kind. */
  hostile() {
    return (index, watch) => {
      const [, bytes] = HOSTILE_MODELS[index] ?? [];
      if (bytes !== undefined) exercise(bytes(), 0, watch, 4);
    };
  },

  /** Models as files, through the command line, to the page of the report. */
  files(folder) {
    const seeds = allSeeds();
    return (index) => exerciseFile(mutated(seeds, drawn(mutants, 1_000_000 + index)), folder);
  },

  /** Models whose weights lie in other files, or are said to. */
  external(folder) {
    return (index) => exerciseExternal(index, folder);
  },

  /** Arrays of NumPy, alone and in archives. */
  arrays(folder) {
    const seeds = ['digits-test-labels', 'tokens-test-ids'].map(
      (name) => new Uint8Array(readFileSync(fixture(`data/${name}.npy`))),
    );
    const path = join(folder, 'x.npy');
    return (index, watch) => {
      const seed = seeds[index % seeds.length] ?? new Uint8Array(0);
      const zipped: Uint8Array =
        index % 3 === 0 ? zipSync({ 'a.npy': seed, 'b.npy': seed.subarray(0, 500) }) : seed;
      const hostile = drawn(byteMutants, index).reduce(
        (bytes, change) => scrambled([], bytes, change),
        zipped,
      );
      writeFileSync(path, hostile);
      const arrays = stagesFor(watch)('read arrays', () => readArrays(path));
      for (const { dims, data } of arrays?.values() ?? []) {
        const count = dims.reduce((product, dim) => product * dim, 1);
        const sound = dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0) && count === data.length;
        if (!sound) throw new Finding(`[${dims}] of ${data.length} elements`);
      }
    };
  },

  /** Config files of `rewrite`. */
  configs(folder) {
    const good = { head: 'arcface', margin: 0.4, inferOutputs: ['cosine', 'embedding'], labelType: 'int32' };
    const [path, model] = [join(folder, 'config.json'), fixtureModel('digits-sklearn')];
    return async (index) => {
      writeFileSync(path, drawn(jsonMutants(good), index));
      await expectSafeRun([
        ...['rewrite', model, '--config', path, '--no-validate', '--force', '-o', join(folder, 'out')],
      ]);
      expectNoPollution();
    };
  },

  /** Recipes of recorded fixtures. */
  async recipes(folder) {
    const model = await readModel(fixtureModel('digits-sklearn'));
    const place = join(folder, 'fixture');
    const { recipe } = await recordFixture(model, place, { head: 'arcface', parameters: { margin: 0.3 } });
    return async (index) => {
      writeFileSync(join(place, 'fixture.json'), drawn(jsonMutants(recipe), index));
      const read = orRefused(() => readRecipe(place));
      expectNoPollution();
      if (read === null) return;
      const made = await orRefused(() => remake(place, read, fixtureModel('digits-sklearn')));
      const { files } = read.graphs.train ?? read.graphs.infer ?? { files: {} };
      if (made?.graphs != null) bytesMoved('train', made.graphs.train, files, null);
    };
  },

  /** Graphs whose metadata say how they were made. */
  metadata: () => metadataWork(),
};

/** One value of an arbitrary, by a number. */
function drawn<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  const [value] = fc.sample(arbitrary, { seed, numRuns: 1 });
  if (value === undefined) throw new Error('nothing was drawn');
  return value;
}

/** What every object would have if a key of a JSON text had reached the prototype of all. */
function expectNoPollution(): void {
  const odd = Object.keys(Object.prototype).concat(Object.keys(Function.prototype));
  if (odd.length > 0 || 'polluted' in {}) throw new Finding(`prototypes have ${odd.join(', ')}`);
}
