import { MarginError } from '../errors.ts';
import type { Feeds } from '../validate/samples.ts';

/** Samples with elements that are no numbers. @throws MarginError BAD_DATA */
export function refuseOdd(feeds: Feeds, from: number): void {
  for (const [name, { data, dims }] of Object.entries(feeds)) {
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    const at = data.findIndex((x) => !Number.isFinite(x));
    if (at < 0) continue;
    const each = dims.slice(1).reduce((product, dim) => product * dim, 1);
    throw notFinite(`sample ${from + Math.floor(at / each)}`, `${data[at]} in "${name}"`, [
      'leave such samples out: x[numpy.isfinite(x).reshape(len(x), -1).all(1)]',
    ]);
  }
}

/** Embeddings with elements that are no numbers: a model that is fed with what it was not trained for. @throws MarginError BAD_DATA */
export function refuseOddRow(x: Float32Array, row: number, dim: number, sample: number): void {
  for (let k = row * dim; k < (row + 1) * dim; k++) {
    if (Number.isFinite(x[k])) continue;
    throw notFinite(`the embedding of sample ${sample}`, String(x[k]), [
      'scale the inputs as the model was trained with',
      '--provider cpu',
    ]);
  }
}

function notFinite(what: string, saw: string, tryThis: readonly string[]): MarginError {
  return new MarginError({
    code: 'BAD_DATA',
    message: `${what[0]?.toUpperCase()}${what.slice(1)} has elements that are not finite.`,
    saw: `${what}: ${saw}`,
    expected: 'finite numbers',
    tryThis,
  });
}

export function oddLabels(rows: number, each: number): MarginError {
  return new MarginError({
    code: 'BAD_DATA',
    message: 'The labels do not fit what the model classifies.',
    saw: `${each} labels for the ${rows} embeddings of a sample`,
    expected: 'a label for each sample, or for each token where tokens are classified',
    tryThis: ['--labels with one label for each embedding'],
  });
}

/** Layers are trained in batches, and the model has its own size of them written into it. */
export function fixedSize(size: number): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: 'Layers before the head cannot be trained: the model takes a fixed number of samples.',
    saw: `${size} sample${size === 1 ? '' : 's'} at a time`,
    expected: 'a model whose batch is open',
    tryThis: [
      '--open-batch, which lets it take any number',
      'export it with a batch axis of any size (in PyTorch: dynamic_axes or dynamic_shapes)',
      'leave --train-from and --train-last out, to train the head alone',
    ],
  });
}

/** A value between the frozen part and the trained one that float32 does not hold. */
export function inexact(value: string, number: number): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `The trained layers read ${JSON.stringify(value)}, whose numbers float32 does not hold.`,
    saw: String(number),
    expected: 'floats, or integers below 16,777,216',
    tryThis: ['--train-last 1, or a later --train-from, so that the trained layers do not read it'],
  });
}

/** A value between the frozen part and the trained one that all samples share. */
export function notPerSample(value: string, dims: readonly number[], count: number): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `The trained layers read ${JSON.stringify(value)}, which is not of one sample each.`,
    saw: `[${dims.join(', ')}] for ${count} samples`,
    expected: 'samples as the first axis',
    tryThis: ['--train-last 1, or a later --train-from, so that the trained layers do not read it'],
  });
}
