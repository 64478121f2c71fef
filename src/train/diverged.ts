import { MarginError } from '../errors.ts';
import type { Tensors } from '../rewrite/trained.ts';

/** Beyond this the squares of a class row are more than float32 holds: its cosines would be 0, and the loss finite. */
const MOST = 1e18;

/** A head that divides by the length of its rows may run away without a loss that tells. @throws MarginError DIVERGED */
export function refuseRunaway(state: Tensors, step: number, lr: number): void {
  for (const [name, data] of Object.entries(state)) {
    const odd = data.find((x) => !(Math.abs(x) < MOST));
    if (odd !== undefined) throw diverged(`${odd.toPrecision(3)} in ${name}`, step, lr);
  }
}

/** The refusal to go on. */
export function diverged(what: string, step: number, lr: number): MarginError {
  return new MarginError({
    code: 'DIVERGED',
    message: 'Training diverged.',
    saw: `${what} at step ${step}, at a learning rate of ${Number(lr.toPrecision(3))}`,
    expected: 'a finite loss, and class rows that can be squared',
    tryThis: [`--lr ${Number((lr / 10).toPrecision(1))}`, '--clip-norm 5', '--lr-warmup 5'],
  });
}
