import type { Layers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import { fixedSize } from './data-refusals.ts';
import { keepTables, type Origin, readTables } from './embedding-cache.ts';
import { type Embedding, runFrozen, type Sought } from './frozen-pass.ts';
import { numberSamples } from './number-samples.ts';
import type { OpenData } from './open-data.ts';
import type { Samples, Table } from './samples.ts';

/**
 * Runs the model over all samples, once, and keeps their embeddings, and what the trained layers are fed with where there are
 * any. What has the label that is ignored is left out.
 * @throws MarginError BAD_DATA where samples or embeddings are not finite, or labels do not fit; UNSUPPORTED_MODEL where
 *   layers cannot be trained in batches; RUNTIME_FAILED, and WRITE_FAILED where tables are to be kept on a disk that is full
 */
export async function embed(
  plan: Plan,
  layers: Layers | null,
  open: OpenData,
  how: Embedding,
): Promise<Samples> {
  const { fixed, notes } = open.inputs;
  if (layers !== null && fixed !== null) throw fixedSize(fixed);
  const { rows, embedded, ...numbered } = numberSamples(plan, layers, open);
  const { tail } = plan;
  const size = { each: open.each, dim: tail.weight.dim };
  const embeddings = {
    value: tail.embedding.value,
    element: 'float32',
    file: 'embeddings',
    size,
    rows,
  } as const;
  const cut = (layers?.cut ?? []).map(
    ({ value, element }, i): Sought => ({
      value,
      element,
      file: `cut-${i}`,
      size: null,
      rows: numbered.groups,
    }),
  );
  const [own, ...others] = await tablesOf([embeddings, ...cut], plan, open, how);
  if (own === undefined) throw new Error('a model without embeddings');
  const names = layers?.cut.map(({ name }) => name) ?? [];
  return {
    ...numbered,
    fed:
      layers === null
        ? { embedding: own }
        : Object.fromEntries(names.map((name, i) => [name, others[i] ?? own])),
    embedded: { ...embedded, rows: own.rows },
    notes,
    close: () => {
      for (const { rows } of [own, ...others]) rows.close();
    },
  };
}

/** The tables that were kept of the same samples, or new ones. */
async function tablesOf(
  sought: readonly Sought[],
  plan: Plan,
  open: OpenData,
  how: Embedding,
): Promise<readonly Table[]> {
  const { cache, scratch, device } = how;
  if (cache === null) return runFrozen(sought, plan, open, how);
  const origin: Origin = {
    ...open.digests,
    model: plan.model.sha256(),
    values: JSON.stringify(sought.map(({ value }) => value)),
    provider: device.provider,
    ignoreIndex: plan.ignoreIndex,
  };
  const kept = readTables(cache, origin, sought, scratch);
  if (kept !== null) return kept;
  const made = await runFrozen(sought, plan, open, how);
  await keepTables(cache, origin, sought, made);
  return made;
}
