import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HOSTILE_MODELS } from './hostile-models.ts';
import type { Figures, Finding, StageFigures, Told } from './told.ts';

/*
 * `npm run fuzz`: hostile inputs by the ten thousand, in processes that are watched. An input that kills its process or
 * makes it stand still is a finding like one that ends in a fault; one that seems slow or large is looked at again in a
 * process of its own, for garbage of others may have been collected at its cost. Ends with 1 where anything was found.
 * `npm run fuzz -- models 5000 20000` for one kind, so many inputs of it from that one on.
 */

const COUNTS: Readonly<Record<string, number>> = {
  hostile: HOSTILE_MODELS.length,
  models: 50_000,
  files: 1000,
  external: 5000,
  arrays: 5000,
  configs: 2000,
  recipes: 2000,
  metadata: 3000,
};

const CHILD = fileURLToPath(new URL('./child.js', import.meta.url));
const PROCESSES = Number(process.env['FUZZ_PROCESSES'] ?? 2);
/** Wall seconds at one input after which a process is held to stand still: the machine may be busy with others. */
const PATIENCE = 60;
/** Megabytes that a process may have, as V8 counts its objects. */
const HEAP = 2048;

interface Outcome {
  readonly findings: readonly Finding[];
  readonly figures: readonly Figures[];
}

/** Runs a process over its inputs, and another over those behind one that killed it. */
async function runShare(kind: string, from: number, to: number, step: number): Promise<Outcome> {
  const findings: Finding[] = [];
  const figures: Figures[] = [];
  for (let next = from; next < to; ) {
    const { told, at, end } = await runChild(kind, next, to, step);
    for (const each of told) {
      if ('what' in each) findings.push(each);
      else figures.push(each);
    }
    if (end === null) break;
    findings.push({ index: at ?? next, ...end });
    next = (at ?? next) + step;
  }
  return { findings, figures };
}

interface ChildEnd {
  readonly told: readonly Told[];
  /** The input that it was at. */
  readonly at: number | null;
  /** How it ended before it was done; null where it was done. */
  readonly end: Pick<Finding, 'what' | 'detail'> | null;
}

async function runChild(kind: string, from: number, to: number, step: number): Promise<ChildEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-watch-'));
  const file = join(folder, 'progress');
  const fd = openSync(file, 'w');
  const words = [`--max-old-space-size=${HEAP}`, CHILD, kind, from, to, step].map(String);
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe', fd] });
  closeSync(fd);
  const progress = () => readFileSync(file, 'utf8').trim();
  const hung = watched(child, progress);
  const [out, err] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended(child)]);
  const at = progress();
  rmSync(folder, { recursive: true });
  const told = out.split('\n').flatMap((line): Told[] => (line.endsWith('}') ? [JSON.parse(line)] : []));
  if (at === 'done') return { told, at: null, end: null };
  const end = hung()
    ? { what: 'hung' as const, detail: `no end after ${PATIENCE} s` }
    : { what: 'died' as const, detail: err.slice(-500) };
  return { told, at: at === '' ? null : Number(at), end };
}

/** Ends a process that stands still; the answer says whether it did. */
function watched(child: ChildProcess, progress: () => string): () => boolean {
  let [last, since, hung] = ['', performance.now(), false];
  const timer = setInterval(() => {
    const now = progress();
    if (now !== last) [last, since] = [now, performance.now()];
    else if (performance.now() - since > PATIENCE * 1000) {
      hung = true;
      child.kill('SIGKILL');
    }
  }, 500);
  child.on('exit', () => clearInterval(timer));
  return () => hung;
}

const ended = (child: ChildProcess) => new Promise<void>((resolve) => child.on('close', () => resolve()));

async function textOf(stream: AsyncIterable<unknown> | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

/** A finding of time or memory that shows in a process of its own too; others stay as they are. */
async function confirmed(kind: string, finding: Finding): Promise<readonly Finding[]> {
  if (finding.what !== 'slow' && finding.what !== 'large') return [finding];
  const { findings } = await runShare(kind, finding.index, finding.index + 1, 1);
  return findings;
}

async function runKind(kind: string, first: number, count: number): Promise<readonly Finding[]> {
  const start = performance.now();
  const shares = await Promise.all(
    Array.from({ length: PROCESSES }, (_, i) => runShare(kind, first + i, first + count, PROCESSES)),
  );
  const suspects = new Map(shares.flatMap(({ findings }) => findings.map((each) => [`${each.index}`, each])));
  const findings: Finding[] = [];
  for (const suspect of suspects.values()) findings.push(...(await confirmed(kind, suspect)));
  const figures = shares.flatMap((share) => share.figures);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const rise = Math.max(0, ...figures.map(({ megabytes }) => megabytes)).toFixed(0);
  say(
    `${kind}: ${count} inputs in ${seconds} s, ${findings.length} findings; ${suspects.size} looked at alone; peak memory rose by ${rise} MB`,
  );
  for (const [stage, { results, refusals, worst }] of Object.entries(summed(figures)))
    say(`  ${stage}: ${results} results, ${refusals} refusals, at most ${worst.toFixed(2)} s of CPU`);
  for (const { index, what, detail } of findings) say(`  ✗ ${kind} ${index} ${what}: ${detail}`);
  return findings;
}

function summed(figures: readonly Figures[]): Record<string, StageFigures> {
  const all: Record<string, StageFigures> = {};
  for (const [stage, each] of figures.flatMap(({ stages }) => Object.entries(stages))) {
    const { results, refusals, worst } = all[stage] ?? { results: 0, refusals: 0, worst: 0 };
    all[stage] = {
      results: results + each.results,
      refusals: refusals + each.refusals,
      worst: Math.max(worst, each.worst),
    };
  }
  return all;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const [only, many, first = '0'] = process.argv.slice(2);
const kinds = Object.entries(COUNTS).filter(([kind]) => only === undefined || kind === only);
let found = 0;
for (const [kind, count] of kinds)
  found += (await runKind(kind, Number(first), Number(many ?? count))).length;
process.exitCode = found === 0 ? 0 : 1;
