import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tensorInfo } from '#graph/value-info.js';
import { create } from '#model/codec.js';
import { makeTensor } from '#model/tensors.js';
import { encodeModel } from '#model/write.js';
import { HOSTILE_TEXTS } from '../fuzz/mutations.ts';
import { expectPrintable, expectSafePage } from '../fuzz/stages.ts';
import { runMain } from '../helpers/run-main.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { modelOf } from '../helpers/tiny-model.ts';

/** What a terminal, a browser or a shell would obey; a text without letters cannot be told from another. */
const TEXTS = HOSTILE_TEXTS.filter((text) => text.length > 0 && text.length < 100);

/** A classifier in which everything that has a name is called so. */
function named(text: string): Uint8Array {
  const value = (what: string) => `${what}${text}`;
  const layer = create('NodeProto', {
    opType: 'Gemm',
    name: value('fc'),
    input: [value('x'), value('w')],
    output: [value('y')],
    docString: text,
  });
  const model = modelOf(
    {
      name: text,
      node: [layer],
      input: [tensorInfo(value('x'), 'float32', [value('N'), 2])],
      output: [tensorInfo(value('y'), 'float32', [value('N'), 3])],
      initializer: [makeTensor(value('w'), [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
    },
    {
      producerName: text,
      producerVersion: text,
      metadataProps: [create('StringStringEntryProto', { key: text, value: text })],
    },
  );
  return encodeModel(model);
}

describe.each(TEXTS.map((text) => [JSON.stringify(text), text] as const))(
  'a model of names %s',
  (_, text) => {
    let [folder, path] = ['', ''];
    beforeEach(() => {
      folder = scratchFolder();
      // A file's name can hold all but a slash and a zero.
      path = join(folder, `m${text.replaceAll(/[/\0]/g, '')}.onnx`);
      writeFileSync(path, named(text));
    });

    it('says nothing that a terminal would obey', async () => {
      for (const words of [
        ['inspect', path],
        ['inspect', path, '--json'],
        ['inspect', path, '--graph'],
        ['rewrite', path, '--head', 'arcface', '--no-validate', '-o', join(folder, 'out')],
        ['rewrite', path, '--head', 'arcface', '--tail', text, '-o', folder],
        ['rewrite', path, '--head', text, '-o', folder],
        ['rewrite', `${path}-gone`, '--head', 'arcface'],
        [text, path],
        ['inspect', `--${text}`, path],
      ]) {
        const { code, out, err } = await runMain(...words);
        expect(code).not.toBe(70);
        expectPrintable(out + err);
      }
    });

    it('keeps its names in JSON and in the graphs', async () => {
      const { out } = await runMain('inspect', path, '--json');
      expect(JSON.parse(out)).toMatchObject({ tail: { node: `fc${text}`, weight: `w${text}` } });
    });

    it('gives a page that holds text only', async () => {
      const words = ['rewrite', path, '--head', 'arcface', '--no-validate', '--html', '--json', '-o', folder];
      const { code, out } = await runMain(...words);
      expect(code).toBe(0);
      const { html } = JSON.parse(out);
      expectSafePage(readFileSync(html, 'utf8'));
    });
  },
);
