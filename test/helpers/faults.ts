import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixtureModel } from './fixtures.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PRELOAD = new URL('../../test/helpers/faulty-fs.mjs', import.meta.url).href;

/** What is to happen to a process: see `faulty-fs.mjs`. */
export interface Fault {
  readonly what: string;
  readonly at?: number;
  /** Or a kill after so many milliseconds. */
  readonly after?: number;
}

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** `rewrite` of the digits with a head into a folder, numbers unchecked, with temporary files of its own. */
export function rewriteInto(
  folder: string,
  head: string,
  fault: Fault = { what: 'none' },
  flags: readonly string[] = ['--force'],
): Promise<Ran> {
  const words = [
    'rewrite',
    fixtureModel('digits-sklearn'),
    '--head',
    head,
    '--no-validate',
    '--html',
    ...flags,
  ];
  const env = {
    ...process.env,
    TMPDIR: join(folder, 'tmp'),
    ...(fault.at === undefined ? {} : { FAULT: fault.what, FAULT_AT: String(fault.at) }),
  };
  const preload = fault.at === undefined ? [] : ['--import', PRELOAD];
  const child = spawn(
    process.execPath,
    [...preload, join(root, 'bin/onnx-margin.js'), ...words, '-o', join(folder, 'out')],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const timer = fault.after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), fault.after);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, err });
    }),
  );
}

/** The files in a folder by name, each by what is in it. */
export type Contents = Readonly<Record<string, string>>;

export function contentsIn(folder: string): Contents {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    names.map(({ name, parentPath }) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
    ]),
  );
}

/** A folder with the files of another in `out`, and an empty `tmp`. */
export function freshFolder(folder: string, old: string | null): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  mkdirSync(join(folder, 'out'));
  if (old !== null) cpSync(old, join(folder, 'out'), { recursive: true });
}

const TEMPORARY = /^\.(?:.+\.(?:tmp|old)|onnx-margin\.lock)$/;

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
  const now = contentsIn(folder);
  const own = Object.entries(now).filter(([name]) => !TEMPORARY.test(name));
  const are = (those: Contents) =>
    own.length === Object.keys(those).length && own.every(([name, hash]) => those[name] === hash);
  return {
    files: are(before) ? 'old' : are(after) ? 'new' : 'mixed',
    left: Object.keys(now).filter((name) => TEMPORARY.test(name)),
    odd: own.filter(([name, hash]) => before[name] !== hash && after[name] !== hash).map(([name]) => name),
  };
}
