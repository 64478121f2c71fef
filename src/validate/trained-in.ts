import { z } from 'zod';
import type { Model } from '../model/model.ts';
import { readTensor } from '../model/tensors.ts';
import { transposed } from '../model/transposed.ts';
import type { Plan } from '../rewrite/plan.ts';
import { storedLayout } from '../rewrite/train.ts';
import { type Tensors, withLayers, withTensors } from '../rewrite/trained.ts';

// Metadata can be edited by anybody, so it is looked at before it is believed.
const TRAINED = z.object({
  tensors: z.record(z.string(), z.string()),
  layers: z.record(z.string(), z.string()).optional(),
  numbers: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
});

/**
 * The plan with what training has left in a graph, by the facts in its metadata. Of a graph for inference the class rows are made again
 * from their directions, and from their lengths where it has them. A text says why that cannot be.
 */
export function trainedIn(model: Model, facts: unknown, plan: Plan): Plan | string {
  const checked = TRAINED.safeParse(facts);
  if (!checked.success) return 'metadata that were changed';
  const { tensors, numbers, layers = {} } = checked.data;
  const { classes, dim } = plan.tail.weight;
  const count = classes * plan.needs.centres;
  const stored = (what: string, length: number) => storedAt(model, tensors[what], length);
  const rows = rowsIn(stored, plan, count);
  if (rows === null) return 'no class rows where its metadata say';
  const lengths = stored('weight_norm', count);
  const bias = stored('bias', classes);
  const weight =
    lengths === null ? rows : rows.map((w, i) => w * (lengths[Math.floor(i / dim)] ?? Number.NaN));
  const others = Object.entries(numbers).map(
    ([name, value]) => [name, Float32Array.from([value].flat())] as const,
  );
  const below = layersIn(model, layers);
  if (below === null) return 'no layers where its metadata say';
  const head = { weight, ...(bias === null ? {} : { bias }), ...Object.fromEntries(others) };
  return withTensors(Object.keys(below).length === 0 ? plan : withLayers(plan, below), head);
}

/** What layers before the head hold in a graph, by what the model calls their tensors; null where that is not there. */
function layersIn(model: Model, names: Readonly<Record<string, string>>): Tensors | null {
  const found = Object.entries(names).map(([value, name]) => [value, storedIn(model, name)] as const);
  const there = found.filter((each): each is [string, Float32Array] => each[1] !== null);
  return there.length === found.length ? Object.fromEntries(there) : null;
}

/** The initializer of that name, if it is there and as long as it must be. */
function storedAt(model: Model, name: string | undefined, length: number): Float32Array | null {
  const data = storedIn(model, name);
  return data?.length === length ? data : null;
}

function storedIn(model: Model, name: string | undefined): Float32Array | null {
  const tensor = model.proto.graph?.initializer.find((each) => each.name === name);
  if (name === undefined || tensor === undefined) return null;
  const { data } = readTensor(model, tensor);
  return data instanceof Float32Array ? data : null;
}

/** Class rows [C·K, D], however they lie. */
function rowsIn(
  stored: (what: string, length: number) => Float32Array | null,
  plan: Plan,
  count: number,
): Float32Array | null {
  const { dim } = plan.tail.weight;
  const weight = stored('weight', count * dim);
  if (weight !== null) return storedLayout(plan) === 'DC' ? transposed(weight, dim, count) : weight;
  const columns = stored('weight_unit', count * dim);
  return columns && transposed(columns, dim, count);
}
