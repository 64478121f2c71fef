import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { lostFields } from '#model/lost-fields.js';
import { deriveModel } from '#model/model.js';
import { modelFromBytes } from '#model/read.js';
import { encodeModel } from '#model/write.js';
import { FIXTURE_MODELS, fixtureModel } from '../helpers/fixtures.ts';
import { plant } from '../helpers/plant.ts';
import { rebuild } from '../helpers/rebuild.ts';
import { shared } from '../helpers/shared.ts';
import { variedModel } from '../helpers/tiny-model.ts';

const { onnx } = onnxProto;

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function casesIn(folder: string): Case[] {
  const path = shared(folder);
  const names = path === null ? [] : readdirSync(path).filter((name) => name.endsWith('.onnx'));
  return names.map((name) => ({ name, bytes: new Uint8Array(readFileSync(join(path ?? '', name))) }));
}

const own: Case[] = [
  { name: 'varied', bytes: encodeModel(variedModel()) },
  ...FIXTURE_MODELS.map((name) => ({ name, bytes: new Uint8Array(readFileSync(fixtureModel(name))) })),
];

/** What onnx-proto understands of a file, as plain values. */
const understood = (bytes: Uint8Array) =>
  onnx.ModelProto.toObject(onnx.ModelProto.decode(bytes), { longs: String, bytes: String });

function expectSameModel(again: Uint8Array, bytes: Uint8Array, name: string): void {
  expect(lostFields(bytes, again), name).toEqual([]);
  expect(lostFields(again, bytes), name).toEqual([]);
  expect(isDeepStrictEqual(understood(again), understood(bytes)), name).toBe(true);
}

describe.each([
  { set: 'own models', cases: own, least: 5 },
  { set: 'models/roundtrip', cases: casesIn('models/roundtrip'), least: 300 },
  { set: 'models/classifiers', cases: casesIn('models/classifiers'), least: 30 },
])('$set', ({ set, cases, least }) => {
  const here = (skip: (note: string) => never) => {
    if (cases.length === 0) skip(`${set} is not beside the project`);
    expect(cases.length).toBeGreaterThan(least);
  };

  it('are the same bytes when nothing was changed', ({ skip }) => {
    here(skip);
    for (const { name, bytes } of cases)
      expect(Buffer.compare(encodeModel(modelFromBytes(bytes)), bytes), name).toBe(0);
  });

  it('are the same model when every message was made anew', ({ skip }) => {
    here(skip);
    for (const { name, bytes } of cases) {
      const model = modelFromBytes(bytes);
      expectSameModel(encodeModel(deriveModel(model, rebuild('ModelProto', model.proto))), bytes, name);
    }
  });

  it('keep unknown fields at every level, copied and made anew', ({ skip }) => {
    here(skip);
    for (const { name, bytes } of cases) {
      const planted = plant('ModelProto', bytes);
      const model = modelFromBytes(planted);
      expect(Buffer.compare(encodeModel(model), planted), name).toBe(0);
      const again = encodeModel(deriveModel(model, rebuild('ModelProto', model.proto)));
      expectSameModel(again, planted, name);
    }
  });
});
