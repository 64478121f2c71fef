import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KINDS } from './kinds.ts';
import type { Told } from './told.ts';

/*
 * A process that works off inputs of one kind, `child.js KIND FROM TO STEP`. The number of the input that it is at stands
 * in the file of descriptor 3 before it begins, so that whoever watches knows what it died of. What it has to tell goes
 * to stdout, a line of JSON each.
 */

const [kind = '', from = '0', to = '0', step = '1'] = process.argv.slice(2);
const PROGRESS = 3;

/** CPU seconds of a stage, and megabytes of an input, above which there is a finding, to be looked at alone. */
const MOST_SECONDS = 1;
const MOST_MEGABYTES = 150;

const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const tell = (told: Told) => writeSync(1, `${JSON.stringify(told)}\n`);
const peak = () => process.resourceUsage().maxRSS / 1024;

const work = await KINDS[kind]?.(folder);
if (work === undefined) throw new Error(`there is no kind ${kind}`);

const stages: Record<string, { results: number; refusals: number; worst: number }> = {};
const before = peak();
for (let index = Number(from); index < Number(to); index += Number(step)) {
  writeSync(PROGRESS, String(index).padStart(10), 0);
  const memory = peak();
  try {
    await work(index, (stage, seconds, refused) => {
      stages[stage] ??= { results: 0, refusals: 0, worst: 0 };
      stages[stage][refused ? 'refusals' : 'results']++;
      stages[stage].worst = Math.max(stages[stage].worst, seconds);
      if (seconds > MOST_SECONDS) tell({ index, what: 'slow', detail: `${stage}: ${seconds.toFixed(2)} s` });
    });
  } catch (error) {
    tell({ index, what: 'fault', detail: error instanceof Error ? (error.stack ?? '') : String(error) });
  }
  const grown = peak() - memory;
  if (grown > MOST_MEGABYTES) tell({ index, what: 'large', detail: `${grown.toFixed(0)} MB` });
}
tell({ stages, megabytes: peak() - before });
writeSync(PROGRESS, 'done'.padStart(10), 0);
