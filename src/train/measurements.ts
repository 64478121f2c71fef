import type { Tensors } from '../rewrite/trained.ts';
import type { Benches } from './benches.ts';
import { type Bench, CLOSE, glanceAt, measure, verifyPairs } from './measure.ts';
import type { Regime } from './options.ts';
import type { Split } from './split.ts';
import type { Training } from './training.ts';

/** What training did to the samples that were held back, from the tensors it began with to the last. */
export async function measurements(
  benches: Benches,
  { training, heldBack }: Split,
  first: Tensors,
  last: Tensors,
): Promise<Pick<Training, 'measuredOn' | 'originalTop1' | 'before' | 'after'>> {
  const held = heldBack.length > 0;
  const places = held ? heldBack : training;
  const bench = benches.original(places);
  const pairs = verifyPairs(bench);
  const pairsAfter = (after: Bench) => (after.data === bench.data ? pairs : verifyPairs(after));
  return {
    measuredOn: held ? 'held-back' : 'training',
    originalTop1: originalTop1(bench),
    before: { ...measure(bench, first), pairs },
    after: await benches.with(last, places, (after) => ({
      ...measure(after, last),
      pairs: pairsAfter(after),
    })),
  };
}

/** By the scores of the layer that was there, W·x + b. */
function originalTop1({ plan, ...bench }: Bench): number | null {
  const { tail, needs } = plan;
  if (tail.logits === null) return null;
  const bias = tail.bias?.rows();
  const scores = { ...plan, head: { ...plan.head, keepsBias: true }, needs: { ...needs, centres: 1 } };
  return glanceAt({ ...bench, plan: scores }, { weight: tail.weight.rows(), ...(bias && { bias }) }, CLOSE)
    .top1;
}

/** What is to be known of the figures. */
export function notesOn({ training, heldBack }: Split, { validation, batch }: Regime): string[] {
  return [
    ...(heldBack.length === 0
      ? [
          validation === 0
            ? 'nothing was held back: the figures are of the samples that were trained with'
            : 'too few samples to hold any back: the figures are of the samples that were trained with',
        ]
      : []),
    ...(training.length < batch ? [`${training.length} samples make one batch, smaller than ${batch}`] : []),
  ];
}
