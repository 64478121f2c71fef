import { isMarginError } from '../errors.ts';
import { declaredFacts } from '../graph/value-info.ts';
import type { Model } from '../model/model.ts';
import { writeScratchModel } from '../model/scratch-model.ts';
import { type ClassTensor, ROWS } from '../rewrite/sampled.ts';
import type { Tensors } from '../rewrite/trained.ts';
import type { Picked, Picking } from '../validate/messages.ts';
import { type Proof, placementIn } from '../validate/proof.ts';
import type { Runtime, Session } from '../validate/runtime.ts';
import type { Feed } from '../validate/wire-tensors.ts';
import { openCopier } from './copier.ts';
import type { Place } from './place.ts';

/** What a step is fed besides the tensors that it carries: a batch, rates and settings, by the names of the inputs. */
export type StepFeeds = Readonly<Record<string, Feed>>;

/**
 * A step graph that runs. What it carries from step to step (class rows, what the optimiser remembers, learned numbers,
 * states) stays in the process of the runtime, on the device where the provider leaves it there.
 */
export interface Stepper {
  /** The shape of everything that is carried, by its name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Where the nodes of a step run. */
  readonly proof: Proof;
  /** Takes a step and gives its loss. @throws MarginError RUNTIME_FAILED */
  step(feeds: StepFeeds): Promise<number>;
  /** The loss of a batch as things are; nothing moves. */
  lossOf(feeds: StepFeeds): Promise<number>;
  /** What is carried, as it is now. */
  state(): Promise<Tensors>;
  /** Goes on from other tensors; what is left out of what an optimiser remembers begins at 0. */
  load(tensors: Tensors): Promise<void>;
  /** Ends the session; what is carried stays for the next. */
  release(): Promise<void>;
}

/** The tensors that a step graph carries: inputs that come out again as `<name>_next`. */
function carriedBy({ proto }: Model): ReadonlyMap<string, readonly number[]> {
  const next = new Set(proto.graph?.output.map(({ name = '' }) => name));
  const inputs = proto.graph?.input.filter(({ name = '' }) => next.has(`${name}_next`)) ?? [];
  return new Map(
    inputs.map((info) => {
      const dims = declaredFacts(info).shape ?? [];
      return [info.name ?? '', dims.map((dim) => (typeof dim === 'number' ? dim : 1))];
    }),
  );
}

/**
 * Opens a step graph on a device.
 *
 * @param name of its files, which no other has
 * @param sample of what a step is fed, to see where its nodes run
 * @param sampled of tensors that a step takes the rows of some classes of, by their names, those of all classes
 * @throws MarginError RUNTIME_FAILED
 */
export async function openStepper(
  model: Model,
  place: Place,
  name: string,
  sample: StepFeeds,
  sampled: ReadonlyMap<string, ClassTensor> = new Map(),
): Promise<Stepper> {
  const { runtime, scratch } = place;
  const own = carriedBy(model);
  const shapes = new Map([...own].map(([each, dims]) => [each, sampled.get(each)?.dims ?? dims]));
  // Rows are picked where the process has them; what goes in whole stays on the device.
  const whole = new Map([...own].filter(([each]) => !sampled.has(each)));
  const inRows = [...own.keys()].filter((each) => sampled.has(each));
  const path = scratch.path(`${name}.onnx`);
  await writeScratchModel(path, model);
  const asTensors = (tensors: Tensors, dimsOf: ReadonlyMap<string, readonly number[]>) =>
    Object.fromEntries(
      [...dimsOf].map(([each, dims]): [string, Feed] => {
        const length = dims.reduce((product, dim) => product * dim, 1);
        return [each, { element: 'float32', dims, data: tensors[each] ?? new Float32Array(length) }];
      }),
    );
  const held = Object.fromEntries([...whole.keys()].map((each) => [each, each]));
  const keep = Object.fromEntries([...whole.keys()].map((each) => [`${each}_next`, each]));
  const picking = pickingOf(inRows, own, sampled);
  const { session, proof } = await openProven(path, place, Object.keys(keep), {
    ...sample,
    ...asTensors({}, own),
  });
  const copier = await openCopier(whole, place, `${name}-copies`);
  const lossIn = (results: Readonly<Record<string, Feed>>) => Number(results['loss']?.data[0] ?? Number.NaN);
  return {
    shapes: Object.fromEntries(shapes),
    proof,
    step: async (feeds) => lossIn(await session.run(feeds, ['loss'], { held, keep, picking })),
    lossOf: async (feeds) =>
      lossIn(await session.run(feeds, ['loss'], { held, picking: picking && { ...picking, back: {} } })),
    async state() {
      const [copied, given] = [await copier.read(), await runtime.give(inRows)];
      const rows = Object.entries(given).map(([each, { data }]) => [
        each,
        Float32Array.from(data as Float32Array),
      ]);
      return { ...copied, ...Object.fromEntries(rows) };
    },
    load: (tensors) => runtime.keep(asTensors(tensors, shapes)),
    async release() {
      await session.release();
      await copier.release();
    },
  };
}

/** How a step takes rows of tensors, and gives them back; null where it takes none. */
function pickingOf(
  names: readonly string[],
  shapes: ReadonlyMap<string, readonly number[]>,
  sampled: ReadonlyMap<string, ClassTensor>,
): Picking | null {
  if (names.length === 0) return null;
  const picked = (name: string): Picked => ({
    kept: name,
    width: sampled.get(name)?.each ?? 1,
    dims: shapes.get(name) ?? [],
  });
  return {
    rows: ROWS,
    inputs: Object.fromEntries(names.map((name) => [name, picked(name)])),
    back: Object.fromEntries(names.map((name) => [`${name}_next`, picked(name)])),
  };
}

/** A session whose nodes are known to run on the device: strictly where it can, else by the profile of one step. */
async function openProven(
  path: string,
  { device, runtime, scratch }: Place,
  resident: readonly string[],
  sample: StepFeeds,
): Promise<{ readonly session: Session; readonly proof: Proof }> {
  const { provider, adapter, software } = device;
  const opening = { model: path, provider };
  const strict = provider !== 'cpu' && (await opensStrictly(runtime, opening));
  const profile = `${path.replace(/^.*[\\/]/, '')}-profile`;
  const profiled = await runtime.open({ ...opening, strict, profile: scratch.path(profile) });
  await profiled.run(sample, ['loss']);
  await profiled.release();
  const nodes = placementIn([scratch.read(profile) ?? '[]'], provider);
  return {
    session: await runtime.open({ ...opening, strict, resident }),
    proof: { level: strict ? 'strict' : 'profiled', provider, adapter, software, nodes },
  };
}

async function opensStrictly(runtime: Runtime, opening: Parameters<Runtime['open']>[0]): Promise<boolean> {
  try {
    await (await runtime.open({ ...opening, strict: true })).release();
    return true;
  } catch (error) {
    if (!isMarginError(error) || !/fallback|cpu ep|assigned to the default CPU/i.test(error.saw ?? ''))
      throw error;
    return false;
  }
}
