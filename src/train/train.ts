import type { Model } from '../model/model.ts';
import { type Layers, planLayers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import { planRewrite, type RewriteOptions, rewritten } from '../rewrite/rewrite.ts';
import { type Tensors, withLayers, withTensors } from '../rewrite/trained.ts';
import { benchesOf } from './benches.ts';
import type { Checkpoint, Recipe } from './checkpoint.ts';
import { embed } from './embed.ts';
import { interrupted } from './interrupted.ts';
import { measurements, notesOn } from './measurements.ts';
import { type OpenData, openData } from './open-data.ts';
import { type Regime, refuseOddSample, regimeOf, type TrainOptions } from './options.ts';
import { type Place, withPlace } from './place.ts';
import { recipeOf, rewritingOf } from './recipe.ts';
import { refuseWrongBatch } from './refuse-wrong-batch.ts';
import { checkpointing, resumedFrom, withCheckpoint } from './resume.ts';
import { runCourse } from './run.ts';
import type { Samples } from './samples.ts';
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
  const settled = settle(model, options);
  const { plan, layers, open } = settled;
  const { checkpoints, signal, onProgress = () => {} } = options;
  onProgress({ phase: 'preparing', what: 'looking for a device' });
  return withPlace(model, options, async (place, notes) => {
    await refuseWrongBatch(plan, open, place);
    const clock = performance.now();
    const samples = await embed(plan, layers, open, {
      ...place,
      cache: checkpoints ?? null,
      onProgress(done) {
        if (signal?.aborted) throw interrupted(checkpoints, 'while samples were embedded');
        onProgress({ phase: 'embedding', done, total: open.inputs.count });
      },
    });
    const embedding = (performance.now() - clock) / 1000;
    try {
      const { training, ...made } = await trainOver(samples, model, settled, place, options);
      const all = { ...training.seconds, embedding };
      return { ...made, training: { ...training, seconds: all, notes: [...notes, ...training.notes] } };
    } finally {
      samples.close();
    }
  });
}

/** Everything that can be refused before any work. */
interface Settled {
  readonly rewriting: RewriteOptions;
  readonly plan: Plan;
  readonly regime: Regime;
  readonly layers: Layers | null;
  readonly open: OpenData;
  readonly recipe: Recipe;
  /** Where to go on from; null: from the start. */
  readonly from: Checkpoint | null;
}

function settle(model: Model, options: TrainOptions): Settled {
  const rewriting = rewritingOf(options);
  const plan = planRewrite(model, rewriting);
  const regime = regimeOf(options);
  const { trainFrom, trainLast } = options;
  const layers = planLayers(plan, {
    ...(trainFrom === undefined ? {} : { trainFrom }),
    ...(trainLast === undefined ? {} : { trainLast }),
  });
  const open = openData(plan, options, regime.allowEmptyClasses);
  refuseOddSample(regime, plan.tail.weight.classes, open.each);
  const recipe = recipeOf(plan, rewriting, regime, layers, open);
  return { rewriting, plan, regime, layers, open, recipe, from: resumedFrom(options, recipe) };
}

/** Trains over samples that are in their tables, and measures. */
async function trainOver(
  samples: Samples,
  model: Model,
  { rewriting, plan, regime, layers, recipe, from }: Settled,
  place: Place,
  options: TrainOptions,
): Promise<Trained> {
  const { signal, onProgress = () => {}, checkpoints } = options;
  const clock = performance.now();
  const parts = split(samples.classes, samples.groups, regime.validation, regime.seed);
  const benches = benchesOf(plan, samples, layers, place);
  const course = { plan, options: rewriting, regime, layers, data: samples, split: parts, place, benches };
  const first = {
    ...startOfTraining(plan, regime, benches.original(parts.training)),
    ...startOfLayers(plan, layers),
  };
  const watch = { signal, onProgress, ...checkpointing(options, recipe) };
  const outcome = await runCourse(course, from ?? first, watch).catch((error: unknown) => {
    throw withCheckpoint(error, options);
  });
  const { stopped, steps, epoch, early, history, proof, state } = outcome;
  if (stopped) throw interrupted(checkpoints, `after step ${steps}`);
  const seconds = (performance.now() - clock) / 1000;
  onProgress({ phase: 'preparing', what: 'measuring' });
  const trained = trainedPlan(plan, layers, state);
  return {
    ...rewritten(model, trained, rewriting),
    training: {
      regime,
      layers: trained.trainedLayers,
      samples: { training: parts.training.length, heldBack: parts.heldBack.length },
      ...{ steps, epoch, early, history, proof },
      ...(await measurements(benches, parts, first, state)),
      seconds: { embedding: 0, training: seconds },
      notes: [...samples.notes, ...notesOn(parts, regime)],
    },
  };
}

/** The plan of a model whose head and layers hold what training has left. */
function trainedPlan(plan: Plan, layers: Layers | null, state: Tensors): Plan {
  const tensors = layers?.tensors.map(({ name, value }) => [value, state[name] ?? new Float32Array()]) ?? [];
  const changed = tensors.length === 0 ? plan : withLayers(plan, Object.fromEntries(tensors));
  return withTensors(changed, state);
}
