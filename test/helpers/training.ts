import { readArrays } from '#model/arrays.js';
import type { Model } from '#model/model.js';
import { readTensor } from '#model/tensors.js';
import type { TrainOptions } from '#train/options.js';
import { fixture, fixtureModel } from './fixtures.ts';

/** The digits to train with. */
export const DIGITS = {
  data: fixture('data/digits-test-images.npy'),
  labels: fixture('data/digits-test-labels.npy'),
  provider: 'cpu',
} as const satisfies Partial<TrainOptions>;

/** The command line of a training of the digits that writes into a folder. */
export const digitsWords = (folder: string, ...more: readonly string[]): readonly string[] => [
  ...['train', fixtureModel('digits-cnn'), '--head', 'arcface'],
  ...['--data', DIGITS.data, '--labels', DIGITS.labels, '--provider', DIGITS.provider],
  ...['-o', folder, ...more],
];

/** Sentences, a label a token. */
export const TOKENS = {
  data: fixture('data/tokens-test-ids.npy'),
  labels: fixture('data/tokens-test-tags.npy'),
  provider: 'cpu',
} as const satisfies Partial<TrainOptions>;

/** The numbers of an array of float32 in a file. */
export function floatsIn(path: string): Float32Array {
  return readArrays(path).get('')?.data as Float32Array;
}

/** The numbers of an initializer. */
export function storedIn(model: Model, name: string): number[] {
  const tensor = model.proto.graph?.initializer.find((each) => each.name === name);
  if (tensor === undefined) throw new Error(`there is no ${name}`);
  return Array.from(readTensor(model, tensor).data as Float32Array);
}
