import { batchStaysFixed } from '../rewrite/opened.ts';
import type { Plan } from '../rewrite/plan.ts';
import { judgeOpened, runOpened } from '../validate/opened-batch.ts';
import type { OpenData } from './open-data.ts';
import type { Place } from './place.ts';

/** Samples that are looked at. */
const SOME = 8;

/** Looks at a batch that was opened before anything is trained on it. @throws MarginError UNSUPPORTED_MODEL */
export async function refuseWrongBatch(
  plan: Plan,
  { inputs }: OpenData,
  { runtime, scratch }: Place,
): Promise<void> {
  if (plan.fixed === null) return;
  const batches = [inputs.read(0, Math.min(inputs.count, SOME))];
  const original = await runOpened(runtime, scratch, plan, batches);
  const [check] = await judgeOpened(runtime, scratch, { kind: 'train', plan }, { batches, original });
  if (check === undefined || check.ok) return;
  throw batchStaysFixed(
    `embeddings of ${SOME} samples at once that are off by ${check.worst?.abs.toPrecision(2)} from those of ${plan.fixed.size} at a time`,
  );
}
