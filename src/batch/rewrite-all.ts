import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MarginError } from '../errors.ts';
import { findModels } from '../model/find-models.ts';
import { readModel } from '../model/read.ts';
import type { Output, WeightsFile, WriteOptions } from '../model/write.ts';
import { provenanceOf } from '../rewrite/provenance.ts';
import type { RewriteOptions } from '../rewrite/rewrite.ts';
import type { StepModelOptions } from '../rewrite/step-model.ts';
import type { Warning } from '../rewrite/warnings.ts';
import { mismatchOf } from '../validate/mismatch.ts';
import type { ValidateOptions, Validation } from '../validate/validate.ts';
import { type GraphPaths, graphPaths, type Wanted } from './paths.ts';
import { pooled } from './pool.ts';
import { rewriteFile } from './rewrite-file.ts';
import { takingBack } from './undo.ts';
import type { Outcome } from './write-rewritten.ts';

export interface RewriteAllOptions extends WriteOptions, Wanted {
  /** Makes the graph of a training step too, as `stepModel` does with these options. */
  readonly step?: StepModelOptions;
  /** How the numbers of each model are checked; `null`: not at all. */
  readonly validate?: Omit<ValidateOptions, 'signal' | 'onProgress'> | null;
  /** How many models are worked on at a time; half as many as there are cores unless given, 4 at most. */
  readonly concurrency?: number;
  /** Told before each step of a model, and what became of it. */
  readonly onProgress?: (progress: BatchProgress) => void;
}

export interface BatchProgress {
  /** Of the model. */
  readonly path: string;
  /** What is done with it now; `done`, `disagrees`, `failed` or `skipped` at the end. */
  readonly step: string;
  /** How many models have ended, and how many there are. */
  readonly ended: number;
  readonly total: number;
}

/** What became of a model. Files of one that `disagrees` are there to be examined; one that `failed` left none. */
export interface ModelOutcome {
  /** Of the model. */
  readonly path: string;
  /** The folder that it was to be written to. */
  readonly folder: string;
  readonly status: 'done' | 'disagrees' | 'failed' | 'skipped';
  /** The graphs that were written; null for what was not. */
  readonly train: string | null;
  readonly infer: string | null;
  readonly step: string | null;
  /** Files of weights beside them. */
  readonly weights: readonly WeightsFile[];
  readonly warnings: readonly Warning[];
  readonly validation: Validation | null;
  /** Why it failed or was skipped, or where numbers disagree. An error that is no `MarginError` is a fault of ours. */
  readonly error: Error | null;
}

export interface BatchSummary {
  /** One for each model, in the order in which they were found. */
  readonly models: readonly ModelOutcome[];
  readonly done: number;
  readonly disagree: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a caller adds to the files of each model. */
export type Besides = (model: string, paths: GraphPaths, outcome: Outcome) => Promise<readonly Output[]>;

/**
 * Puts a head into many models: files, folders and patterns, several at a time. Each model ends for itself, in all of its
 * files or in an error and none of them. Folders below the one that all models have in common come again below `out`.
 * Graphs that this library wrote are skipped.
 *
 * @throws MarginError BAD_USAGE where there is nothing to be done, or two models would be written to one place; the reason
 *   of the signal
 */
export async function rewriteAll(
  models: string | readonly string[],
  rewriting: RewriteOptions,
  options: RewriteAllOptions = {},
): Promise<BatchSummary> {
  return rewriteEach(typeof models === 'string' ? [models] : models, rewriting, options, async () => []);
}

/** The same with files of the caller's own beside the graphs. */
export async function rewriteEach(
  words: readonly string[],
  rewriting: RewriteOptions,
  options: RewriteAllOptions,
  besides: Besides,
): Promise<BatchSummary> {
  const { out = '.', concurrency = usualWidth(), signal, onProgress = () => {} } = options;
  signal?.throwIfAborted();
  const jobs = findModels(words).map(({ path, folder }) => ({
    path,
    paths: graphPaths(path, { ...options, out: join(out, folder) }, options.step !== undefined),
  }));
  refuseSamePlace(jobs);
  let ended = 0;
  const outcomes = await pooled(jobs, concurrency, async ({ path, paths }) => {
    signal?.throwIfAborted();
    const tell = (step: string) => onProgress({ path, step, ended, total: jobs.length });
    const outcome = await rewriteOne(path, paths, rewriting, options, besides, tell);
    signal?.throwIfAborted();
    ended++;
    tell(outcome.status);
    return outcome;
  });
  const count = (status: ModelOutcome['status']) => outcomes.filter((each) => each.status === status).length;
  return {
    models: outcomes,
    done: count('done'),
    disagree: count('disagrees'),
    failed: count('failed'),
    skipped: count('skipped'),
  };
}

/** A session of ONNX Runtime takes more than one core. */
const usualWidth = () => Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));

async function rewriteOne(
  path: string,
  paths: GraphPaths,
  rewriting: RewriteOptions,
  { step: stepping, validate, ...writing }: RewriteAllOptions,
  besides: Besides,
  tell: (step: string) => void,
): Promise<ModelOutcome> {
  const { signal } = writing;
  const { folder } = paths;
  const nothing = {
    path,
    folder,
    train: null,
    infer: null,
    step: null,
    weights: [],
    warnings: [],
    validation: null,
  };
  try {
    if (provenanceOf((await readModel(path)).proto) !== null)
      return { ...nothing, status: 'skipped', error: writtenByUs(path) };
    const running = validate === null ? null : { ...validate, signal, onProgress: tell };
    const asked = {
      rewriting,
      stepping: stepping ?? {},
      writing,
      running,
      besides: (outcome: Outcome) => besides(path, paths, outcome),
    };
    const { weights, warnings, validation } = await takingBack((undo) =>
      rewriteFile(path, paths, asked, undo, tell),
    );
    const { train, infer, step } = paths;
    const error = validation && mismatchOf(validation);
    const status = error === null ? 'done' : 'disagrees';
    return { path, folder, status, train, infer, step, weights, warnings, validation, error };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { ...nothing, status: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function writtenByUs(path: string): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: `${path} has a margin head already: onnx-margin wrote it.`,
    saw: 'metadata of onnx-margin',
    expected: 'a classifier',
  });
}

/** Two models of one name in one folder, `a.onnx` and `a.ONNX`. */
function refuseSamePlace(jobs: readonly { readonly path: string; readonly paths: GraphPaths }[]): void {
  const taken = new Map<string, string>();
  for (const { path, paths } of jobs) {
    const place = paths.train ?? paths.infer ?? '';
    const other = taken.get(place);
    taken.set(place, path);
    if (other === undefined) continue;
    throw new MarginError({
      code: 'BAD_USAGE',
      message: `${other} and ${path} would both be written to ${place}.`,
      saw: 'two models of one name',
      expected: 'a place for each',
      tryThis: ['rename one of them', 'rewrite them one after the other, into folders of their own'],
    });
  }
}

/** The first error among outcomes that were to be good, in their order; null where there is none. */
export const firstError = ({ models }: BatchSummary): Error | null =>
  models.find(({ status }) => status === 'failed' || status === 'disagrees')?.error ?? null;
