import { isMarginError } from '../errors.ts';
import { declaredFacts, tensorInfo } from '../graph/value-info.ts';
import { create } from '../model/codec.ts';
import type { Model } from '../model/model.ts';
import type { Scratch } from '../model/scratch.ts';
import { writeModel } from '../model/write.ts';
import type { Tensors } from '../rewrite/trained.ts';
import type { Device } from '../validate/device.ts';
import { type Proof, placementIn } from '../validate/proof.ts';
import type { Runtime, Session } from '../validate/runtime.ts';
import type { Feed } from '../validate/wire-tensors.ts';

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

/** Where steps run. */
export interface Place {
  readonly device: Device;
  readonly runtime: Runtime;
  readonly scratch: Scratch;
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
 * @throws MarginError RUNTIME_FAILED
 */
export async function openStepper(
  model: Model,
  place: Place,
  name: string,
  sample: StepFeeds,
): Promise<Stepper> {
  const { device, runtime, scratch } = place;
  const shapes = carriedBy(model);
  const carried = [...shapes.keys()];
  const path = scratch.path(`${name}.onnx`);
  await writeModel(path, model);
  const copies = scratch.path(`${name}-copies.onnx`);
  await writeModel(copies, copying(shapes));
  const asTensors = (tensors: Tensors) =>
    Object.fromEntries(
      [...shapes].map(([each, dims]): [string, Feed] => {
        const length = dims.reduce((product, dim) => product * dim, 1);
        return [each, { element: 'float32', dims, data: tensors[each] ?? new Float32Array(length) }];
      }),
    );
  const held = Object.fromEntries(carried.map((each) => [each, each]));
  const keep = Object.fromEntries(carried.map((each) => [`${each}_next`, each]));
  const { session, proof } = await openProven(path, place, Object.keys(keep), {
    ...sample,
    ...asTensors({}),
  });
  const copier = await runtime.open({ model: copies, provider: device.provider });
  const lossIn = (results: Readonly<Record<string, Feed>>) => Number(results['loss']?.data[0] ?? Number.NaN);
  return {
    shapes: Object.fromEntries(shapes),
    proof,
    step: async (feeds) => lossIn(await session.run(feeds, ['loss'], { held, keep })),
    lossOf: async (feeds) => lossIn(await session.run(feeds, ['loss'], { held })),
    async state() {
      const copied = await copier.run({}, carried.map(copyOf), { held });
      return Object.fromEntries(
        carried.map((each) => [each, Float32Array.from(copied[copyOf(each)]?.data as Float32Array)]),
      );
    },
    load: (tensors) => runtime.keep(asTensors(tensors)),
    async release() {
      await session.release();
      await copier.release();
    },
  };
}

const copyOf = (name: string) => `${name}_copy`;

/** A model that gives what it is fed: what lies on a device is read by running it. */
function copying(shapes: ReadonlyMap<string, readonly number[]>): Model {
  const entries = [...shapes];
  const graph = create('GraphProto', {
    name: 'copies',
    node: entries.map(([name]) =>
      create('NodeProto', {
        name: `copy ${name}`,
        opType: 'Identity',
        input: [name],
        output: [copyOf(name)],
      }),
    ),
    input: entries.map(([name, dims]) => tensorInfo(name, 'float32', dims)),
    output: entries.map(([name, dims]) => tensorInfo(copyOf(name), 'float32', dims)),
  });
  const opsetImport = [create('OperatorSetIdProto', { domain: '', version: 13 })];
  return { proto: create('ModelProto', { irVersion: 7, opsetImport, graph }), bytes: 0, sha256: () => '' };
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
