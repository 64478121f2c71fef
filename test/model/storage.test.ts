import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { create, withFields } from '#model/codec.js';
import { deriveModel, type Model } from '#model/model.js';
import type { Payload, TensorProto } from '#model/proto.js';
import { readModel } from '#model/read.js';
import { split } from '#model/split.js';
import { settleStorage } from '#model/storage.js';
import { makeTensor, readTensor } from '#model/tensors.js';
import { encodeModel, stageFiles, writeModel, writeModels } from '#model/write.js';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const numbers = (length: number, from: number) => Float32Array.from({ length }, (_, i) => from + i);

const large = makeTensor('large', [1000], numbers(1000, 0));
const small = makeTensor('small', [4], numbers(4, 5));
/** int32_data holds it as a list of numbers rather than as bytes. */
const listed = create('TensorProto', {
  name: 'listed',
  dims: [600],
  dataType: 6,
  int32Data: Array.from({ length: 600 }, (_, i) => -i),
});

/** Two models of one rewrite: what they have in common is the same objects. */
function pair(): { readonly train: Model; readonly infer: Model } {
  const own = (name: string, from: number) => makeTensor(name, [512], numbers(512, from));
  const with_ = (tensor: TensorProto) => modelOf({ initializer: [large, small, listed, tensor] });
  return { train: with_(own('w', 1000)), infer: with_(own('unit', 2000)) };
}

function values(model: Model): Readonly<Record<string, readonly number[]>> {
  const tensors = model.proto.graph?.initializer ?? [];
  return Object.fromEntries(
    tensors.map((tensor) => [tensor.name ?? '', Array.from(readTensor(model, tensor).data, Number)]),
  );
}

const locations = (model: Model) =>
  (model.proto.graph?.initializer ?? []).map(
    ({ externalData }) => externalData.find(({ key }) => key === 'location')?.value ?? null,
  );

const outputsIn = (folder: string, { train, infer } = pair()) => [
  { path: join(folder, 'm.train.onnx'), model: train },
  { path: join(folder, 'm.infer.onnx'), model: infer },
];

/** The pair with the weights beside it, as it is read from a folder. */
async function splitPair(folder = scratchFolder()) {
  const written = await writeModels(outputsIn(folder), { externalData: 'split' });
  const [train, infer] = await Promise.all(
    ['m.train.onnx', 'm.infer.onnx'].map((name) => readModel(join(folder, name))),
  );
  if (train === undefined || infer === undefined) throw new Error('two were written');
  return { folder, written, train, infer };
}

describe('split', () => {
  it('stores what both have in common once, and what one has in a file of its own', async () => {
    const { folder, written, train, infer } = await splitPair();
    expect(contentsOf(folder)).toEqual([
      'm.infer.data',
      'm.infer.onnx',
      'm.shared.data',
      'm.train.data',
      'm.train.onnx',
    ]);
    expect(locations(train)).toEqual(['m.shared.data', null, 'm.shared.data', 'm.train.data']);
    expect(locations(infer)).toEqual(['m.shared.data', null, 'm.shared.data', 'm.infer.data']);
    expect(values(train)).toEqual(values(pair().train));
    expect(values(infer)).toEqual(values(pair().infer));
    expect(written.weights.map(({ how, models }) => [how, models.length])).toEqual([
      ['written', 2],
      ['written', 1],
      ['written', 1],
    ]);
    // 4000 bytes, the list of 600 on the next page; the two own tensors alone.
    expect(statSync(join(folder, 'm.shared.data')).size).toBe(4096 + 2400);
    expect(statSync(join(folder, 'm.train.data')).size).toBe(2048);
  });

  it('takes the threshold that it is given', async () => {
    const folder = scratchFolder();
    await writeModels(outputsIn(folder), { externalData: 'split', externalThreshold: 2401 });
    const train = await readModel(join(folder, 'm.train.onnx'));
    expect(locations(train)).toEqual(['m.shared.data', null, null, null]);
    await writeModel(join(folder, 'all.onnx'), train, { externalData: 'split', externalThreshold: 0 });
    const all = await readModel(join(folder, 'all.onnx'));
    expect(locations(all)).toEqual(['all.data', 'all.data', 'all.data', 'all.data']);
    expect(values(all)).toEqual(values(pair().train));
  });

  it('shares nothing between folders', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'a'));
    mkdirSync(join(folder, 'b'));
    const [train, infer] = outputsIn(join(folder, 'a'));
    if (train === undefined || infer === undefined) throw new Error('two');
    await writeModels([train, { ...infer, path: join(folder, 'b/m.infer.onnx') }], { externalData: 'split' });
    expect(contentsOf(folder).filter((name) => name.endsWith('.data'))).toEqual([
      'a/m.train.data',
      'b/m.infer.data',
    ]);
    expect(values(await readModel(join(folder, 'b/m.infer.onnx')))).toEqual(values(pair().infer));
  });

  it('moves weights that lie elsewhere already, once', async () => {
    const { train, infer } = await splitPair();
    const out = scratchFolder();
    await writeModels(outputsIn(out, { train, infer }), { externalData: 'split' });
    expect(contentsOf(out).filter((name) => name.endsWith('.data'))).toHaveLength(3);
    expect(values(await readModel(join(out, 'm.train.onnx')))).toEqual(values(pair().train));
    expect(statSync(join(out, 'm.shared.data')).nlink).toBe(1);
  });

  it('gives the same bytes each time', async () => {
    const [a, b] = [await splitPair(), await splitPair()];
    for (const name of contentsOf(a.folder))
      expect(Buffer.compare(readFileSync(join(a.folder, name)), readFileSync(join(b.folder, name)))).toBe(0);
  });

  it('can be read where it is staged, and leaves nothing where it is discarded', async () => {
    const folder = scratchFolder();
    const staged = await stageFiles(outputsIn(folder), { externalData: 'split' });
    expect(contentsOf(folder).every((name) => /^\.m\.\S+\.tmp$/.test(name))).toBe(true);
    const [train] = await Promise.all(staged.files.map((file) => file.read()));
    expect(train && values(train)).toEqual(values(pair().train));
    await staged.discard();
    expect(contentsOf(folder)).toEqual([]);
  });

  it('overwrites its files when forced, and else none of them', async () => {
    const { folder } = await splitPair();
    const before = contentsOf(folder).map((name) => statSync(join(folder, name)).ino);
    const again = { externalData: 'split', force: true } as const;
    expect((await refusalOf(() => writeModels(outputsIn(folder), { externalData: 'split' }))).code).toBe(
      'OUTPUT_EXISTS',
    );
    expect(contentsOf(folder).map((name) => statSync(join(folder, name)).ino)).toEqual(before);
    await writeModels(outputsIn(folder), again);
    expect(contentsOf(folder)).toHaveLength(5);
    expect(values(await readModel(join(folder, 'm.infer.onnx')))).toEqual(values(pair().infer));
  });

  it('gives back every file that it replaced where one cannot be moved', async () => {
    const { folder } = await splitPair();
    const before = contentsOf(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
    const others = [
      ...outputsIn(folder, { train: pair().infer, infer: pair().train }),
      { path: join(folder, 'last.txt'), text: 'x' },
    ];
    const staged = await stageFiles(others, { externalData: 'split', force: true });
    mkdirSync(join(folder, 'last.txt/full'), { recursive: true });
    expect((await refusalOf(() => staged.commit())).code).toBe('WRITE_FAILED');
    const names = contentsOf(folder).filter((name) => !name.startsWith('last'));
    expect(names.map((name) => readFileSync(join(folder, name)).toString('latin1'))).toEqual(before);
  });

  it('does not mix what stays in another file with a new one of its name', async () => {
    const { train } = await splitPair();
    const out = scratchFolder();
    // Only the list is moved, to a file whose name the other weights have already.
    const outputs = [{ path: join(out, 'm.shared.onnx'), model: train }];
    const refusal = await refusalOf(() => split(outputs, 0, ({ name }) => name === 'listed'));
    expect(refusal.code).toBe('OUTPUT_EXISTS');
    expect(refusal.message).toContain('m.shared.data');
  });

  it('is never written over the weights that it is read from', async () => {
    const { folder, train } = await splitPair();
    const path = join(folder, 'm.shared.onnx'); // whose own file would be m.shared.data
    const refusal = await refusalOf(() => writeModel(path, train, { externalData: 'split', force: true }));
    expect(refusal.code).toBe('OUTPUT_EXISTS');
    expect(values(train)).toEqual(values(pair().train));
  });
});

describe('inline', () => {
  it('takes all weights into the file', async () => {
    const { train } = await splitPair();
    const out = scratchFolder();
    await writeModel(join(out, 'one.onnx'), train, { externalData: 'inline' });
    expect(contentsOf(out)).toEqual(['one.onnx']);
    const one = await readModel(join(out, 'one.onnx'));
    expect(locations(one)).toEqual([null, null, null, null]);
    expect(values(one)).toEqual(values(pair().train));
  });

  it('reaches weights in bodies and attributes too', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'w.bin'), new Uint8Array(numbers(4, 1).buffer));
    const t = withFields(small, {
      rawData: undefined,
      dataLocation: 1,
      externalData: [create('StringStringEntryProto', { key: 'location', value: 'w.bin' })],
    });
    const value = create('AttributeProto', { name: 'value', type: 4, t });
    const inner = create('NodeProto', { opType: 'Constant', output: ['c'], attribute: [value] });
    const g = create('GraphProto', { name: 'body', node: [inner] });
    const body = create('AttributeProto', { name: 'body', type: 5, g });
    const node = [create('NodeProto', { opType: 'Loop', output: ['y'], attribute: [body] })];
    writeFileSync(join(folder, 'm.onnx'), encodeModel(modelOf({ node })));
    const out = scratchFolder();
    await writeModel(join(out, 'm.onnx'), await readModel(join(folder, 'm.onnx')), {
      externalData: 'inline',
    });
    expect(contentsOf(out)).toEqual(['m.onnx']);
    const read = (await readModel(join(out, 'm.onnx'))).proto.graph?.node[0]?.attribute[0]?.g?.node[0];
    expect(read?.attribute[0]?.t?.rawData).toEqual(new Uint8Array(numbers(4, 1).buffer));
  });
});

describe('more than one file may hold', () => {
  const huge = (name: string): TensorProto => {
    const bytes: Payload = {
      byteLength: 1.5e9,
      chunks: () => {
        throw new Error('nobody should ask');
      },
    };
    return create('TensorProto', { name, dims: [1.5e9], dataType: 2, payload: { field: 'rawData', bytes } });
  };

  it.each(['keep', 'inline'] as const)('goes beside it by itself, and that is said: %s', (externalData) => {
    const both = huge('both');
    const [train, infer] = [
      modelOf({ initializer: [both, huge('own')] }),
      modelOf({ initializer: [both, small] }),
    ];
    const outputs = outputsIn('/out', { train, infer });
    const { outputs: stored, weights, notes } = settleStorage(outputs, { externalData });
    expect(notes).toEqual([
      'm.train.onnx would have 3.00 GB, and a file of protobuf ends at 2.15 GB: its weights lie in m.shared.data and m.train.data',
    ]);
    expect(weights.map(({ path, bytes }) => [path, Math.round(bytes / 1e9)])).toEqual([
      ['/out/m.shared.data', 2],
      ['/out/m.train.data', 2],
    ]);
    expect(stored.map(({ model }) => encodeModel(model).length < 1000)).toEqual([true, true]);
  });

  it('leaves weights where they are that lie in other files already', async () => {
    const { folder, train } = await splitPair();
    const { graph } = train.proto;
    if (!graph) throw new Error('no graph');
    const initializer = [...graph.initializer, huge('more'), huge('still more')];
    const grown = deriveModel(train, withFields(train.proto, { graph: withFields(graph, { initializer }) }));
    const { outputs, weights } = settleStorage([{ path: join(folder, 'n.onnx'), model: grown }], {});
    expect(outputs.flatMap(({ model }) => locations(model))).toEqual([
      'm.shared.data',
      null,
      'm.shared.data',
      'm.train.data',
      'n.data',
      'n.data',
    ]);
    expect(weights).toHaveLength(1);
  });
});
