import { MarginError } from '../errors.ts';
import type { Layers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import type { OpenData } from './open-data.ts';
import type { Embedded, Samples } from './samples.ts';

/** Samples by their places in the tables, before anything is in these. */
export interface Numbered extends Pick<Samples, 'count' | 'labels' | 'labelDims' | 'classes' | 'groups'> {
  /** Of all embeddings those that have a class, in ascending order; embeddings of a sample follow one another. */
  readonly rows: Uint32Array;
  readonly embedded: Omit<Embedded, 'rows'>;
}

/**
 * Gives places to samples: to each embedding that has a class where the head alone is trained; with layers before it, to each
 * sample that has any, since all its embeddings come from one run. @throws MarginError UNSUPPORTED_MODEL
 */
export function numberSamples(plan: Plan, layers: Layers | null, { each, labels }: OpenData): Numbered {
  const rows = Uint32Array.from(labels.keys()).filter((row) => labels[row] !== plan.ignoreIndex);
  const classes = Uint32Array.from(rows, (row) => labels[row] ?? 0);
  const samples = Uint32Array.from(rows, (row) => Math.floor(row / each));
  if (layers === null) {
    const places = Uint32Array.from(rows.keys());
    return {
      count: rows.length,
      labels: Int32Array.from(classes),
      labelDims: [],
      classes,
      groups: samples,
      rows,
      embedded: { labels: classes, places },
    };
  }
  const firsts = Uint32Array.from(samples.keys()).filter((i) => samples[i] !== samples[i - 1]);
  const groups = Uint32Array.from(firsts, (i) => samples[i] ?? 0);
  const placeOf = new Map(Array.from(groups, (sample, place) => [sample, place]));
  const own = (place: number) => labels.slice((groups[place] ?? 0) * each, ((groups[place] ?? 0) + 1) * each);
  return {
    count: groups.length,
    labels: Int32Array.from(Array.from(groups.keys(), own).flat()),
    labelDims: labelDimsOf(plan, each),
    classes: Uint32Array.from(firsts, (i) => classes[i] ?? 0),
    groups,
    rows,
    embedded: { labels: classes, places: Uint32Array.from(samples, (sample) => placeOf.get(sample) ?? 0) },
  };
}

/** The shape of the labels of a sample: that of its embeddings, without their features. */
function labelDimsOf({ tail: { embedding, spatial } }: Plan, each: number): readonly number[] {
  const { rank, shape, value } = embedding;
  if (rank === 2 || spatial) return [];
  if (rank === 3) return [each];
  const dims = shape.slice(1, -1);
  if (dims.every((dim) => typeof dim === 'number')) return dims;
  throw new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `Layers before the head cannot be trained: ${JSON.stringify(value)} has a shape that is open.`,
    saw: `embeddings of rank ${rank}, of which sizes are not known`,
    expected: 'embeddings [N, D] or [N, T, D], or sizes that the file tells',
    tryThis: ['leave --train-from and --train-last out, to train the head alone'],
  });
}
