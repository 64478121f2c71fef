import type { Tensors } from '../rewrite/trained.ts';
import { batchOf, type Course } from './course.ts';
import type { Epoch } from './epoch.ts';
import { glanceAt } from './measure.ts';
import type { Stepper } from './stepper.ts';

/** What was held back, as things are after a step; null where nothing was. */
export async function heldBackOf(
  course: Course,
  stepper: Stepper,
  state: Tensors,
  step: number,
): Promise<Epoch['heldBack']> {
  const { split, regime, benches, plan } = course;
  const { heldBack: places } = split;
  if (places.length === 0) return null;
  let [sum, count] = [0, 0];
  for (let from = 0; from < places.length; from += regime.batch) {
    // The same classes after every epoch: losses are to be compared.
    const batch = batchOf(course, places.subarray(from, from + regime.batch), step, -1 - from);
    const labels = Array.from(batch['labels']?.data ?? [], Number);
    const counted = labels.filter((label) => label !== plan.ignoreIndex).length;
    sum += counted * (await stepper.lossOf(batch));
    count += counted;
  }
  const glance = await benches.with(state, places, (bench) => glanceAt(bench, state));
  return { loss: sum / count, top1: glance.top1, targetAngle: glance.targetAngle };
}
