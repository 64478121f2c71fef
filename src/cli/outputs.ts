import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type GraphPaths, graphPaths, pathFor, type Wanted } from '../batch/paths.ts';
import { MarginError } from '../errors.ts';
import { recover } from '../model/journal.ts';

/** The files that a rewrite is to write; null for one that was not asked for. */
export interface Outputs extends GraphPaths {
  readonly report: string;
  /** The report as a page. */
  readonly html: string | null;
}

/** The graphs of a model, `<name>.report.json` and its page; the name is that of the model's file. */
export function outputsOf(
  model: string,
  { step = false, html = false, ...wanted }: Wanted & { step?: boolean; html?: boolean },
): Outputs {
  const graphs = graphPaths(model, wanted, step);
  return { ...graphs, ...reportPaths(model, graphs.folder, html) };
}

/** Where the report goes that lies beside the graphs of a model. */
export function reportPaths(model: string, folder: string, html: boolean): Pick<Outputs, 'report' | 'html'> {
  const report = pathFor(model, folder, 'report.json');
  return { report, html: html ? pathFor(model, folder, 'report.html') : null };
}

/** Refuses before any work is done. @throws MarginError OUTPUT_EXISTS */
export function refuseToOverwrite(paths: readonly (string | null)[]): void {
  const given = paths.filter((path) => path !== null);
  // What a process that was killed did not get done is nobody's.
  for (const folder of new Set(given.map((path) => dirname(path)))) if (existsSync(folder)) recover(folder);
  const exist = given.filter((path) => existsSync(path));
  const [first] = exist;
  if (first === undefined) return;
  throw new MarginError({
    code: 'OUTPUT_EXISTS',
    message: `${first} exists already; nothing was written.`,
    saw: exist.join(', '),
    expected: 'no file of that name',
    tryThis: ['--force to overwrite', '-o DIR to write elsewhere'],
  });
}

/** The folder of a training's checkpoints, beside what it will write. */
export function checkpointsOf(model: string, { out: folder = '.' }: { out?: string }): string {
  return pathFor(model, folder, 'training');
}
