import type { Training } from '../index.ts';
import type { Sink } from './io.ts';
import { deviceText } from './print-validation.ts';
import { type Cell, dim, line, table } from './text.ts';
import { figures, sayWhere, trainedText } from './training-figures.ts';

/** What training did to the figures. */
export function printTraining(training: Training, out: Sink): void {
  const { proof, notes, layers } = training;
  line(out);
  table(out, [
    ['', 'before', 'after'].map(dim),
    ...figures(training).map(({ what, before, after }): Cell[] => [dim(what), before, after]),
  ]);
  line(out);
  const facts: [string, string][] = [
    ['trained', trainedText(training)],
    ...(layers.length === 0 ? [] : [['layers', layers.join(', ')] satisfies [string, string]]),
    ['on', deviceText({ provider: proof.provider, proof })],
    ['figures', sayWhere(training)],
    ...notes.map((note): [string, string] => ['note', note]),
  ];
  table(
    out,
    facts.map(([name, text]) => [dim(name), text]),
    { wrap: true },
  );
}
