import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashAhead, WORTH_A_THREAD } from '#model/hash-ahead.js';
import { metadataEntry } from '#model/later.js';
import { readModel } from '#model/read.js';
import { encodeModel, writeModel, writeModels } from '#model/write.js';
import { provenanceOf } from '#rewrite/provenance.js';
import { rewrite } from '#rewrite/rewrite.js';
import { gemmModel } from '../helpers/gemm-model.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A classifier that is worth a thread: behind it stands a field of zeros that nobody knows. */
function largeClassifier(folder: string): string {
  const path = join(folder, 'large.onnx');
  const small = gemmModel({});
  // Field 99, bytes, of a length that is written as a varint of four bytes.
  const head = Uint8Array.of(0x9a, 0x06, 0x80, 0x80, 0x80, 0x20);
  writeFileSync(path, Buffer.concat([small, head]));
  truncateSync(path, small.length + head.length + WORTH_A_THREAD);
  return path;
}

describe('hashAhead', () => {
  it('gives the SHA-256 of a file', () => {
    const path = join(scratchFolder(), 'some');
    writeFileSync(path, Buffer.alloc(1_000_003, 'abc'));
    expect(hashAhead(path)()).toBe(sha256(path));
  });

  it('gives it in a process that was started with a text rather than a file', () => {
    const path = join(scratchFolder(), 'some');
    writeFileSync(path, 'abc');
    const module = new URL('../../dist/model/hash-ahead.js', import.meta.url).href;
    const text = `import { hashAhead } from '${module}'; console.log(hashAhead(${JSON.stringify(path)})());`;
    const words = ['--input-type=module', '--eval', text];
    expect(execFileSync(process.execPath, words, { encoding: 'utf8' })).toBe(`${sha256(path)}\n`);
  });

  it('gives nothing where there is no file', () => {
    expect(hashAhead(join(scratchFolder(), 'none'))()).toBeNull();
  });
});

describe('a large model that is rewritten', () => {
  it('is named by its hash in both graphs, read or written', async () => {
    const folder = scratchFolder();
    const path = largeClassifier(folder);
    const model = await readModel(path);
    const { train, infer } = rewrite(model, { head: 'arcface' });
    const [trainPath, inferPath] = [join(folder, 'train.onnx'), join(folder, 'infer.onnx')];
    await writeModels([
      { path: trainPath, model: train },
      { path: inferPath, model: infer },
    ]);
    const hash = sha256(path);
    for (const graph of [train, infer, await readModel(trainPath), await readModel(inferPath)])
      expect(provenanceOf(graph.proto)?.source_sha256).toBe(hash);
    expect(Buffer.compare(readFileSync(trainPath), encodeModel(train))).toBe(0);
    expect(model.sha256()).toBe(hash);
  });

  it('is refused when it has changed before its hash was taken, and nothing is left', async () => {
    const folder = scratchFolder();
    const path = largeClassifier(folder);
    const { train } = rewrite(await readModel(path), { head: 'arcface' });
    appendFileSync(path, 'x');
    const refusal = await refusalOf(() => writeModel(join(folder, 'train.onnx'), train));
    expect(refusal.code).toBe('UNREADABLE_MODEL');
    expect(contentsOf(folder)).toEqual(['large.onnx']);
  });
});

describe('a text that comes later', () => {
  const later = (text: () => string) =>
    modelOf({}, { metadataProps: [metadataEntry('k', { byteLength: 3, text }), metadataEntry('l', 'last')] });
  const prompt = modelOf({}, { metadataProps: [metadataEntry('k', 'abc'), metadataEntry('l', 'last')] });

  it('is the same bytes in the same place as one that was there', async () => {
    const path = join(scratchFolder(), 'a.onnx');
    await writeModel(
      path,
      later(() => 'abc'),
    );
    expect(new Uint8Array(readFileSync(path))).toEqual(encodeModel(prompt));
    expect(encodeModel(later(() => 'abc'))).toEqual(encodeModel(prompt));
  });

  it('is asked for when the rest of all files is written', async () => {
    const folder = scratchFolder();
    const [first, second] = [join(folder, 'a.onnx'), join(folder, 'b.onnx')];
    const sizes: number[] = [];
    const text = () => {
      const staged = contentsOf(folder).map((name) => readFileSync(join(folder, name)).length);
      sizes.push(...staged);
      return 'abc';
    };
    await writeModels([
      { path: first, model: later(text) },
      { path: second, model: prompt },
    ]);
    expect(sizes).toHaveLength(2);
    expect(sizes).toContain(encodeModel(prompt).length);
    expect(contentsOf(folder)).toEqual(['a.onnx', 'b.onnx']);
  });

  it('leaves nothing where it cannot be made', async () => {
    const folder = scratchFolder();
    const failing = later(() => {
      throw new Error('no text');
    });
    const refusal = await refusalOf(() => writeModel(join(folder, 'a.onnx'), failing));
    expect(refusal.message).toContain('no text');
    expect(contentsOf(folder)).toEqual([]);
  });
});
