import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  COUNT,
  type Contents,
  contentsIn,
  type Fault,
  freshFolder,
  type Ran,
  rewriteWords,
  runCommand,
  type State,
  stateOf,
} from '../../helpers/faults.ts';
import { fixtureModel } from '../../helpers/fixtures.ts';

export const ROOT = mkdtempSync(join(tmpdir(), 'onnx-margin-faults-'));
process.on('exit', () => rmSync(ROOT, { recursive: true, force: true }));

/** The words of a command that writes something of a head into `out`. */
export type Writing = (head: string) => readonly string[];

export const REWRITE: Writing = rewriteWords;

export const VALIDATED: Writing = (head) => [
  ...REWRITE(head).filter((word) => word !== '--no-validate'),
  ...['--provider', 'cpu', '--samples', '4'],
];

/** The older one of only one graph, so that names are replaced and added. */
export const RECORDING: Writing = (head) => [
  ...['fixture', 'record', fixtureModel('digits-sklearn'), '--head', head, '-o', 'out/fixture'],
  ...(head === OLD ? ['--only', 'infer'] : []),
];

export const picture =
  (kind: 'svg' | 'png'): Writing =>
  (head) => ['plot', head, '-o', `out/head.${kind}`];

const [OLD, NEW] = ['cosface', 'arcface'];

/** A folder in which a command writes over what it wrote before with another head. */
export interface Place {
  readonly work: string;
  /** A copy of what was there before. */
  readonly old: string;
  readonly before: Contents;
  /** The command, over what is there: with the older head or the newer one. */
  run(which: 'older' | 'newer', fault?: Fault, flags?: readonly string[]): Promise<Ran>;
  /** The newer one over what the older one wrote, with a fault. */
  attempt(fault: Fault): Promise<Ran & State>;
  look(): State;
  /** Names of temporary files in their own folder. */
  scratch(): readonly string[];
  /** What the newer one is like where nothing happens. */
  readonly usual: Ran;
}

export async function placeFor(name: string, writing: Writing): Promise<Place> {
  const [work, old] = [join(ROOT, name), join(ROOT, `${name}-old`)];
  const out = join(work, 'out');
  const run: Place['run'] = (which, fault, flags = ['--force']) =>
    runCommand(work, [...writing(which === 'older' ? OLD : NEW), ...flags], fault);
  freshFolder(work, null);
  const first = await run('older');
  cpSync(out, old, { recursive: true });
  const usual = await run('newer', COUNT);
  if (first.code !== 0 || usual.code !== 0) throw new Error(`${name}: ${first.err}${usual.err}`);
  const [before, after] = [contentsIn(old), contentsIn(out)];
  const look = () => stateOf(out, before, after);
  return {
    ...{ work, old, before, run, look, usual },
    async attempt(fault) {
      freshFolder(work, old);
      return { ...(await run('newer', fault)), ...look() };
    },
    scratch: () => readdirSync(join(work, 'tmp')),
  };
}
