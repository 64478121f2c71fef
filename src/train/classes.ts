import { MarginError } from '../errors.ts';

/** How many classes a message names. */
const MOST_NAMED = 5;

/** Labels as they must be, and where they are from. */
export interface Classes {
  readonly classes: number;
  readonly ignoreIndex: number;
  /** Whether classes may be without samples. */
  readonly allowEmpty: boolean;
  /** For people: the file of the labels. */
  readonly source: string;
}

const RENUMBER =
  'in Python: labels = numpy.unique(labels, return_inverse=True)[1], and --classes with their number';

/**
 * Refuses labels that no head can be trained with: outside the classes, of one class alone, or none for some class.
 * @throws MarginError BAD_DATA
 */
export function checkClasses(labels: ArrayLike<number>, wanted: Classes): void {
  const present = new Set<number>();
  for (let i = 0; i < labels.length; i++) present.add(labels[i] ?? -1);
  present.delete(wanted.ignoreIndex);
  const found = [...present].sort((a, b) => a - b);
  const refusal = tooFew(found, wanted) ?? outside(found, wanted) ?? missing(present, wanted);
  if (refusal !== null) throw refusal;
}

type Words = Readonly<Record<'message' | 'saw' | 'expected', string>> & {
  readonly tryThis: readonly string[];
};

function refused({ source }: Classes, { message, ...words }: Words): MarginError {
  return new MarginError({ code: 'BAD_DATA', message: `${source}: ${message}`, ...words });
}

function tooFew(found: readonly number[], wanted: Classes): MarginError | null {
  if (found.length > 1) return null;
  return refused(wanted, {
    message: 'labels of one class leave nothing to tell apart.',
    saw: found.length === 0 ? 'no label that counts' : `every label is ${found[0]}`,
    expected: 'samples of two classes or more',
    tryThis: ['data of more classes'],
  });
}

function outside(found: readonly number[], wanted: Classes): MarginError | null {
  const { classes, ignoreIndex } = wanted;
  const [least, most] = [found[0] ?? 0, found.at(-1) ?? 0];
  if (least >= 0 && most < classes) return null;
  const hasGaps = least !== 0 || most !== found.length - 1;
  return refused(wanted, {
    message: 'there is a label that is none of the classes.',
    saw: `labels from ${least} to ${most}, ${found.length} different ones`,
    expected: `0 to ${classes - 1}, or ${ignoreIndex} for what does not count`,
    tryThis: hasGaps
      ? [RENUMBER, `--ignore-index ${least < 0 ? least : most}, if that is what it means`]
      : [`--classes ${found.length} for a new head`],
  });
}

function missing(present: ReadonlySet<number>, wanted: Classes): MarginError | null {
  const { classes, allowEmpty } = wanted;
  const none = Array.from({ length: classes }, (_, j) => j).filter((j) => !present.has(j));
  if (none.length === 0 || allowEmpty) return null;
  const more = none.length > MOST_NAMED ? ` and ${none.length - MOST_NAMED} more` : '';
  return refused(wanted, {
    message: none.length === 1 ? 'a class has no sample.' : `${none.length} classes have no sample.`,
    saw: `none of class ${none.slice(0, MOST_NAMED).join(', ')}${more}`,
    expected: `samples of each of the ${classes} classes`,
    tryThis: [RENUMBER, '--allow-empty-classes, if their rows are only to be pushed away by the others'],
  });
}
