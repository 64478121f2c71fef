import { join } from 'node:path';
import { z } from 'zod';
import { MarginError } from '../errors.ts';
import { openArrays } from '../model/arrays.ts';
import { namesIn, textOf } from '../model/folders.ts';
import { removeFolder, stageFolder, sweepFolder } from '../model/stage-folder.ts';
import { stageFiles } from '../model/write.ts';
import type { Tensors } from '../rewrite/trained.ts';
import { VERSION } from '../version.ts';
import { EPOCH, type Epoch } from './epoch.ts';

/*
 * A checkpoint is a folder: `checkpoint.json` and a .npy for each tensor. NumPy reads it, no file of it has a limit of its
 * own as a protobuf (2 GiB) and a zip archive (4 GiB) have, and one rename puts all of it in place. The one before it goes
 * only then.
 */

const STATE = z.strictObject({
  version: z.string(),
  /** What this is a training of; another one cannot go on from here. */
  recipe: z.record(z.string(), z.unknown()),
  step: z.int(),
  /** Losses of the epoch that is not over yet: their sum and their number. */
  losses: z.strictObject({ sum: z.number(), count: z.int() }),
  history: z.array(EPOCH),
  best: z.strictObject({ epoch: z.int(), loss: z.number() }).nullable(),
  tensors: z.array(z.strictObject({ name: z.string(), dims: z.array(z.int().min(0)), best: z.boolean() })),
});

export type Recipe = Readonly<Record<string, unknown>>;

/** Where training is, with all that decides how it goes on. */
export interface Checkpoint {
  readonly step: number;
  readonly losses: { readonly sum: number; readonly count: number };
  readonly history: readonly Epoch[];
  readonly best: { readonly epoch: number; readonly loss: number } | null;
  /** What is carried from step to step. */
  readonly state: Tensors;
  /** The shape of each tensor of it. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** What was carried at the end of the best epoch; null where none is kept. */
  readonly bestState: Tensors | null;
}

const FACTS = 'checkpoint.json';
const NAME = /^step-\d{8,}$/;

type Kept = z.infer<typeof STATE>['tensors'][number];

/** Of a tensor: names of a model hold what files may not be called, and there are systems that tell no case apart. */
const fileOf = ({ name, best }: Kept, place: number) =>
  `${String(place).padStart(2, '0')}-${best ? 'best-' : ''}${name.replace(/[^\w.-]+/g, '_').slice(-60)}.npy`;

const folderOf = (folder: string, step: number) => join(folder, `step-${String(step).padStart(8, '0')}`);

/** The newest checkpoint in a folder; null where there is none. */
export function lastCheckpoint(folder: string): string | null {
  const last = (namesIn(folder) ?? []).filter((name) => NAME.test(name)).at(-1);
  return last === undefined ? null : join(folder, last);
}

/**
 * Writes a checkpoint and takes older ones away. On a disk that is full nothing is changed.
 * @throws MarginError WRITE_FAILED
 */
export async function writeCheckpoint(
  folder: string,
  recipe: Recipe,
  checkpoint: Checkpoint,
): Promise<string> {
  const { step, losses, history, best, state, bestState, shapes } = checkpoint;
  const path = folderOf(folder, step);
  const kept = (tensors: Tensors, best: boolean) =>
    Object.entries(tensors).map(([name, data]) => {
      return { data, facts: { name, dims: [...(shapes[name] ?? [data.length])], best } };
    });
  const arrays = [...kept(state, false), ...kept(bestState ?? {}, true)];
  const older = (namesIn(folder) ?? []).filter((name) => NAME.test(name) && join(folder, name) !== path);
  // The same step once more, after nothing but a look: it is there already.
  if (lastCheckpoint(folder) === path) return path;
  sweepFolder(folder);
  const staged = await stageFolder(path);
  try {
    const facts = {
      version: VERSION,
      recipe,
      step,
      losses,
      history,
      best,
      tensors: arrays.map((each) => each.facts),
    };
    const files = await stageFiles([
      { path: join(staged.path, FACTS), text: `${JSON.stringify(facts, null, 2)}\n` },
      ...arrays.map(({ facts, data }, place) => ({
        path: join(staged.path, fileOf(facts, place)),
        array: { dims: facts.dims, data },
      })),
    ]);
    await files.commit();
    staged.commit();
  } catch (error) {
    await staged.discard();
    throw error;
  }
  for (const name of older) {
    try {
      removeFolder(join(folder, name));
    } catch {} // It goes with the next one.
  }
  return path;
}

/** Reads a checkpoint of this very training. @throws MarginError BAD_USAGE where it is of another, BAD_DATA where it is damaged */
export function readCheckpoint(path: string, recipe: Recipe): Checkpoint {
  const facts = STATE.safeParse(parsed(textOf(join(path, FACTS))));
  if (!facts.success) throw damaged(path, `no ${FACTS} of this version`);
  refuseOther(path, facts.data.recipe, recipe);
  const { step, losses, history, best, tensors } = facts.data;
  const all = tensors.map((each, place) => ({ ...each, data: read(path, fileOf(each, place), each.dims) }));
  const those = (best: boolean) =>
    Object.fromEntries(all.filter((each) => each.best === best).map(({ name, data }) => [name, data]));
  return {
    step,
    losses,
    history,
    best,
    state: those(false),
    shapes: Object.fromEntries(tensors.map(({ name, dims }) => [name, dims])),
    bestState: tensors.some((each) => each.best) ? those(true) : null,
  };
}

function read(path: string, file: string, dims: readonly number[]): Float32Array {
  const array = openArrays(join(path, file)).get('');
  const data = array?.read(0, array.dims[0] ?? 1);
  if (!(data instanceof Float32Array) || array?.dims.join() !== dims.join())
    throw damaged(path, `${file} of ${array?.element} [${array?.dims.join(', ')}]`);
  return data;
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null;
  }
}

function refuseOther(path: string, found: Recipe, wanted: Recipe): void {
  const text = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
  const key = [...new Set([...Object.keys(wanted), ...Object.keys(found)])].find(
    (each) => text(found[each]) !== text(wanted[each]),
  );
  if (key === undefined) return;
  throw new MarginError({
    code: 'BAD_USAGE',
    message: `${path} is a checkpoint of another training.`,
    saw: `${key}: ${text(found[key])}`,
    expected: `${key}: ${text(wanted[key])}`,
    tryThis: [
      'give the options that the training was begun with',
      'leave --resume out and give --force, to begin anew',
    ],
  });
}

function damaged(path: string, saw: string): MarginError {
  return new MarginError({
    code: 'BAD_DATA',
    message: `${path} cannot be read as a checkpoint.`,
    saw,
    expected: `a folder with ${FACTS} and a .npy for each tensor, as training writes it`,
    tryThis: ['leave --resume out and give --force, to begin anew'],
  });
}
