import type { Tensors } from '../rewrite/trained.ts';
import type { Checkpoint } from './checkpoint.ts';
import { batchOf, type Course, orderOf, rateOf, stepsPerEpoch } from './course.ts';
import { diverged, refuseRunaway } from './diverged.ts';
import type { Epoch } from './epoch.ts';
import { heldBackOf } from './held-back.ts';
import type { Progress } from './progress.ts';
import { type Stages, stagesOf } from './stages.ts';
import type { Stepper } from './stepper.ts';

/** What is done while training runs. */
export interface Watch {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (progress: Progress) => void;
  /** Whether the end of an epoch is a moment for a checkpoint. */
  readonly isDue: () => boolean;
  readonly save: (make: () => Promise<Checkpoint>) => Promise<void>;
}

export interface Outcome {
  /** What is carried, at the end or at the end of the best epoch. */
  readonly state: Tensors;
  readonly history: readonly Epoch[];
  readonly steps: number;
  /** The epoch that the state is of. */
  readonly epoch: number;
  /** It ended before its last epoch. */
  readonly early: boolean;
  /** The signal stopped it. A checkpoint is given to `save` either way. */
  readonly stopped: boolean;
  readonly proof: Stepper['proof'];
}

/** Where a training is. */
interface Run {
  readonly course: Course;
  readonly stages: Stages;
  readonly perEpoch: number;
  /** All that there are to take. */
  readonly steps: number;
  /** Steps taken. */
  step: number;
  /** Losses of the epoch that is not over yet. */
  losses: { sum: number; count: number };
  readonly history: Epoch[];
  best: Checkpoint['best'];
  bestState: Tensors | null;
  /** In which samples are seen in this epoch. */
  order: Uint32Array;
}

/** Runs a training from its start or from a checkpoint. The same course gives the same state, bit for bit, on the CPU. */
export async function runCourse(course: Course, from: Tensors | Checkpoint, watch: Watch): Promise<Outcome> {
  const run = begun(course, from);
  await (await run.stages.stepperAt(run.step)).load(isCheckpoint(from) ? from.state : from);
  const progress = progressOf(run);
  while (run.step < run.steps && !isOver(run)) {
    if (watch.signal?.aborted) {
      await watch.save(() => checkpointOf(run));
      return outcomeOf(run, true);
    }
    await takeStep(run);
    watch.onProgress(progress());
    if (run.step % run.perEpoch !== 0) continue;
    await endEpoch(run);
    if (watch.isDue()) await watch.save(() => checkpointOf(run));
  }
  // What comes after may fail: nothing shall have to be trained again.
  await watch.save(() => checkpointOf(run));
  return outcomeOf(run, false);
}

const isCheckpoint = (from: Tensors | Checkpoint): from is Checkpoint => 'history' in from;

function begun(course: Course, from: Tensors | Checkpoint): Run {
  const perEpoch = stepsPerEpoch(course);
  const fixed = { course, stages: stagesOf(course), perEpoch, steps: perEpoch * course.regime.epochs };
  if (!isCheckpoint(from)) {
    const nothing = { losses: { sum: 0, count: 0 }, history: [], best: null, bestState: null };
    return { ...fixed, ...nothing, step: 0, order: orderOf(course, 0) };
  }
  const { step, losses, history, best, bestState } = from;
  const order = orderOf(course, Math.floor(step / perEpoch));
  return { ...fixed, step, losses: { ...losses }, history: [...history], best, bestState, order };
}

async function checkpointOf(run: Run): Promise<Checkpoint> {
  const { step, losses, history, best, bestState } = run;
  const stepper = await run.stages.stepperAt(Math.max(0, step - 1));
  const { shapes } = stepper;
  return {
    step,
    losses: { ...losses },
    history: [...history],
    best,
    bestState,
    state: await stepper.state(),
    shapes,
  };
}

async function outcomeOf(run: Run, stopped: boolean): Promise<Outcome> {
  const { history, step, best, steps } = run;
  const stepper = await run.stages.stepperAt(Math.max(0, step - 1));
  const state = run.bestState ?? (await stepper.state());
  await stepper.release();
  const epoch = best?.epoch ?? history.at(-1)?.epoch ?? 0;
  const early = !stopped && step < steps;
  return { state, history, steps: step, epoch, early, stopped, proof: stepper.proof };
}

/** @throws MarginError DIVERGED */
async function takeStep(run: Run): Promise<void> {
  const { course, stages, perEpoch, step } = run;
  const { batch } = course.regime;
  const within = step % perEpoch;
  if (within === 0) run.order = orderOf(course, step / perEpoch);
  const chosen = run.order.subarray(within * batch, (within + 1) * batch);
  const stepper = await stages.stepperAt(step);
  const loss = await stepper.step(batchOf(course, chosen, step));
  if (!Number.isFinite(loss)) throw diverged(`loss ${loss}`, step + 1, rateOf(course, step));
  run.step++;
  run.losses = { sum: run.losses.sum + loss, count: run.losses.count + 1 };
}

/** Looks at what was held back, and writes the epoch down. @throws MarginError DIVERGED */
async function endEpoch(run: Run): Promise<void> {
  const { course, stages, perEpoch, step, losses, history } = run;
  const stepper = await stages.stepperAt(step - 1);
  const state = await stepper.state();
  const lr = rateOf(course, step - 1);
  refuseRunaway(state, step, lr);
  const heldBack = await heldBackOf(course, stepper, state, step - 1);
  if (heldBack !== null && !Number.isFinite(heldBack.loss)) {
    throw diverged(`loss ${heldBack.loss} on what was held back`, step, lr);
  }
  history.push({ epoch: step / perEpoch, step, lr, loss: losses.sum / losses.count, heldBack });
  run.losses = { sum: 0, count: 0 };
  keepBest(run, state);
}

/** Where training may end early, keeps the best epoch; the margin must be whole, for a growing one raises every loss. */
function keepBest(run: Run, state: Tensors): void {
  const { patience, marginWarmup } = run.course.regime;
  const last = run.history.at(-1);
  const counts = patience !== null && last !== undefined && last.epoch > marginWarmup;
  if (!counts || last.heldBack === null) return;
  const { loss } = last.heldBack;
  if (run.best !== null && loss >= run.best.loss) return;
  run.best = { epoch: last.epoch, loss };
  run.bestState = state;
}

/** Whether too many epochs have gone by since the best. */
function isOver({ course, best, history, step, perEpoch }: Run): boolean {
  const { patience } = course.regime;
  if (patience === null || best === null || step % perEpoch !== 0) return false;
  return (history.at(-1)?.epoch ?? 0) - best.epoch >= patience;
}

/** Says how far a run is; the time that is left goes by the steps of this process. */
function progressOf(run: Run): () => Progress {
  const { perEpoch, steps, course } = run;
  const begun = { at: performance.now(), step: run.step };
  return () => {
    const { step, losses, history } = run;
    const each = (performance.now() - begun.at) / 1000 / Math.max(1, step - begun.step);
    return {
      phase: 'training',
      epoch: Math.ceil(step / perEpoch),
      epochs: course.regime.epochs,
      step,
      steps,
      loss: losses.sum / losses.count,
      targetAngle: history.at(-1)?.heldBack?.targetAngle ?? null,
      secondsLeft: each * (steps - step),
    };
  };
}
