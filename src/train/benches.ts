import { floatRows } from '../model/float-rows.ts';
import { writeScratchModel } from '../model/scratch-model.ts';
import { embedderModel } from '../rewrite/embedder.ts';
import type { Layers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import type { Tensors } from '../rewrite/trained.ts';
import type { Session } from '../validate/runtime.ts';
import type { Bench } from './measure.ts';
import type { Place } from './place.ts';
import { embeddedAt, type Samples } from './samples.ts';
import { fedAt, floatsOf, picked } from './tables.ts';

/** Embeddings to measure with, at any moment of a training. */
export interface Benches {
  /** The embeddings of samples at these places, as the model made them. */
  original(places: Uint32Array): Bench;
  /** The same as trained tensors make them: of a frozen backbone they stay what they were. @throws MarginError RUNTIME_FAILED */
  with<T>(tensors: Tensors, places: Uint32Array, use: (bench: Bench) => T): Promise<T>;
}

/** Samples that the trained layers are run with at once. */
const AT_ONCE = 64;

/** What tensors of the layers are kept as, apart from those that a step carries. */
const keptAs = (name: string) => `measured/${name}`;

export function benchesOf(plan: Plan, samples: Samples, layers: Layers | null, place: Place): Benches {
  const original = (places: Uint32Array): Bench => {
    const { embedded } = samples;
    return { plan, data: embedded, indices: embeddedAt(embedded, places) };
  };
  if (layers === null) return { original, with: async (_, places, use) => use(original(places)) };
  let opened: Promise<Session> | null = null;
  return {
    original,
    async with(tensors, places, use) {
      opened ??= openEmbedder(plan, layers, place);
      const session = await opened;
      await place.runtime.keep(
        Object.fromEntries(
          layers.tensors.map(({ name, dims }) => {
            const data = tensors[name] ?? new Float32Array();
            return [keptAs(name), { element: 'float32', dims, data }];
          }),
        ),
      );
      const held = Object.fromEntries(layers.tensors.map(({ name }) => [name, keptAs(name)]));
      const indices = embeddedAt(samples.embedded, places);
      const rows = floatRows(plan.tail.weight.dim, place.scratch.path('measured'));
      try {
        for (let from = 0; from < places.length; from += AT_ONCE) {
          const some = places.subarray(from, from + AT_ONCE);
          rows.append(await embeddings(session, held, plan, samples, some));
        }
        const labels = Uint32Array.from(indices, (row) => samples.embedded.labels[row] ?? 0);
        return use({ plan, data: { rows, labels }, indices: Uint32Array.from(labels.keys()) });
      } finally {
        rows.close();
      }
    },
  };
}

async function openEmbedder(
  plan: Plan,
  layers: Layers,
  { scratch, runtime, device }: Place,
): Promise<Session> {
  const path = scratch.path('embedder.onnx');
  await writeScratchModel(path, embedderModel(plan, layers));
  return runtime.open({ model: path, provider: device.provider });
}

/** Of some samples the embeddings that have a class, `[M, D]`. */
async function embeddings(
  session: Session,
  held: Readonly<Record<string, string>>,
  { tail, ignoreIndex }: Plan,
  { fed, labels, count }: Samples,
  places: Uint32Array,
): Promise<Float32Array> {
  const { value } = tail.embedding;
  const { [value]: fetched } = await session.run(fedAt(fed, places), [value], { held });
  if (fetched === undefined) throw new Error(`nothing was made of ${value}`);
  const each = labels.length / count;
  const counted = Array.from(places).flatMap((place, i) =>
    Array.from({ length: each }, (_, t) => t).flatMap((t) =>
      labels[place * each + t] === ignoreIndex ? [] : [i * each + t],
    ),
  );
  return picked(floatsOf(value, fetched), counted, tail.weight.dim);
}
