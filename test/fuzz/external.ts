import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { create } from '#model/codec.js';
import type { Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import { readTensor } from '#model/tensors.js';
import { encodeModel, writeModel } from '#model/write.js';
import { rewrite } from '#rewrite/rewrite.js';
import { modelOf } from '../helpers/tiny-model.ts';
import { orRefused } from './stages.ts';

/** Where weights are said to lie. */
const LOCATIONS = [
  'w.bin',
  './w.bin',
  'deep/w.bin',
  'deep//w.bin',
  'w.bin/',
  '',
  '.',
  '..',
  '../w.bin',
  'deep/../../w.bin',
  '..\\w.bin',
  '/etc/passwd',
  '//etc/passwd',
  'C:\\w.bin',
  '\\\\host\\share',
  'file:///etc/passwd',
  '~/w.bin',
  'out.bin',
  'folder-out/w.bin',
  'zero',
  'pipe',
  'socket',
  'loop',
  'nowhere',
  'model.onnx',
  'deep',
  'w.bin\0.txt',
  '\u001b[2J',
  '%2e%2e/w.bin',
  'x'.repeat(300),
  'deep/'.repeat(3000),
  '__proto__',
  'self/self/self/w.bin',
];
const NUMBERS = [
  undefined,
  '0',
  '4',
  '48',
  '52',
  '1000',
  '-1',
  '-9223372036854775808',
  '9007199254740993',
  '18446744073709551615',
  '99999999999999999999999',
  '1e3',
  '0x10',
  ' 4',
  '4.0',
  'NaN',
  '',
  '٤',
];

const CHANGES: readonly ((path: string) => void)[] = [
  () => {},
  (path) => truncateSync(path, 10),
  (path) => truncateSync(path, 0),
  (path) => appendFileSync(path, 'more'),
  (path) => writeFileSync(path, new Uint8Array(100).fill(7)),
  (path) => renameSync(path, `${path}.gone`),
  (path) => {
    renameSync(path, `${path}.gone`);
    symlinkSync('/dev/zero', path);
  },
];

/** A model that was made of a number: where its weights are said to lie, and what happens to the files meanwhile. */
export async function exerciseExternal(index: number, root: string): Promise<void> {
  const folder = join(root, `e${index % 50}`);
  if (!existsSync(folder)) makeFolder(folder);
  for (const name of ['w.bin', 'w.bin.gone', 'model.onnx', 'model.onnx.gone'])
    rmSync(join(folder, name), { force: true });
  writeFileSync(
    join(folder, 'w.bin'),
    new Uint8Array(100).map((_, i) => i),
  );
  const pick = <T>(list: readonly T[], by: number): T => list[Math.floor(index / by) % list.length] as T;
  const [location, offset] = [pick(LOCATIONS, 1), pick(NUMBERS, LOCATIONS.length)];
  const length = pick(NUMBERS, LOCATIONS.length * 3);
  writeFileSync(join(folder, 'model.onnx'), encodeModel(externalModel({ location, offset, length })));
  const model = await readModel(join(folder, 'model.onnx'));
  pick(CHANGES, 5)(join(folder, 'w.bin'));
  const [tensor] = model.proto.graph?.initializer ?? [];
  if (tensor !== undefined) orRefused(() => readTensor(model, tensor));
  if (index % 7 === 0) pick(CHANGES, 3)(join(folder, 'model.onnx'));
  const made = orRefused(() => rewrite(model, { head: 'arcface' }));
  orRefused(() => encodeModel(model));
  await orRefused(() => writeModel(join(folder, 'again.onnx'), model, { force: true }));
  if (made !== null)
    await orRefused(() => writeModel(join(folder, 'out/a.onnx'), made.infer, { force: true }));
}

function externalModel(facts: Readonly<Record<string, string | undefined>>): Model {
  const externalData = Object.entries(facts).flatMap(([key, value]) =>
    value === undefined ? [] : [create('StringStringEntryProto', { key, value })],
  );
  return modelOf({
    input: [create('ValueInfoProto', { name: 'x' })],
    output: [create('ValueInfoProto', { name: 'y' })],
    node: [create('NodeProto', { opType: 'Gemm', name: 'fc', input: ['x', 'w'], output: ['y'] })],
    initializer: [
      create('TensorProto', { name: 'w', dims: [4, 3], dataType: 1, dataLocation: 1, externalData }),
    ],
  });
}

/** A folder with everything in it that is no file of weights. */
function makeFolder(folder: string): void {
  mkdirSync(join(folder, 'deep'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'deep/w.bin'), new Uint8Array(100));
  writeFileSync(join(folder, '../w.bin'), new Uint8Array(100));
  symlinkSync('../w.bin', join(folder, 'out.bin'));
  symlinkSync('..', join(folder, 'folder-out'));
  symlinkSync('/dev/zero', join(folder, 'zero'));
  symlinkSync('loop', join(folder, 'loop'));
  symlinkSync('.', join(folder, 'self'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
}
