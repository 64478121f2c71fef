import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { MarginError } from '../errors.ts';

export { makeFolder } from '../model/folders.ts';

/** The files that a rewrite is to write; null for one that was not asked for. */
export interface Outputs {
  readonly folder: string;
  readonly train: string | null;
  readonly infer: string | null;
  readonly step: string | null;
  readonly report: string;
  /** The report as a page. */
  readonly html: string | null;
}

/**
 * `<name>.train.onnx`, `<name>.infer.onnx`, `<name>.step.onnx`, `<name>.report.json` and its page; the name is that of the
 * model's file.
 */
export function outputsOf(
  model: string,
  {
    out: folder = '.',
    only,
    step,
    html,
  }: { out?: string; only?: 'train' | 'infer'; step?: boolean; html?: boolean },
): Outputs {
  const name = basename(model).replace(/\.onnx$/i, '');
  const path = (ending: string) => join(folder, `${name}.${ending}`);
  return {
    folder,
    train: only === 'infer' ? null : path('train.onnx'),
    infer: only === 'train' ? null : path('infer.onnx'),
    step: step === true ? path('step.onnx') : null,
    report: path('report.json'),
    html: html === true ? path('report.html') : null,
  };
}

/** Refuses before any work is done. @throws MarginError OUTPUT_EXISTS */
export function refuseToOverwrite(paths: readonly (string | null)[]): void {
  const exist = paths.filter((path) => path !== null).filter((path) => existsSync(path));
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
