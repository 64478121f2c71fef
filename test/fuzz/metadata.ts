import fc from 'fast-check';
import { create, withFields } from '#model/codec.js';
import { deriveModel } from '#model/model.js';
import { readModel } from '#model/read.js';
import { rewrite } from '#rewrite/rewrite.js';
import { subjectOf } from '#validate/recipe.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { jsonMutants } from './json-mutants.ts';
import { HOSTILE_TEXTS } from './mutations.ts';
import { orRefused } from './stages.ts';

/** Reads graphs whose metadata were changed as `validate` does before it runs them. */
export async function metadataWork(): Promise<(index: number) => void> {
  const original = await readModel(fixtureModel('digits-sklearn'));
  const { train } = rewrite(original, { head: 'arcface', parameters: { margin: 0.4 } });
  const props = train.proto.metadataProps.map(({ key = '', value = '' }) => [key, value] as const);
  return (index) => {
    const changed = props.map(([key, value], place) => {
      const [text = ''] = fc.sample(hostile(value), { seed: index * 100 + place, numRuns: 1 });
      return create('StringStringEntryProto', { key, value: (index + place) % 3 === 0 ? text : value });
    });
    const model = deriveModel(train, withFields(train.proto, { metadataProps: changed }));
    orRefused(() => subjectOf('train', model, original));
  };
}

const hostile = (value: string) =>
  fc.oneof(
    fc.constantFrom(...HOSTILE_TEXTS),
    value.startsWith('{') ? jsonMutants(JSON.parse(value)) : fc.string(),
  );
