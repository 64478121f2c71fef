import { readFileSync } from 'node:fs';
import { readModel } from '#model/read.js';
import { rewrite } from '#rewrite/rewrite.js';
import { type Validation, validate } from '#validate/validate.js';
import { shared } from './shared.ts';

/** Where real classifiers by many exporters lie; null where they do not. */
export const CLASSIFIERS = shared('models/classifiers/');

/** Models that the manifest leaves open, and which are rewritten. */
const OPEN: ReadonlySet<string> = new Set(['mlperf-kws-int8', 'digits-mlp-functions']);

/** The names of those in the manifest that are to be rewritten. */
export function classifiers(): string[] {
  if (CLASSIFIERS === null) return [];
  const [head = '', ...rows] = readFileSync(`${CLASSIFIERS}MANIFEST.tsv`, 'utf8').trim().split('\n');
  const column = head.split('\t').indexOf('verdict');
  return rows
    .map((row) => row.split('\t'))
    .flatMap((cells) => (cells[column] === 'rewrite' || OPEN.has(cells[0] ?? '') ? [cells[0] ?? ''] : []));
}

/** The names of the checks that one of them fails, rewritten with a head. */
export async function failedChecks(
  name: string,
  head: string,
  provider: 'cpu' | 'webgpu',
): Promise<readonly string[]> {
  const model = await readModel(`${CLASSIFIERS}${name}.onnx`);
  const labelType = provider === 'webgpu' ? 'int32' : 'int64';
  const { checks }: Validation = await validate(model, rewrite(model, { head, labelType }), {
    provider,
    samples: 4,
  });
  return checks.filter(({ ok }) => !ok).map((check) => check.name);
}
