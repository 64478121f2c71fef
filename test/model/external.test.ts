import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { create } from '#model/codec.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { readTensor } from '#model/tensors.js';
import { encodeModel, stageFiles, writeModel, writeModels } from '#model/write.js';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { shared } from '../helpers/shared.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const WEIGHTS = new Uint8Array(Float32Array.of(9, 1, 2, 3, 4).buffer);

type Facts = Readonly<Record<string, string>>;

/** A model whose tensor of 4 floats lies in another file. */
function externalModel(facts: Facts): Model {
  const externalData = Object.entries(facts).map(([key, value]) =>
    create('StringStringEntryProto', { key, value }),
  );
  return modelOf({
    initializer: [
      create('TensorProto', { name: 'w', dims: [2, 2], dataType: 1, dataLocation: 1, externalData }),
    ],
  });
}

/** A folder `models` with such a model and its weights in `w.bin`, as it is read from there. */
async function inFolder(
  facts: Facts,
  folder = scratchFolder(),
): Promise<Model & { readonly folder: string }> {
  const models = join(folder, 'models');
  mkdirSync(join(models, 'deep'), { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
  for (const path of ['outside.bin', 'elsewhere/w.bin']) writeFileSync(join(folder, path), WEIGHTS);
  writeFileSync(join(models, 'w.bin'), WEIGHTS);
  copyFileSync(join(models, 'w.bin'), join(models, 'deep/w.bin'));
  symlinkSync('../outside.bin', join(models, 'leads-out.bin'));
  symlinkSync('../elsewhere', join(models, 'elsewhere'));
  symlinkSync('w.bin', join(models, 'stays.bin'));
  writeFileSync(join(models, 'model.onnx'), encodeModel(externalModel(facts)));
  return { ...(await readModel(join(models, 'model.onnx'))), folder: models };
}

function weights(model: Model) {
  const [tensor] = model.proto.graph?.initializer ?? [];
  if (tensor === undefined) throw new Error('no tensor');
  return readTensor(model, tensor);
}

const whole = { offset: '4', length: '16' };

describe('weights in another file', () => {
  it.each<Facts>([
    { location: 'w.bin', ...whole },
    { location: 'w.bin', offset: '4' },
    { location: './deep/w.bin', ...whole, checksum: 'any' },
    { location: 'stays.bin', ...whole },
  ])('are read: %o', async (facts) => {
    expect([...weights(await inFolder(facts)).data]).toEqual([1, 2, 3, 4]);
  });

  it.each<[string, Facts, string, RegExp]>([
    ['no location', {}, 'UNREADABLE_MODEL', /location ""/],
    ['a way up', { location: '../outside.bin', ...whole }, 'UNREADABLE_MODEL', /outside\.bin/],
    [
      'a way down and up',
      { location: 'deep/../../outside.bin', ...whole },
      'UNREADABLE_MODEL',
      /outside\.bin/,
    ],
    [
      'a way up for Windows',
      { location: 'deep\\..\\..\\outside.bin', ...whole },
      'UNREADABLE_MODEL',
      /outside\.bin/,
    ],
    ['a path of a folder', { location: 'weights.bin/', ...whole }, 'UNREADABLE_MODEL', /"weights\.bin\/"/],
    ['an absolute path', { location: '/etc/passwd' }, 'UNREADABLE_MODEL', /passwd/],
    ['a drive', { location: 'C:w.bin' }, 'UNREADABLE_MODEL', /C:w/],
    ['a zero byte', { location: 'w.bin\0x', ...whole }, 'UNREADABLE_MODEL', /location/],
    ['a link out', { location: 'leads-out.bin', ...whole }, 'UNREADABLE_MODEL', /is a link to/],
    [
      'a folder that is a link out',
      { location: 'elsewhere/w.bin', ...whole },
      'UNREADABLE_MODEL',
      /is a link to/,
    ],
    ['a folder', { location: 'deep' }, 'UNREADABLE_MODEL', /not a regular file/],
    ['no such file', { location: 'gone.bin', ...whole }, 'MISSING_WEIGHTS', /no file gone\.bin/],
    [
      'a file that is too short',
      { location: 'w.bin', offset: '8', length: '16' },
      'MISSING_WEIGHTS',
      /has 20 bytes/,
    ],
    ['an offset behind the end', { location: 'w.bin', offset: '400' }, 'MISSING_WEIGHTS', /has 20 bytes/],
    ['a negative offset', { location: 'w.bin', offset: '-4' }, 'UNREADABLE_MODEL', /offset "-4"/],
    ['an offset that is no number', { location: 'w.bin', offset: '0x4' }, 'UNREADABLE_MODEL', /offset "0x4"/],
    [
      'an offset above 2^53',
      { location: 'w.bin', offset: '99999999999999999999' },
      'UNREADABLE_MODEL',
      /offset/,
    ],
    ['a length that does not fit', { location: 'w.bin', length: '12' }, 'UNREADABLE_MODEL', /length 12/],
  ])('are refused: %s', async (_, facts, code, saw) => {
    const model = await inFolder(facts);
    const refusal = await refusalOf(() => weights(model));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toContain('"w"');
    expect(refusal.saw).toMatch(saw);
  });

  it('cannot be found from bytes', async () => {
    const refusal = await refusalOf(async () =>
      weights(await readModel(encodeModel(externalModel({ location: 'w.bin' })))),
    );
    expect(refusal.code).toBe('MISSING_WEIGHTS');
    expect(refusal.tryThis[0]).toMatch(/from its path/);
  });
});

describe('writing a model whose weights lie in another file', () => {
  const facts = { location: 'deep/w.bin', ...whole };

  it('leaves them where they are in the same folder', async () => {
    const model = await inFolder(facts);
    const before = contentsOf(model.folder);
    await writeModel(join(model.folder, 'other.onnx'), model);
    expect(contentsOf(model.folder)).toEqual([...before, 'other.onnx'].sort());
    expect([...weights(await readModel(join(model.folder, 'other.onnx'))).data]).toEqual([1, 2, 3, 4]);
  });

  it('takes them along into another folder, once, so that the staged model is whole', async () => {
    const [model, out] = [await inFolder(facts), scratchFolder()];
    const staged = await stageFiles(['a', 'b'].map((name) => ({ path: join(out, `${name}.onnx`), model })));
    expect(contentsOf(out).filter((name) => !/^(deep\/)?\.\S+\.tmp$/.test(name))).toEqual(['deep']);
    for (const file of staged.files) expect([...weights(await file.read()).data]).toEqual([1, 2, 3, 4]);
    await staged.commit();
    expect(contentsOf(out)).toEqual(['a.onnx', 'b.onnx', 'deep', 'deep/w.bin']);
  });

  it('gives the file a second name rather than write it again, and says so', async () => {
    const [model, out] = [await inFolder({ location: 'w.bin', ...whole }), scratchFolder()];
    const outputs = ['a', 'b'].map((name) => ({ path: join(out, `${name}.onnx`), model }));
    const { weights: files } = await writeModels(outputs);
    expect(files).toEqual([
      { path: join(out, 'w.bin'), bytes: 20, how: 'linked', models: outputs.map(({ path }) => path) },
    ]);
    expect(statSync(join(out, 'w.bin')).ino).toBe(statSync(join(model.folder, 'w.bin')).ino);
  });

  it('copies it where a second name cannot be given', async ({ skip }) => {
    const [model, out] = [await inFolder({ location: 'w.bin', ...whole }), scratchFolder()];
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', out], { stdio: 'ignore' });
    } catch {
      skip('another disk cannot be mounted here');
    }
    onTestFinished(() => void execFileSync('umount', [out]));
    const { weights: files } = await writeModel(join(out, 'a.onnx'), model);
    expect(files.map(({ how }) => how)).toEqual(['copied']);
    expect([...weights(await readModel(join(out, 'a.onnx'))).data]).toEqual([1, 2, 3, 4]);
  });

  it('takes them back when the files are discarded', async () => {
    const [model, out] = [await inFolder(facts), scratchFolder()];
    const staged = await stageFiles([{ path: join(out, 'a.onnx'), model }]);
    await staged.discard();
    expect(contentsOf(out)).toEqual([]);
  });

  it('uses a file that is there with the same content, and keeps it', async () => {
    const [model, out] = [await inFolder({ location: 'w.bin', ...whole }), scratchFolder()];
    writeFileSync(join(out, 'w.bin'), WEIGHTS);
    const staged = await stageFiles([{ path: join(out, 'a.onnx'), model }]);
    await staged.discard();
    expect(contentsOf(out)).toEqual(['w.bin']);
  });

  it('does not overwrite another file unless forced, and gives it back when discarded', async () => {
    const [model, out] = [await inFolder({ location: 'w.bin', ...whole }), scratchFolder()];
    const path = join(out, 'a.onnx');
    const theirs = new Uint8Array(WEIGHTS.length).fill(1);
    writeFileSync(join(out, 'w.bin'), theirs);
    expect((await refusalOf(() => writeModel(path, model))).code).toBe('OUTPUT_EXISTS');
    expect(contentsOf(out)).toEqual(['w.bin']);
    const staged = await stageFiles([{ path, model }], { force: true });
    await staged.discard();
    expect(contentsOf(out)).toEqual(['w.bin']);
    expect(Buffer.compare(readFileSync(join(out, 'w.bin')), theirs)).toBe(0);
    await writeModel(path, model, { force: true });
    expect(contentsOf(out)).toEqual(['a.onnx', 'w.bin']);
    expect([...weights(await readModel(path)).data]).toEqual([1, 2, 3, 4]);
  });

  it('is never written over its own weights', async () => {
    const model = await inFolder({ location: 'w.bin', ...whole });
    const refusal = await refusalOf(() => writeModel(join(model.folder, 'w.bin'), model, { force: true }));
    expect(refusal.code).toBe('OUTPUT_EXISTS');
    expect(Buffer.compare(readFileSync(join(model.folder, 'w.bin')), WEIGHTS)).toBe(0);
  });

  it('is refused where they are missing, and nothing is left', async () => {
    const [model, out] = [await inFolder({ location: 'gone.bin' }), scratchFolder()];
    expect((await refusalOf(() => writeModel(join(out, 'a.onnx'), model))).code).toBe('MISSING_WEIGHTS');
    expect(contentsOf(out)).toEqual([]);
  });
});

describe('a model of PyTorch with external data', () => {
  it('has all its weights, and takes them along', async ({ skip }) => {
    const path = shared('models/classifiers/digits-cnn-extdata.onnx');
    if (path === null) return skip('models/classifiers is not beside the project');
    const [model, out] = [await readModel(path), scratchFolder()];
    await writeModel(join(out, 'a.onnx'), model);
    expect(contentsOf(out)).toEqual(['a.onnx', 'digits_cnn_extdata_op13.onnx.data']);
    const again = await readModel(join(out, 'a.onnx'));
    const initializers = model.proto.graph?.initializer ?? [];
    expect(initializers.length).toBeGreaterThan(4);
    for (const tensor of initializers) expect(readTensor(again, tensor)).toEqual(readTensor(model, tensor));
  });
});
