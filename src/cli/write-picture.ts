import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MarginError } from '../errors.ts';
import { makeFolder } from '../model/folders.ts';
import { bytesPayload } from '../model/source.ts';
import { stage } from '../model/stage.ts';
import { orUndo } from './undo.ts';

export type PictureKind = 'svg' | 'png';

/** What a picture's name says that it is. @throws MarginError BAD_USAGE */
export function pictureKind(path: string): PictureKind {
  const [, kind = ''] = /\.([^./\\]*)$/.exec(path) ?? [];
  const known = kind.toLowerCase();
  if (known === 'svg' || known === 'png') return known;
  throw new MarginError({
    code: 'BAD_USAGE',
    message: 'The name of a picture must say what kind it is.',
    saw: `-o ${path}`,
    expected: '-o FILE.svg or -o FILE.png',
    tryThis: [`-o ${path.slice(0, path.length - (kind === '' ? 0 : kind.length + 1))}.svg`],
  });
}

/**
 * Writes a picture whole or not at all, its folder too where that is missing, and gives its size.
 *
 * @throws MarginError OUTPUT_EXISTS, WRITE_FAILED
 */
export async function writePicture(
  path: string,
  kind: PictureKind,
  svg: string,
  force: boolean,
): Promise<number> {
  const bytes = kind === 'svg' ? new TextEncoder().encode(svg) : await pngOf(svg);
  await orUndo(async (undo) => {
    await makeFolder(dirname(path), undo);
    const staged = await stage([{ path, parts: [bytesPayload(bytes)] }], { force });
    undo(() => staged.discard());
    await staged.commit();
  });
  return bytes.length;
}

async function pngOf(svg: string): Promise<Uint8Array> {
  const packaged = (name: string) => readFile(fileURLToPath(import.meta.resolve(name)));
  const [{ rasterise }, program, font] = await Promise.all([
    import('../draw/rasterise.ts'),
    packaged('@resvg/resvg-wasm/index_bg.wasm'),
    packaged('@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2'),
  ]);
  return rasterise(svg, program, font);
}
