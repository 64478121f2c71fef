import type { Difference, FixtureCheck, Recorded } from '../index.ts';
import type { Outcome } from './fixture-check.ts';
import type { Sink } from './io.ts';
import { deviceText, printChecks, printValidation } from './print-validation.ts';
import { bold, type Cell, dim, green, line, red, table, yellow } from './text.ts';

/** What was recorded, and that its numbers were confirmed first. */
export function printRecorded({ folder, recipe, validation, warnings, notes }: Recorded, out: Sink): void {
  table(out, [
    [dim('fixture'), folder],
    ...(['train', 'infer'] as const).flatMap((kind): Cell[][] => {
      const graph = recipe.graphs[kind];
      if (graph === undefined) return [];
      const names = graph.outputs.map(({ name }) => name).join(', ');
      return [[dim(kind), `${setsText(graph.sets)}: ${graph.inputs.join(', ')} → ${names}`]];
    }),
  ]);
  line(out);
  printValidation(validation, out);
  const rows: Cell[][] = [
    ...notes.map((note): Cell[] => [dim('note'), note]),
    ...warnings.map(({ message }): Cell[] => [yellow('warning'), message]),
    [dim('next'), `onnx-margin fixture check ${folder}`],
  ];
  line(out);
  table(out, rows, { wrap: true });
}

const setsText = (count: number) => (count === 1 ? 'one set' : `${count} sets`);

/** How a fixture fares: each output against its recording, and each thing that has moved. */
export function printCheck(check: FixtureCheck, out: Sink): void {
  const { folder, head, ok, checks, differences, remade, notes } = check;
  line(out, bold(folder), dim(head));
  if (checks.length > 0) printChecks(checks, out);
  line(out);
  for (const each of differences) printDifference(each, out);
  const facts: [string, string][] = [
    ['on', deviceText(check)],
    ...notes.map((note): [string, string] => ['note', note]),
  ];
  table(
    out,
    facts.map(([name, text]) => [dim(name), text]),
    { wrap: true },
  );
  if (ok) {
    const bytes = remade ? 'the source rewritten again gives the same bytes' : 'the files are the same bytes';
    table(out, [[green('✓'), `nothing has moved: numbers, names, types and shapes, and ${bytes}`]]);
  }
  line(out);
}

function printDifference({ what, message, diff }: Difference, out: Sink): void {
  table(out, [[red('✗'), bold(what), message]], { wrap: true });
  for (const text of diff?.split('\n') ?? []) table(out, [[coloured(text)]], { indent: '    ' });
}

function coloured(text: string): Cell {
  if (text.startsWith('-')) return red(text);
  if (text.startsWith('+')) return green(text);
  return dim(text);
}

/** How several fixtures fare. */
export function printSummary(outcomes: readonly Outcome[], out: Sink): void {
  const rows = outcomes.map((outcome): Cell[] => {
    if ('error' in outcome) return [red('✗'), outcome.folder, outcome.error.code];
    const { ok, folder, differences } = outcome;
    return ok
      ? [green('✓'), folder, 'as recorded']
      : [red('✗'), folder, [...new Set(differences.map(({ what }) => what))].join(', ')];
  });
  table(out, rows);
}
