import { isMarginError, MarginError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { makeScratch } from '../model/scratch.ts';
import type { Plan } from '../rewrite/plan.ts';
import { planRewrite, type RewriteOptions, type Rewritten, rewritten } from '../rewrite/rewrite.ts';
import { type Tensors, withTensors } from '../rewrite/trained.ts';
import { chooseDevice } from '../validate/device.ts';
import type { Proof } from '../validate/proof.ts';
import { startRuntime } from '../validate/runtime.ts';
import {
  type Checkpoint,
  lastCheckpoint,
  type Recipe,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { embed, type LabelledRows, type OpenData, openData } from './embed.ts';
import type { Epoch } from './epoch.ts';
import { interrupted } from './interrupted.ts';
import { type Bench, type Measured, measure, verifyPairs } from './measure.ts';
import { intervalOf, type Regime, regimeOf, type TrainOptions } from './options.ts';
import { runCourse } from './run.ts';
import { type Split, split } from './split.ts';
import { startOfTraining } from './start.ts';
import type { Verification } from './verification.ts';

/** A head that was trained, in its graphs, and what was measured. */
export interface Trained extends Rewritten {
  readonly training: Training;
}

/** What training did. */
export interface Training {
  readonly regime: Regime;
  /** Samples (or tokens) that were trained with, and that were held back. */
  readonly samples: { readonly training: number; readonly heldBack: number };
  readonly steps: number;
  /** The epoch that the graphs are of: the last, or the best where training may end early. */
  readonly epoch: number;
  /** Whether it ended before its last epoch. */
  readonly early: boolean;
  readonly history: readonly Epoch[];
  /** On what was held back; where nothing was, on what was trained with. */
  readonly measuredOn: 'held-back' | 'training';
  /** Share of samples whose class comes first by the scores of the classifier that was there; null where there was none. */
  readonly originalTop1: number | null;
  readonly before: Measured;
  readonly after: Measured;
  /** Embeddings against each other: as the backbone makes them, which no training of class rows changes. */
  readonly pairs: Verification | null;
  readonly proof: Proof;
  readonly seconds: { readonly embedding: number; readonly training: number };
  readonly notes: readonly string[];
}

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

const REWRITING: readonly (keyof RewriteOptions)[] = [
  'head',
  'parameters',
  'preset',
  'tail',
  'output',
  'embedding',
  'classes',
  'seed',
  'labelType',
  'ignoreIndex',
  'reduction',
  'labelSmoothing',
  'classWeights',
  'inferOutputs',
  'keepOutputName',
  'target',
];

/** Those of the options that say what graphs are made. */
function rewritingOf(options: TrainOptions): RewriteOptions {
  const given = Object.entries(options).filter(([name]) => (REWRITING as readonly string[]).includes(name));
  return { ...Object.fromEntries(given), head: options.head };
}

/** What makes a training this one: a checkpoint of any other is refused. */
function recipeOf(plan: Plan, rewriting: RewriteOptions, regime: Regime, { digests }: OpenData): Recipe {
  const { head, values, needs, tail, model } = plan;
  const { tail: _, output: __, ...others } = rewriting;
  return {
    head: head.name,
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value])),
    classes: tail.weight.classes,
    dim: tail.weight.dim,
    centres: needs.centres,
    layer: tail.nodeLabel,
    model: model.sha256(),
    data: digests.data,
    labels: digests.labels,
    ...regime,
    labelSmoothing: others.labelSmoothing ?? 0,
    classWeights: others.classWeights ?? null,
    ignoreIndex: plan.ignoreIndex,
  };
}

function resumedFrom({ resume = false, checkpoints }: TrainOptions, recipe: Recipe): Checkpoint | null {
  const last = checkpoints === undefined ? null : lastCheckpoint(checkpoints);
  if (!resume) {
    if (last !== null) throw unfinished(last);
    return null;
  }
  if (last !== null) return readCheckpoint(last, recipe);
  throw new MarginError({
    code: 'BAD_USAGE',
    message: 'There is no checkpoint to go on from.',
    saw: checkpoints === undefined ? 'no folder of checkpoints' : `no checkpoint in ${checkpoints}`,
    expected: 'the folder of a training that was interrupted',
    tryThis: ['leave --resume out', 'the -o DIR that the training was begun with'],
  });
}

function unfinished(checkpoint: string): MarginError {
  return new MarginError({
    code: 'OUTPUT_EXISTS',
    message: `${checkpoint} is of a training that was not finished; nothing was written.`,
    saw: checkpoint,
    expected: 'a folder without checkpoints',
    tryThis: ['--resume to go on with it', 'another folder'],
  });
}

/** When checkpoints are written, and how. */
function checkpointing(options: TrainOptions, recipe: Recipe) {
  const { checkpoints } = options;
  const every = intervalOf(options) * 1000;
  let last = Number.NEGATIVE_INFINITY;
  return {
    isDue: () => checkpoints !== undefined && performance.now() - last >= every,
    save: async (make: () => Promise<Checkpoint>) => {
      if (checkpoints === undefined) return;
      await writeCheckpoint(checkpoints, recipe, await make());
      last = performance.now();
    },
  };
}

/** An error of a training that has a checkpoint says where it is. */
function withCheckpoint(error: unknown, { checkpoints }: TrainOptions): unknown {
  const last = checkpoints === undefined ? null : lastCheckpoint(checkpoints);
  if (!isMarginError(error) || last === null) return error;
  const { code, message, saw, expected, tryThis, cause } = error;
  return new MarginError({
    code,
    message: `${message} The last good checkpoint is kept: ${last}.`,
    ...(saw === undefined ? {} : { saw }),
    ...(expected === undefined ? {} : { expected }),
    tryThis,
    cause,
  });
}

function measurements(
  plan: Plan,
  data: LabelledRows,
  { training, heldBack }: Split,
  first: Tensors,
  last: Tensors,
): Pick<Training, 'measuredOn' | 'originalTop1' | 'before' | 'after' | 'pairs'> {
  const held = heldBack.length > 0;
  const bench: Bench = { plan, data, indices: held ? heldBack : training };
  return {
    measuredOn: held ? 'held-back' : 'training',
    originalTop1: originalTop1(bench),
    before: measure(bench, first),
    after: measure(bench, last),
    pairs: verifyPairs(bench),
  };
}

/** By the scores of the layer that was there, W·x + b. */
function originalTop1({ plan, ...bench }: Bench): number | null {
  const { tail, needs } = plan;
  if (tail.logits === null) return null;
  const bias = tail.bias?.rows();
  const scores = { ...plan, head: { ...plan.head, keepsBias: true }, needs: { ...needs, centres: 1 } };
  return measure({ ...bench, plan: scores }, { weight: tail.weight.rows(), ...(bias && { bias }) }).top1;
}

function notesOn({ training, heldBack }: Split, { validation, batch }: Regime): string[] {
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
