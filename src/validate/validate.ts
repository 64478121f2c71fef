import { MarginError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { makeScratch } from '../model/scratch.ts';
import type { Check } from './checks.ts';
import { chooseDevice, type Device } from './device.ts';
import { directionsOf } from './directions.ts';
import { type Evidence, judge } from './judge.ts';
import { canJudgeStep, judgeStep, type StepBatch } from './judge-step.ts';
import { checkLabels, drawLabels } from './labels.ts';
import type { ProviderChoice } from './messages.ts';
import { judgeOpened, runOpened, unprovenBatch } from './opened-batch.ts';
import type { Proof } from './proof.ts';
import { ProvenSessions } from './proven-sessions.ts';
import { type Quality, qualityOf } from './quality.ts';
import { type Provider, startRuntime } from './runtime.ts';
import { type SampleOptions, samplesFor } from './samples.ts';
import { type AnySubject, type Graphs, isStep, subjectsOf } from './subjects.ts';
import { refuseTooLarge } from './too-large.ts';

export type { Check } from './checks.ts';
export type { Graphs } from './subjects.ts';

export interface ValidateOptions extends SampleOptions {
  /** What runs the graphs; `auto` unless given: the best GPU present, else the CPU. */
  readonly provider?: ProviderChoice;
  /** Refuse rather than do without a GPU. A software device is none. */
  readonly requireGpu?: boolean;
  /** Seconds that one run may take; 300 unless given. */
  readonly timeout?: number;
  /** Ends the checking: its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each step that may take a while. */
  readonly onProgress?: (what: string) => void;
}

/** What was measured. */
export interface Validation {
  /** Whether every check passed. */
  readonly ok: boolean;
  readonly provider: Provider;
  readonly proof: Proof;
  readonly checks: readonly Check[];
  /** What the labelled data given says of the classifier; null where none was given. */
  readonly data: Quality | null;
  /** The version of ONNX Runtime. */
  readonly onnxruntime: string;
  readonly notes: readonly string[];
}

/** Batches that are compared number by number; data beyond them only tell how good the classifier is. */
export const MOST_COMPARED = 8;

/**
 * Runs graphs on ONNX Runtime, in a process of its own, and compares every output with the head's own reference in
 * float64, and the embedding with the original's.
 *
 * @throws MarginError PROVIDER_ABSENT, BAD_DATA, BAD_USAGE (a graph that was not made from the model), RUNTIME_FAILED,
 *   and UNSUPPORTED_MODEL where an input cannot be fed or the head is too large to be checked; the reason of the signal
 */
export async function validate(
  model: Model,
  graphs: Graphs,
  options: ValidateOptions = {},
): Promise<Validation> {
  const { provider = 'auto', requireGpu = false, timeout, seed = 0, signal } = options;
  const onProgress = (what: string) => {
    signal?.throwIfAborted();
    options.onProgress?.(what);
  };
  const subjects = await subjectsOf(model, graphs);
  const [first] = subjects;
  const { tail, view, ignoreIndex } = first.plan;
  const { classes, dim } = tail.weight;
  refuseTooLarge(classes * first.plan.needs.centres, dim);
  const samples = samplesFor(view, options);
  if (samples.labels !== null) checkLabels(samples.labels, classes, ignoreIndex);
  const scratch = makeScratch(model);
  try {
    onProgress('looking for a device');
    const running = { signal, scratch: scratch.folder, ...(timeout === undefined ? {} : { timeout }) };
    const start = () => startRuntime(running);
    const { device, runtime, notes } = await chooseDevice(start, scratch, provider, requireGpu);
    try {
      onProgress('running the original');
      const original = await runOpened(runtime, scratch, first.plan, samples.batches);
      const counts = original.embeddings.map(({ dims }) => dims.reduce((size, each) => size * each, 1) / dim);
      const labels = samples.labels ?? drawLabels(counts, classes, ignoreIndex, seed);
      refuseOddLabels(labels, counts);
      const compared = {
        batches: samples.batches.slice(0, MOST_COMPARED),
        labels: labels.slice(0, MOST_COMPARED),
        original,
      };
      const sessions = new ProvenSessions(runtime, scratch, device);
      const checks = await judgeOpened(runtime, scratch, first, compared);
      for (const subject of subjects) {
        onProgress(`checking the graph for ${subject.kind} on ${device.provider}`);
        if (!isStep(subject)) checks.push(...(await judge(subject, compared, sessions, device)));
        else if (canJudgeStep(subject.plan))
          checks.push(...(await judgeStep(subject, firstBatch(compared), sessions, device)));
      }
      const proof = await sessions.finish();
      return {
        ok: checks.every(({ ok }) => ok),
        provider: device.provider,
        proof,
        checks,
        data:
          samples.labels &&
          qualityOf(original, samples.labels, directionsOf(tail.weight.rows(), classes, dim), first.plan),
        onnxruntime: original.version,
        notes: [
          ...notes,
          ...samples.notes,
          ...unprovenBatch(first.plan, checks),
          ...notesOn(subjects, model, device, proof),
        ],
      };
    } finally {
      await runtime.close();
    }
  } catch (error) {
    // What the process of ONNX Runtime died of.
    signal?.throwIfAborted();
    throw error;
  } finally {
    scratch.remove();
  }
}

function firstBatch({ original, labels }: Evidence): StepBatch {
  const [{ data } = { data: [] }] = original.embeddings;
  return { x: Float32Array.from(data as Float32Array, Number), labels: labels[0] ?? [] };
}

/** As many labels in each batch as embeddings. */
function refuseOddLabels(labels: readonly (readonly number[])[], counts: readonly number[]): void {
  const odd = labels.findIndex((list, batch) => list.length !== counts[batch]);
  if (odd < 0) return;
  throw new MarginError({
    code: 'BAD_DATA',
    message: 'The labels do not fit what the model classifies.',
    saw: `${labels[odd]?.length} labels for ${counts[odd]} embeddings`,
    expected: 'a label for each sample, or for each token where tokens are classified',
    tryThis: ['--labels with one label for each embedding'],
  });
}

function notesOn(subjects: readonly AnySubject[], model: Model, device: Device, { nodes }: Proof): string[] {
  const strange = subjects.filter(({ source }) => source !== model.sha256());
  const int64 = subjects.some(({ kind, plan }) => kind !== 'infer' && plan.labelType === 'int64');
  return [
    ...strange.map(({ kind }) => `the graph for ${kind} says it was made from another file (sha256 differs)`),
    ...subjects
      .filter(({ kind, plan }) => kind === 'step' && !canJudgeStep(plan))
      .map(() => 'the graph of a step was not checked: its class rows are too many for float64 in memory'),
    ...(device.software ? [`${device.adapter} is a software device: this is no check on a GPU`] : []),
    ...(device.provider === 'webgpu' && int64 && nodes.fallen.length > 0
      ? ['WebGPU leaves int64 to the CPU; with --label-type int32 the labels stay on the device']
      : []),
  ];
}
