import { classTensors } from '../rewrite/sampled.ts';
import { PLAIN_STEP } from '../rewrite/step.ts';
import { tableStep } from '../rewrite/table-step.ts';
import { batchOf, type Course, fallsByLambda, marginSteps } from './course.ts';
import { marginShareAt, withMarginShare } from './schedule.ts';
import { openStepper, type Stepper } from './stepper.ts';

/** The step graphs of a course: one, or one for each part of a margin that grows. */
export interface Stages {
  /** The graph of a step, counted from 0; what the one before carried is carried on. @throws MarginError RUNTIME_FAILED */
  stepperAt(step: number): Promise<Stepper>;
}

export function stagesOf(course: Course): Stages {
  const warmup = fallsByLambda(course) ? 0 : marginSteps(course);
  let opened = 0;
  let open: { readonly share: number; readonly stepper: Stepper } | null = null;
  return {
    async stepperAt(step) {
      const share = marginShareAt(step, warmup);
      if (open?.share === share) return open.stepper;
      const carried = open === null ? null : await open.stepper.state();
      await open?.stepper.release();
      const stepper = await stepperWith(course, share, `step-${opened++}`);
      if (carried !== null) await stepper.load(carried);
      open = { share, stepper };
      return stepper;
    },
  };
}

/** The step graph with a part of the margin. */
function stepperWith(course: Course, share: number, name: string): Promise<Stepper> {
  const { plan, options, regime, layers, place, split } = course;
  const { optimiser, momentum, weightDecay, clipNorm, layersRate, sampledClasses } = regime;
  const values = withMarginShare(plan.head, plan.values, share);
  // Labels of int32 stay on a GPU; what `labels` of the graphs that are written is does not matter here.
  const eased = { ...plan, values, labelType: 'int32', reduction: 'mean' } as const;
  const step = {
    ...PLAIN_STEP,
    ...{ optimiser, momentum, weightDecay, clipNorm, layersRate, sampledClasses },
    rowsGiven: sampledClasses !== null,
  };
  const model = tableStep(eased, options, step, layers);
  const sampled = sampledClasses === null ? new Map() : classTensors(plan);
  return openStepper(model, place, name, batchOf(course, split.training.subarray(0, 2), 0), sampled);
}
