import { readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve, sep } from 'node:path';
import { MarginError } from '../errors.ts';
import { baseOf, globExpression, isPattern } from './glob.ts';

/** A model that was found: its path, and its folder as seen from the one that all have in common. */
export interface FoundModel {
  readonly path: string;
  readonly folder: string;
}

/**
 * The models that some words stand for, each once, in order: files, folders with all `.onnx` files at any depth, and
 * patterns such as `models/*.onnx`. Names that begin with a point are passed over unless they are given.
 *
 * @throws MarginError UNREADABLE_MODEL where a word stands for nothing, as for a file that is not there
 */
export function findModels(words: readonly string[]): readonly FoundModel[] {
  const paths = new Map(words.flatMap(pathsFor).map((path) => [resolve(path), path]));
  const folders = [...paths.keys()].map((path) => dirname(path));
  const common = folders.reduce(commonFolder, folders[0] ?? '');
  return [...paths].map(([full, path]) => ({ path, folder: relative(common, dirname(full)) }));
}

function pathsFor(word: string): string[] {
  const stats = statSync(word, { throwIfNoEntry: false });
  if (stats?.isFile()) return [word];
  if (stats?.isDirectory()) return orNothing(word, filesIn(word).filter(isModel));
  if (!isPattern(word)) throw nothing(word, 'no such file');
  const pattern = normalize(word).split(sep).join('/');
  const fits = globExpression(pattern);
  const all = filesIn(baseOf(pattern)).filter((path) => fits.test(path.split(sep).join('/')));
  return orNothing(word, all);
}

const isModel = (path: string) => /\.onnx$/i.test(path);

/** All files below a folder in order; none where it cannot be read. */
function filesIn(folder: string): string[] {
  const entries = readEntries(folder).filter(({ name }) => !name.startsWith('.'));
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() || statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : [];
    });
}

function readEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function commonFolder(a: string, b: string): string {
  const [first, second] = [a.split(sep), b.split(sep)];
  const end = first.findIndex((step, i) => step !== second[i]);
  return end < 0 ? a : first.slice(0, end).join(sep) || sep;
}

function orNothing(word: string, paths: string[]): string[] {
  if (paths.length === 0) throw nothing(word, 'nothing that fits');
  return paths;
}

function nothing(word: string, saw: string): MarginError {
  return new MarginError({
    code: 'UNREADABLE_MODEL',
    message: `${word} stands for no model.`,
    saw,
    expected: 'files, folders with .onnx files in them, or patterns',
    tryThis: ["'models/**/*.onnx', in quotes"],
  });
}
