import type { Rewritten, Validation } from '../index.ts';
import type { TailFacts } from '../rewrite/inspect.ts';
import type { Sink } from './io.ts';
import { shapeText } from './print-inspection.ts';
import { printValidation } from './print-validation.ts';
import { bytes, type Cell, dim, line, table, yellow } from './text.ts';

/** A file that was written, with its size where that matters. */
export interface Written {
  readonly graph: 'train' | 'infer';
  readonly path: string;
  readonly bytes: number;
}

export interface Summary {
  readonly tail: TailFacts;
  readonly made: Rewritten;
  readonly written: readonly Written[];
  /** Where the report went. */
  readonly report: string;
  /** Where its page went. */
  readonly page: string | null;
  readonly validation: Validation | null;
}

/** What a rewrite did: the tail that went, the files that came, whether the numbers agree, what to know before training. */
export function printRewrite({ tail, made, written, report, page, validation }: Summary, out: Sink): void {
  table(out, [
    [dim('tail'), tailText(tail)],
    ...written.map(({ graph, path, bytes: size }): Cell[] => [
      dim(graph),
      path,
      bytes(size),
      nodesText(graph, made),
      signature(graph, made),
    ]),
    [dim('report'), report],
    ...(page === null ? [] : [[dim('page'), page]]),
  ]);
  if (validation !== null) {
    line(out);
    printValidation(validation, out);
  }
  if (made.warnings.length === 0) return;
  line(out);
  table(
    out,
    made.warnings.map(({ message }) => [yellow('warning'), message]),
    { wrap: true },
  );
}

function tailText({
  form,
  weight,
  classes,
  dim: size,
  layout,
  bias,
  activation,
  embedding,
}: TailFacts): string {
  if (weight === null) return `none: a new head of ${shapeText([classes, size])} on ${embedding}`;
  const dropped = [...(bias === null ? [] : ['bias']), ...(activation === 'none' ? [] : [activation])];
  const shape = shapeText(layout === 'CD' ? [classes, size] : [size, classes]);
  return `${form}: ${weight} ${shape}${dropped.length === 0 ? '' : `, ${dropped.join(' and ')} dropped`}`;
}

function nodesText(graph: Written['graph'], { changes }: Rewritten): string {
  const nodes = (kind: 'added' | 'removed') =>
    changes.filter((each) => each.graph === graph && each.what === 'node' && each.kind === kind).length;
  return `+${nodes('added')} −${nodes('removed')} nodes`;
}

function signature(graph: Written['graph'], made: Rewritten): string {
  const names = (values: readonly { readonly name?: string }[] = []) =>
    values.map(({ name = '' }) => name).join(', ');
  const { input, output, initializer } = made[graph].proto.graph ?? {};
  const stored = new Set(initializer?.map(({ name }) => name));
  return `${names(input?.filter(({ name }) => !stored.has(name)))} → ${names(output)}`;
}
