import { batchStaysFixed } from '../rewrite/opened.ts';
import type { Plan } from '../rewrite/plan.ts';
import { judgeOpened, runOpened } from '../validate/opened-batch.ts';
import type { OpenData } from './open-data.ts';
import type { Place } from './place.ts';

/** Samples that are looked at; more where the model takes as many at once anyway. */
const SOME = 8;

/** Looks at a batch that was opened before anything is trained on it. @throws MarginError UNSUPPORTED_MODEL */
export async function refuseWrongBatch(
  plan: Plan,
  { inputs }: OpenData,
  { runtime, scratch }: Place,
): Promise<void> {
  if (plan.fixed === null) return;
  const count = Math.min(inputs.count, Math.max(SOME, 2 * plan.fixed.size));
  const batches = [inputs.read(0, count)];
  const original = await runOpened(runtime, scratch, plan, batches);
  const [check] = await judgeOpened(runtime, scratch, { kind: 'train', plan }, { batches, original });
  if (check === undefined || check.ok) return;
  throw batchStaysFixed(
    `embeddings of ${count} samples at once that are off by ${check.worst?.abs.toPrecision(2)} from those of ${plan.fixed.size} at a time`,
  );
}
