import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { create } from '#model/codec.js';
import type { Model } from '#model/model.js';
import type { Payload } from '#model/proto.js';
import { readModel } from '#model/read.js';
import { fileSource } from '#model/source.js';
import { encodeModel, stageFiles, writeModel } from '#model/write.js';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { modelOf, variedModel } from '../helpers/tiny-model.ts';

const bytes = encodeModel(variedModel());

/** A model whose one tensor has these bytes. */
function modelWith(payload: Payload): Model {
  const tensor = create('TensorProto', {
    name: 'w',
    dims: [payload.byteLength],
    dataType: 2,
    payload: { field: 'rawData', bytes: payload },
  });
  return modelOf({ initializer: [tensor] });
}

describe('writeModel', () => {
  it('writes what encodeModel gives, the same each time, and nothing else', async () => {
    const folder = scratchFolder();
    await writeModel(join(folder, 'a.onnx'), variedModel());
    await writeModel(join(folder, 'b.onnx'), await readModel(join(folder, 'a.onnx')));
    expect(contentsOf(folder)).toEqual(['a.onnx', 'b.onnx']);
    for (const name of ['a.onnx', 'b.onnx'])
      expect(Buffer.compare(readFileSync(join(folder, name)), bytes)).toBe(0);
  });

  it('does not overwrite, unless forced, and then also the file it reads from', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'a.onnx');
    writeFileSync(path, bytes);
    const model = await readModel(path);
    const refusal = await refusalOf(() => writeModel(path, variedModel()));
    expect(refusal.code).toBe('OUTPUT_EXISTS');
    expect(refusal.message).toContain(path);
    await writeModel(path, model, { force: true });
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
    expect(contentsOf(folder)).toEqual(['a.onnx']);
  });

  it('refuses a source that has changed since it was read', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'a.onnx');
    writeFileSync(path, bytes);
    const model = await readModel(path);
    writeFileSync(path, bytes.slice(0, 100));
    const refusal = await refusalOf(() => writeModel(join(folder, 'b.onnx'), model));
    expect(refusal.code).toBe('UNREADABLE_MODEL');
    expect(refusal.message).toMatch(/has changed/);
    expect(contentsOf(folder)).toEqual(['a.onnx']);
  });

  it('refuses a source that is written to while it is read', () => {
    const path = join(scratchFolder(), 'a.onnx');
    writeFileSync(path, bytes);
    utimesSync(path, 0, 0); // A clock of files may stand still for some milliseconds.
    const source = fileSource(path);
    const reading = source.open();
    expect(reading.read(0, 100)).toEqual(bytes.slice(0, 100));
    writeFileSync(
      path,
      bytes.map((byte) => ~byte),
    );
    expect(() => reading.close()).toThrow(/has changed/);
    expect(() => source.open()).toThrow(/has changed/);
  });

  it.each([
    ['a folder that is not there', 'nowhere/b.onnx', /does not exist; nothing was written/],
    ['a folder that is a file', 'file/b.onnx', /not a folder; nothing was written/],
    ['a name that is too long', `${'x'.repeat(300)}.onnx`, /too long; nothing was written/],
  ])('refuses %s', async (_, path, message) => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'file'), '');
    const refusal = await refusalOf(() => writeModel(join(folder, path), variedModel()));
    expect(refusal.code).toBe('WRITE_FAILED');
    expect(refusal.message).toMatch(message);
    expect(contentsOf(folder)).toEqual(['file']);
  });

  it('refuses a folder in the place of the file, also when forced', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'a.onnx'));
    expect((await refusalOf(() => writeModel(join(folder, 'a.onnx'), variedModel()))).code).toBe(
      'OUTPUT_EXISTS',
    );
    expect(
      (await refusalOf(() => writeModel(join(folder, 'a.onnx'), variedModel(), { force: true }))).code,
    ).toBe('WRITE_FAILED');
    expect(contentsOf(folder)).toEqual(['a.onnx']);
  });

  it.each([
    [
      'fails',
      () => {
        throw new Error('the line went dead');
      },
      /the line went dead; nothing was written/,
    ],
    ['is shorter than it says', () => [new Uint8Array(5)], /gave 5; nothing was written/],
  ])('leaves nothing when a payload %s', async (_, chunks, message) => {
    const folder = scratchFolder();
    const refusal = await refusalOf(() =>
      writeModel(join(folder, 'a.onnx'), modelWith({ byteLength: 1 << 20, chunks })),
    );
    expect(refusal.code).toBe('WRITE_FAILED');
    expect(refusal.message).toMatch(message);
    expect(contentsOf(folder)).toEqual([]);
  });

  it('says that the disk is full', async ({ skip }) => {
    const folder = scratchFolder();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      skip('a small disk cannot be mounted here');
    }
    onTestFinished(() => void execFileSync('umount', [folder]));
    const chunk = new Uint8Array(1 << 20);
    const refusal = await refusalOf(() =>
      writeModel(
        join(folder, 'a.onnx'),
        modelWith({ byteLength: 4 << 20, chunks: () => [chunk, chunk, chunk, chunk] }),
      ),
    );
    expect(refusal.code).toBe('WRITE_FAILED');
    expect(refusal.message).toMatch(/the disk is full; nothing was written/);
    expect(contentsOf(folder)).toEqual([]);
  });

  it('refuses more than protobuf allows where it is no initializer, before writing any of it', async () => {
    const folder = scratchFolder();
    const chunks = () => {
      throw new Error('nobody should ask');
    };
    const [t] = modelWith({ byteLength: 2 ** 31, chunks }).proto.graph?.initializer ?? [];
    const attribute = [create('AttributeProto', { name: 'value', type: 4, t: t ?? null })];
    const model = modelOf({ node: [create('NodeProto', { opType: 'Constant', output: ['w'], attribute })] });
    const refusal = await refusalOf(() => writeModel(join(folder, 'a.onnx'), model));
    expect(refusal.code).toBe('UNSUPPORTED_MODEL');
    expect(refusal.saw).toMatch(/^21474837\d\d bytes/);
    expect(contentsOf(folder)).toEqual([]);
  });
});

describe('stageFiles', () => {
  const outputs = (folder: string) => [
    { path: join(folder, 'a.onnx'), model: variedModel() },
    { path: join(folder, 'b.json'), text: '{}' },
  ];

  it('writes all files completely beside their places, and then moves them', async () => {
    const folder = scratchFolder();
    const staged = await stageFiles(outputs(folder));
    expect(staged.files.map(({ path }) => path)).toEqual(outputs(folder).map(({ path }) => path));
    expect(staged.files.map((file) => readFileSync(file.staged).length)).toEqual([bytes.length, 2]);
    expect(contentsOf(folder).every((name) => /^\.[ab]\.(onnx|json)\.\w+\.tmp$/.test(name))).toBe(true);
    await staged.commit();
    expect(contentsOf(folder)).toEqual(['a.onnx', 'b.json']);
    await staged.discard();
    expect(contentsOf(folder)).toEqual(['a.onnx', 'b.json']);
  });

  it('takes all away when they are discarded', async () => {
    const folder = scratchFolder();
    const staged = await stageFiles(outputs(folder));
    await staged.discard();
    expect(contentsOf(folder)).toEqual([]);
  });

  it('moves none where one place has been taken meanwhile', async () => {
    const folder = scratchFolder();
    const staged = await stageFiles(outputs(folder));
    writeFileSync(join(folder, 'b.json'), 'mine');
    expect((await refusalOf(() => staged.commit())).code).toBe('OUTPUT_EXISTS');
    expect(contentsOf(folder)).toEqual(['b.json']);
    expect(readFileSync(join(folder, 'b.json'), 'utf8')).toBe('mine');
  });

  it('leaves what was there when forced and one cannot be moved', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'kept'), 'mine');
    const staged = await stageFiles(outputs(folder), { force: true });
    mkdirSync(join(folder, 'b.json'));
    linkSync(join(folder, 'kept'), join(folder, 'b.json/in-the-way'));
    expect((await refusalOf(() => staged.commit())).code).toBe('WRITE_FAILED');
    expect(contentsOf(folder)).toEqual(['b.json', 'b.json/in-the-way', 'kept']);
  });
});
