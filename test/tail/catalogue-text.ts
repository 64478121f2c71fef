import { rewrite } from '#rewrite/rewrite.js';
import { writtenModel } from '../helpers/written-model.ts';
import type { Entry } from './catalogue.ts';

const INTRODUCTION = `# Forms of tails

What exporters write behind an embedding, and what becomes of it. Each row is a small model of \`test/tail/catalogue.ts\`:
those that are rewritten are rewritten, run on ONNX Runtime and compared number by number in \`test/tail/catalogue.test.ts\`, and
what is said of those that are refused is compared word by word. The tables are made of the same rows, so they cannot say
anything else: after a change, \`npx vitest run test/tail/catalogue.test.ts -u\`.

The *form* is what \`inspect\` and the report call it: the operator of the layer, with \`-add\` where the bias is added behind it.
A label (ArgMax, the places of TopK, a name found by one) stays in the inference graph, told by the scores of the new head. Scores and
figures made of them (probabilities, a confidence, ZipMap) go, for the new graphs give their own.

Opsets from 7 on and every IR version are taken as they are; below opset 7 the refusal says how to convert.
`;

/** Warnings that speak of the tail; others are about numbers and parameters. */
const REMARKS: Readonly<Record<string, string>> = {
  QUANTISED: 'scores are no longer quantised',
  UNIT_EMBEDDING: 'says that the embedding has length 1 already',
  ZERO_ROWS: 'says which rows are zero',
};

function remarksOf({ text }: Entry): string[] {
  const { tail, warnings } = rewrite(writtenModel(text.join('\n')), { head: 'arcface' });
  const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
  return [
    ...(tail.labels.length > 0 ? [`label ${quoted(tail.labels)} stays`] : []),
    ...(tail.figures.length > 0 ? [`${quoted(tail.figures)} goes`] : []),
    ...warnings.flatMap(({ code, message }) => {
      if (code === 'PLAIN_TAIL') return [message.replace(/^.*?: /, '')];
      return REMARKS[code] ?? [];
    }),
  ];
}

function fateText(entry: Entry): string {
  const { fate } = entry;
  if ('form' in fate) return [`rewritten as \`${fate.form}\``, ...remarksOf(entry)].join('; ');
  return `${fate.code === 'TAIL_AMBIGUOUS' ? 'asked' : 'refused'}: ${fate.saw}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|');

function rowsOf(entries: readonly Entry[]): string[] {
  return entries.map((each) => `| ${[each.written, each.by, fateText(each)].map(cell).join(' | ')} |`);
}

/** The catalogue for people, a table for each family. */
export function catalogueText(catalogue: readonly Entry[]): string {
  const families = [...new Set(catalogue.map(({ family }) => family))];
  const sections = families.map((name) =>
    [
      `## ${name}`,
      '',
      '| written as | by | what happens |',
      '| --- | --- | --- |',
      ...rowsOf(catalogue.filter(({ family }) => family === name)),
      '',
    ].join('\n'),
  );
  return [INTRODUCTION, ...sections].join('\n');
}
