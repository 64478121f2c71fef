import type { Model } from '../model/model.ts';
import { makeScratch } from '../model/scratch.ts';
import { type Layers, planLayers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import { planRewrite, rewritten } from '../rewrite/rewrite.ts';
import { type Tensors, withLayers, withTensors } from '../rewrite/trained.ts';
import { chooseDevice } from '../validate/device.ts';
import { startRuntime } from '../validate/runtime.ts';
import { benchesOf } from './benches.ts';
import { embed } from './embed.ts';
import { interrupted } from './interrupted.ts';
import { measurements, notesOn } from './measurements.ts';
import { openData } from './open-data.ts';
import { regimeOf, type TrainOptions } from './options.ts';
import { recipeOf, rewritingOf } from './recipe.ts';
import { checkpointing, resumedFrom, withCheckpoint } from './resume.ts';
import { runCourse } from './run.ts';
import { split } from './split.ts';
import { startOfLayers, startOfTraining } from './start.ts';
import type { Trained } from './training.ts';

/**
 * Trains a head, and the layers before it that `trainFrom` or `trainLast` names. What stays frozen runs once over all samples,
 * and a step graph of plain operators runs in ONNX Runtime over what it gave. The given model is not changed.
 *
 * @throws MarginError what `rewrite` and `trainedLayers` throw; BAD_DATA, PROVIDER_ABSENT, RUNTIME_FAILED, WRITE_FAILED (a checkpoint),
 *   DIVERGED where a loss is not finite, INTERRUPTED where the signal stopped it
 */
export async function train(model: Model, options: TrainOptions): Promise<Trained> {
  const rewriting = rewritingOf(options);
  const plan = planRewrite(model, rewriting);
  const regime = regimeOf(options);
  const layers = planLayers(plan, layersIn(options));
  const open = openData(plan, options, regime.allowEmptyClasses);
  const recipe = recipeOf(plan, rewriting, regime, layers, open);
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
      const data = await embed(plan, layers, open, {
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
        const parts = split(data.classes, data.groups, regime.validation, regime.seed);
        const place = { device, runtime, scratch };
        const benches = benchesOf(plan, data, layers, place);
        const course = { plan, options: rewriting, regime, layers, data, split: parts, place, benches };
        const first = {
          ...startOfTraining(plan, regime, benches.original(parts.training)),
          ...startOfLayers(plan, layers),
        };
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
        const trained = trainedPlan(plan, layers, outcome.state);
        return {
          ...rewritten(model, trained, rewriting),
          training: {
            regime,
            layers: trained.trainedLayers,
            samples: { training: parts.training.length, heldBack: parts.heldBack.length },
            steps: outcome.steps,
            epoch: outcome.epoch,
            early: outcome.early,
            history: outcome.history,
            ...(await measurements(benches, parts, first, outcome.state)),
            proof: outcome.proof,
            seconds,
            notes: [...notes, ...data.notes, ...notesOn(parts, regime)],
          },
        };
      } finally {
        data.close();
      }
    } finally {
      await runtime.close();
    }
  } finally {
    scratch.remove();
  }
}

const layersIn = ({ trainFrom, trainLast }: TrainOptions) => ({
  ...(trainFrom === undefined ? {} : { trainFrom }),
  ...(trainLast === undefined ? {} : { trainLast }),
});

/** The plan of a model whose head and layers hold what training has left. */
function trainedPlan(plan: Plan, layers: Layers | null, state: Tensors): Plan {
  const tensors = layers?.tensors.map(({ name, value }) => [value, state[name] ?? new Float32Array()]) ?? [];
  const changed = tensors.length === 0 ? plan : withLayers(plan, Object.fromEntries(tensors));
  return withTensors(changed, state);
}
