import type { WrittenGraph } from '../batch/write-rewritten.ts';
import { VOCABULARIES } from '../expr/vocabulary.ts';
import type { Model, Rewritten, Validation, Warning } from '../index.ts';
import type { WeightsFile } from '../model/write.ts';
import type { TailFacts } from '../rewrite/inspect.ts';
import type { GraphKind } from '../validate/recipe.ts';
import type { Sink } from './io.ts';
import { shapeText } from './print-inspection.ts';
import { printValidation } from './print-validation.ts';
import { bytes, type Cell, dim, line, table, yellow } from './text.ts';

export interface Summary {
  readonly tail: TailFacts;
  readonly made: Rewritten;
  readonly written: readonly WrittenGraph[];
  /** Files of weights beside the graphs. */
  readonly weights: readonly WeightsFile[];
  /** Where the report went. */
  readonly report: string;
  /** Where its page went. */
  readonly page: string | null;
  readonly warnings: readonly Warning[];
  readonly validation: Validation | null;
}

/** What a rewrite did: the tail that went, the files that came, whether the numbers agree, what to know before training. */
export function printRewrite(summary: Summary, out: Sink): void {
  const { tail, made, written, weights, report, page, warnings, validation } = summary;
  table(out, [
    [dim('tail'), tailText(tail)],
    ...written.map(({ graph, path, model, bytes: size }): Cell[] => [
      dim(graph),
      path,
      bytes(size),
      nodesText(graph, model, made),
      graph === 'step' ? stepSignature(model) : signature(model),
    ]),
    ...weights.map(({ path, bytes: size, how, models }): Cell[] => [
      dim('weights'),
      path,
      bytes(size),
      HOW[how],
      models.length > 1 ? 'shared' : '',
    ]),
    ...trainerRows(made),
    [dim('report'), report],
    ...(page === null ? [] : [[dim('page'), page]]),
  ]);
  if (validation !== null) {
    line(out);
    printValidation(validation, out);
  }
  if (warnings.length === 0) return;
  line(out);
  table(
    out,
    warnings.map(({ message }) => [yellow('warning'), message]),
    { wrap: true },
  );
}

const HOW: Readonly<Record<WeightsFile['how'], string>> = {
  written: 'written',
  linked: 'a second name of the model’s own',
  copied: 'copied',
  there: 'where they were',
};

/** Who is to train, and what: said where that was asked for. */
function trainerRows({ target, trained }: Rewritten): Cell[][] {
  if (target === 'onnxruntime') return [];
  return [[dim('for'), `${VOCABULARIES[target].reader}, which trains ${trained.join(', ')}`]];
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

function nodesText(graph: GraphKind, { proto }: Model, { changes }: Rewritten): string {
  if (graph === 'step') return `${proto.graph?.node.length} nodes`;
  const nodes = (kind: 'added' | 'removed') =>
    changes.filter((each) => each.graph === graph && each.what === 'node' && each.kind === kind).length;
  return `+${nodes('added')} −${nodes('removed')} nodes`;
}

function signature({ proto }: Model): string {
  const names = (values: readonly { readonly name?: string }[] = []) =>
    values.map(({ name = '' }) => name).join(', ');
  const { input, output, initializer } = proto.graph ?? {};
  const stored = new Set(initializer?.map(({ name }) => name));
  return `${names(input?.filter(({ name }) => !stored.has(name)))} → ${names(output)}`;
}

/** A step has many inputs and outputs; what it is fed and the first that it gives tell it from another. */
function stepSignature({ proto }: Model): string {
  const { input = [], output = [], initializer = [] } = proto.graph ?? {};
  const next = output.flatMap(({ name = '' }) => (name.endsWith('_next') ? [name] : []));
  const given = new Set([...initializer.map(({ name }) => name), 'labels', 'lr', 'step', 'rows']);
  // Below IR 4 initializers are inputs as well, and what is carried comes out again.
  const fed = input.find(({ name = '' }) => !given.has(name) && !next.includes(`${name}_next`));
  const learned = next.find((name) => name === 'weight_next') ?? next[0];
  return `${fed?.name}, labels, … → loss, ${learned}, …`;
}
