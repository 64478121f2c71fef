import { operatorOf } from '../graph/view.ts';
import type { Cursor } from './cursor.ts';
import { onScores, type Pass } from './pass.ts';

/** Whether one class is chosen by the largest of the scores, before the sigmoid or behind it. */
function isChosen({ view, node }: Cursor): boolean {
  const read = [...node.input, ...node.output].flatMap(view.consumers);
  return read.some((reader) => operatorOf(reader) === 'ArgMax');
}

/**
 * A sigmoid decides each label alone, as where a picture may have several. Where a single class is chosen besides, classes
 * exclude each other, and only the training was one against the rest: scikit-learn's linear classifiers.
 */
export const sigmoid: Pass = onScores((scores, at) => {
  if (isChosen(at) && scores.activation === 'none') return { ...scores, activation: 'sigmoid' };
  return at.refuse(
    `decides each of ${scores.classes} labels alone; a margin softmax, in which classes compete, is another task`,
  );
});
