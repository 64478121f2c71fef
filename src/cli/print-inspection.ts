import type { InspectedTail, Inspection } from '../rewrite/inspect.ts';
import { shellWord } from '../tail/shell.ts';
import type { Sink } from './io.ts';
import { bold, bytes, type Cell, dim, line, table } from './text.ts';

/** What was found in a model, what a rewrite would do with it, and the command for that. */
export function printInspection(inspection: Inspection, path: string, out: Sink): void {
  const { model, tail, tails, misses, notes } = inspection;
  const facts = [
    bytes(model.bytes),
    `opset ${model.opset}`,
    `IR ${model.irVersion}`,
    model.producer,
    `${model.nodes} nodes`,
    model.batch === null ? '' : `${model.batch} sample${model.batch === 1 ? '' : 's'} at a time`,
  ];
  line(out, bold(path), dim(facts.filter((fact) => fact !== '').join(' · ')));
  line(out);
  if (tail !== null) printTail(tail, out);
  else if (tails.length > 0) printTails(tails, out);
  else printMisses(misses, out);
  for (const note of notes) table(out, [[dim('note'), note]], { wrap: true });
  line(out);
  table(out, [[dim('next'), `onnx-margin rewrite ${shellWord(path)} ${nextOf(inspection)}`]]);
}

function printTail(
  {
    form,
    node,
    embedding,
    embeddingShape,
    weight,
    layout,
    classes,
    dim: size,
    bias,
    activation,
    output,
    labels,
    figures,
    unitEmbedding,
    drawing,
  }: InspectedTail,
  out: Sink,
): void {
  const [shape, rows] = layout === 'CD' ? [[classes, size], 'row'] : [[size, classes], 'column'];
  table(
    out,
    [
      ['tail', form, '', node ?? ''],
      ['embedding', embedding, shapeText(embeddingShape), `${size} numbers a sample`],
      ...(unitEmbedding === null ? [] : [['', '', '', `of length 1 already, by ${unitEmbedding}`]]),
      ['weight', weight ?? 'none', shapeText(shape), `${classes} classes, one a ${rows}`],
      ...(bias === null ? [] : [['bias', bias, shapeText([classes]), 'will be dropped: a cosine has none']]),
      ...(labels.includes(output) || figures.includes(output)
        ? []
        : [['output', output, '', told(activation)]]),
      ...labels.map((label) => ['output', label, '', 'stays: a label, told by the new scores']),
      ...figures.map((figure) => ['output', figure, '', 'will be dropped: it is made of the old scores']),
    ].map(([name = '', ...cells]) => [dim(name), ...cells]),
  );
  printDrawing(drawing, out);
}

const told = (activation: string) =>
  activation === 'none' ? 'class scores' : `${activation} will be dropped`;

/** The tail from the embedding down, lines cut where a terminal would break them. */
function printDrawing(drawing: readonly string[], out: Sink): void {
  line(out);
  for (const each of drawing) line(out, dim(`  ${each.length > 100 ? `${each.slice(0, 99)}…` : each}`));
}

function printTails(tails: readonly InspectedTail[], out: Sink): void {
  line(out, `${tails.length} layers could be replaced; choose one with --tail NODE or --output NAME:`);
  const rows = tails.map(({ form, node, output, classes, dim: size }) => [
    node ?? '',
    output,
    `${classes} classes of ${size} numbers`,
    form,
  ]);
  table(out, [['node', 'output', 'classes', 'form'].map(dim), ...rows], { indent: '  ' });
  for (const { drawing } of tails) printDrawing(drawing, out);
}

function printMisses(misses: Inspection['misses'], out: Sink): void {
  line(out, 'no classifier was found in this model:');
  const rows: Cell[][] = misses.map(({ form, node, reason }) => [form, node ?? '', reason]);
  table(out, [['form', 'stopped at', 'because'].map(dim), ...rows], { indent: '  ', wrap: true });
}

function nextOf({ tail, tails, embeddings: [embedding = 'VALUE'] }: Inspection): string {
  const [first] = tails;
  if (tail !== null) return '--head arcface';
  if (first?.node != null) return `--head arcface --tail ${shellWord(first.node)}`;
  return `--head arcface --embedding ${shellWord(embedding)} --classes C`;
}

/** A shape as ONNX people write it: `[N, 512]`; `?` for what is not known. */
export function shapeText(shape: readonly (number | string | null)[]): string {
  return `[${shape.map((dimension) => dimension ?? '?').join(', ')}]`;
}
