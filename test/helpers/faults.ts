import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixtureModel } from './fixtures.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PRELOAD = new URL('../../test/helpers/faulty-fs.mjs', import.meta.url).href;

/** What is to happen to a process: see `faulty-fs.mjs`. */
export interface Fault {
  readonly what: string;
  /** At which call, or whenever a folder is removed. */
  readonly at?: number | 'folders';
  /** Or a kill after so many milliseconds. */
  readonly after?: number;
}

/** Nothing happens; what the process does to the disk is counted. */
export const COUNT: Fault = { what: 'count', at: 0 };

/** Numbers of calls that change the disk: all, and those that can fail, which removals do not. */
export interface Calls {
  readonly all: number;
  readonly failing: number;
}

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
  /** Where calls are counted: how many there are. */
  readonly calls: Calls;
  /** Which of them is the last rename. */
  readonly moved: Calls;
}

/** Runs Node in a folder, with its temporary files in `tmp` there. */
function runNode(folder: string, words: readonly string[], fault: Fault = { what: 'none' }): Promise<Ran> {
  const env = {
    ...process.env,
    TMPDIR: join(folder, 'tmp'),
    ...(fault.at === undefined ? {} : { FAULT: fault.what, FAULT_AT: String(fault.at) }),
  };
  const preload = fault.at === undefined ? [] : ['--import', PRELOAD];
  const start = performance.now();
  const child = spawn(process.execPath, [...preload, ...words], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = fault.after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), fault.after);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const counted = (word: string): Calls => {
    const [, all, failing] = new RegExp(`${word} (\\d+) (\\d+)`).exec(err) ?? [];
    return { all: Number(all), failing: Number(failing) };
  };
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - start) / 1000;
      resolve({ code, signal, out, err, seconds, calls: counted('calls'), moved: counted('moved') });
    }),
  );
}

/** Runs a command line in a folder. */
export const runCommand = (folder: string, words: readonly string[], fault?: Fault) =>
  runNode(folder, [join(root, 'bin/onnx-margin.js'), ...words], fault);

/** Runs a module in a folder; `#room/file.js` in it is one of ours. */
export const runScript = (folder: string, text: string, fault?: Fault) =>
  runNode(
    folder,
    ['--input-type=module', '--eval', text.replace(/'#(.+?)'/g, (_, path) => `'file://${root}dist/${path}'`)],
    fault,
  );

/** The words of a `rewrite` of the digits with a head, numbers unchecked. */
export const rewriteWords = (head: string): readonly string[] => [
  ...['rewrite', fixtureModel('digits-sklearn'), '--head', head, '--no-validate', '--html', '-o', 'out'],
];

/** `rewrite` of the digits with a head, over what is there. */
export const rewriteInto = (
  folder: string,
  head: string,
  fault?: Fault,
  flags: readonly string[] = ['--force'],
) => runCommand(folder, [...rewriteWords(head), ...flags], fault);

/** The files in a folder by their paths in it, each by what is in it. */
export type Contents = Readonly<Record<string, string>>;

export function contentsIn(folder: string): Contents {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const paths = files.map(({ name, parentPath }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [relative(folder, path), digest(path)]));
}

/** A folder with the files of another in `out`, and an empty `tmp`. */
export function freshFolder(folder: string, old: string | null): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  if (old !== null) cpSync(old, join(folder, 'out'), { recursive: true });
}

/** A file or folder that is not there to stay, or something in one. */
const TEMPORARY = /(?:^|\/)\.(?:[^/]+\.(?:tmp|old)|onnx-margin\.lock)(?:\/|$)/;

export interface State {
  /** Whether the files of final names are all those from before, all new, or some of each. */
  readonly files: 'old' | 'new' | 'mixed';
  /** What else lies there. */
  readonly left: readonly string[];
  /** Files of final names that are neither. */
  readonly odd: readonly string[];
}

/** What a folder is like after a fault, given what it held before and what it was to hold. */
export function stateOf(folder: string, before: Contents, after: Contents): State {
  const own = Object.entries(contentsIn(folder)).filter(([path]) => !TEMPORARY.test(path));
  const are = (those: Contents) =>
    own.length === Object.keys(those).length && own.every(([path, hash]) => those[path] === hash);
  return {
    files: are(before) ? 'old' : are(after) ? 'new' : 'mixed',
    left: readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => TEMPORARY.test(path)),
    odd: own.filter(([path, hash]) => before[path] !== hash && after[path] !== hash).map(([path]) => path),
  };
}
