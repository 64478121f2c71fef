import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Io } from '#cli/io.js';
import { main } from '#cli/main.js';
import { pageOf } from '#cli/page/page.js';
import { reportOf } from '#cli/report.js';
import { isMarginError } from '#errors.js';
import { openBatch } from '#graph/open-batch.js';
import { printGraph } from '#graph/print.js';
import { viewGraph } from '#graph/view.js';
import { deriveModel, type Model } from '#model/model.js';
import { modelFromBytes } from '#model/read.js';
import { encodeModel } from '#model/write.js';
import { inspect } from '#rewrite/inspect.js';
import { type Rewritten, rewrite } from '#rewrite/rewrite.js';
import { rebuild } from '../helpers/rebuild.ts';

/** What a piece of work must not do: end in anything but a result or a refusal, or let out what was put in. */
export class Finding extends Error {}

/** Told of each stage, with the CPU seconds that it took, and whether it ended in a refusal. */
export type Watch = (stage: string, seconds: number, refused: boolean) => void;

/** Does work in stages: each gives its result, or null where it was refused. */
export function stagesFor(watch: Watch) {
  return <T>(stage: string, work: () => T): T | null => {
    const start = process.cpuUsage();
    let refused = false;
    try {
      return work();
    } catch (error) {
      refused = isMarginError(error);
      if (refused) return null;
      throw error;
    } finally {
      const { user, system } = process.cpuUsage(start);
      watch(stage, (user + system) / 1e6, refused);
    }
  };
}

/** The result of some work, or null where it was refused. */
export function orRefused<T>(work: () => Promise<T>): Promise<T | null>;
export function orRefused<T>(work: () => T): T | null;
export function orRefused<T>(work: () => T | Promise<T>): T | null | Promise<T | null> {
  const refused = (error: unknown): null => {
    if (isMarginError(error)) return null;
    throw error;
  };
  try {
    const result = work();
    return result instanceof Promise ? result.catch(refused) : result;
  } catch (error) {
    return refused(error);
  }
}

/** Heads of each kind: plain, with states, with several centres, with an offset, without normalised rows. */
const HEADS = [
  'arcface',
  'softmax',
  'adaface',
  'subcenter-arcface',
  'uniface',
  'l-softmax',
  'curricularface',
];

/** What is done with a model in memory, with as many heads; `turn` chooses them. */
export function exercise(bytes: Uint8Array, turn: number, watch: Watch, heads: number): void {
  const stage = stagesFor(watch);
  const model = stage('read', () => modelFromBytes(bytes));
  if (model === null) return;
  const same = stage('encode', () => encodeModel(model));
  if (same === null || Buffer.compare(same, bytes) !== 0) throw new Finding('unchanged, but other bytes');
  const text = stage('print', () => printGraph(model));
  if (text !== null) expectPrintable(text);
  const opened = stage('open the batch', () => openBatch(model));
  if (opened !== null && 'model' in opened) {
    const { model } = opened;
    stage('read what was opened', () => viewGraph(modelFromBytes(encodeModel(model))));
  }
  const found = stage('inspect', () => inspect(model));
  if (found === null) return;
  const [tail] = found.tails;
  const choice = tail === undefined || tail.node === null ? {} : { tail: tail.node };
  for (let each = 0; each < heads; each++) {
    const head = HEADS[(turn + 3 * each) % HEADS.length] ?? '';
    const made = stage('rewrite', () => rewrite(model, { head, ...choice }));
    if (made !== null) expectWhole(model, made, turn);
  }
  const [embedding] = found.embeddings;
  if (embedding !== undefined)
    stage('rewrite an embedder', () => rewrite(model, { head: 'arcface', embedding, classes: 3 }));
}

/** The same, and what was read is written anew. */
export function exerciseMutant(bytes: Uint8Array, turn: number, watch: Watch): void {
  exercise(bytes, turn, watch, 1);
  const model = orRefused(() => modelFromBytes(bytes));
  if (model !== null) expectStable(model);
}

/** A model of which every message was made anew is written so that to read and write it once more changes nothing. */
function expectStable(model: Model): void {
  const again = (each: Model) => encodeModel(deriveModel(each, rebuild('ModelProto', each.proto)));
  const once = again(model);
  if (Buffer.compare(again(modelFromBytes(once)), once) !== 0)
    throw new Finding('not stable when written anew');
}

function expectWhole(model: Model, made: Rewritten, turn: number): void {
  for (const graph of [made.train, made.infer]) modelFromBytes(encodeModel(graph));
  if (turn % 8 === 0) expectSafePage(pageOf(reportOf(model, { head: 'arcface' }, made, [], null, null)));
}

// Control characters but newline, what does not show, and what turns the direction of writing.
const UNPRINTABLE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]/u;

export function expectPrintable(text: string): void {
  const found = UNPRINTABLE.exec(text);
  if (found !== null) throw new Finding(`lets out U+${found[0].codePointAt(0)?.toString(16)}`);
}

/** A page holds no element that came from a name: `mutations.ts` has names that would be `img` and `svg onload`. */
export function expectSafePage(page: string): void {
  if (/<img|<svg onload|<\/script|javascript:/i.test(page))
    throw new Finding('a page with an element of a name');
  expectPrintable(page);
}

/** A command line that may fail, but not by a fault of ours, and that says nothing that a terminal would obey. */
export async function expectSafeRun(argv: readonly string[]): Promise<number> {
  const said: string[] = [];
  const sink = { write: (text: string) => void said.push(text), colour: false };
  const io: Io = { out: sink, err: sink };
  const code = await main(argv, io);
  const all = said.join('');
  if (code === 70) throw new Finding(`${argv[0]} is a fault: ${all.slice(0, 600)}`);
  expectPrintable(all);
  return code;
}

/** The same of a model as a file. */
export async function exerciseFile(bytes: Uint8Array, folder: string): Promise<void> {
  const path = join(folder, 'mutant.onnx');
  writeFileSync(path, bytes);
  await expectSafeRun(['inspect', path]);
  await expectSafeRun(['inspect', path, '--json']);
  await expectSafeRun(['inspect', path, '--graph']);
  await expectSafeRun([
    ...['rewrite', path, '--head', 'arcface', '--no-validate', '--html', '--force', '-o', folder],
  ]);
}
