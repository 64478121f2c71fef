import type { Model } from '../model/model.ts';
import { makeScratch } from '../model/scratch.ts';
import { planRewrite, rewritten } from '../rewrite/rewrite.ts';
import { withTensors } from '../rewrite/trained.ts';
import { chooseDevice } from '../validate/device.ts';
import { startRuntime } from '../validate/runtime.ts';
import { embed, openData } from './embed.ts';
import { interrupted } from './interrupted.ts';
import { measurements, notesOn } from './measurements.ts';
import { regimeOf, type TrainOptions } from './options.ts';
import { recipeOf, rewritingOf } from './recipe.ts';
import { checkpointing, resumedFrom, withCheckpoint } from './resume.ts';
import { runCourse } from './run.ts';
import { split } from './split.ts';
import { startOfTraining } from './start.ts';
import type { Trained } from './training.ts';

/**
 * Trains a head on a backbone that stays as it is: embeddings are computed once, and a step graph of plain operators runs
 * in ONNX Runtime over them. The given model is not changed.
 *
 * @throws MarginError what `rewrite` throws; BAD_DATA, PROVIDER_ABSENT, RUNTIME_FAILED, WRITE_FAILED (a checkpoint),
 *   DIVERGED where a loss is not finite, INTERRUPTED where the signal stopped it
 */
export async function train(model: Model, options: TrainOptions): Promise<Trained> {
  const rewriting = rewritingOf(options);
  const plan = planRewrite(model, rewriting);
  const regime = regimeOf(options);
  const open = openData(plan, options, regime.allowEmptyClasses);
  const recipe = recipeOf(plan, rewriting, regime, open);
  const from = resumedFrom(options, recipe);
  const { provider = 'auto', requireGpu = false, timeout, onProgress = () => {}, signal } = options;
  const scratch = makeScratch(model);
  try {
    onProgress({ phase: 'preparing', what: 'looking for a device' });
    const running = { scratch: scratch.folder, ...(timeout === undefined ? {} : { timeout }) };
    const start = () => startRuntime(running);
    const { device, runtime, notes } = await chooseDevice(start, scratch, provider, requireGpu);
    try {
      const clock = performance.now();
      const data = await embed(plan, open, {
        runtime,
        device,
        scratch,
        cache: options.checkpoints ?? null,
        onProgress(done) {
          if (signal?.aborted) throw interrupted(options.checkpoints, 'while samples were embedded');
          onProgress({ phase: 'embedding', done, total: open.inputs.count });
        },
      });
      const embedded = performance.now();
      try {
        const parts = split(data.labels, data.samples, regime.validation, regime.seed);
        const course = {
          plan,
          options: rewriting,
          regime,
          data,
          split: parts,
          place: { device, runtime, scratch },
        };
        const first = startOfTraining(plan, regime, data, parts.training);
        const outcome = await runCourse(course, from ?? first, {
          signal,
          onProgress,
          ...checkpointing(options, recipe),
        }).catch((error: unknown) => {
          throw withCheckpoint(error, options);
        });
        if (outcome.stopped) throw interrupted(options.checkpoints, `after step ${outcome.steps}`);
        const seconds = {
          embedding: (embedded - clock) / 1000,
          training: (performance.now() - embedded) / 1000,
        };
        onProgress({ phase: 'preparing', what: 'measuring' });
        const trained = withTensors(plan, outcome.state);
        return {
          ...rewritten(model, trained, rewriting),
          training: {
            regime,
            samples: { training: parts.training.length, heldBack: parts.heldBack.length },
            steps: outcome.steps,
            epoch: outcome.epoch,
            early: outcome.early,
            history: outcome.history,
            ...measurements(plan, data, parts, first, outcome.state),
            proof: outcome.proof,
            seconds,
            notes: [...notes, ...data.notes, ...notesOn(parts, regime)],
          },
        };
      } finally {
        data.rows.close();
      }
    } finally {
      await runtime.close();
    }
  } finally {
    scratch.remove();
  }
}
