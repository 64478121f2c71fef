import type { Outcome } from '../batch/write-rewritten.ts';
import type { Training } from '../index.ts';
import type { Output } from '../model/write.ts';
import { jsonText } from './io.ts';
import type { Given } from './option.ts';
import type { Outputs } from './outputs.ts';
import { reportOf } from './report.ts';

/** The report of a rewrite, or of a training, as JSON and where asked for as a page; `options` are those that were given. */
export async function reportFiles(
  { report: path, html }: Pick<Outputs, 'report' | 'html'>,
  options: Given,
  { model, made, warnings, weights, validation }: Outcome,
  training: Training | null = null,
): Promise<readonly Output[]> {
  const report = reportOf(model, options, { ...made, warnings }, weights, validation, training);
  const json = { path, text: jsonText(report) };
  if (html === null) return [json];
  const { pageOf } = await import('./page/page.ts');
  return [json, { path: html, text: pageOf(report) }];
}
