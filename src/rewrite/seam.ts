import type { Shape } from '../expr/expr.ts';
import type { Writer } from '../expr/writer.ts';
import { elementNumber } from '../model/elements.ts';
import type { Tail } from '../tail/tail.ts';

/** The embedding as the head takes it: float32, the channels last. */
export interface SeamValue {
  readonly value: string;
  readonly shape: Shape;
}

const LETTERS = ['N', 'T', 'U', 'V'];

/** `[N, D]`, or with T and more for each further axis of a classifier of tokens; known sizes stay numbers. */
export function embeddingShape({ embedding, weight, spatial }: Tail): Shape {
  const rank = spatial ? 2 : embedding.rank;
  const batch = Array.from({ length: rank - 1 }, (_, axis) => {
    const dim = embedding.shape[axis];
    return typeof dim === 'number' && dim > 0 ? dim : (LETTERS[axis] ?? `B${axis}`);
  });
  return [...batch, weight.dim];
}

/**
 * Leads from the backbone to the head: `[N, D, 1, 1]` is flattened, and the head runs in float32 whatever the backbone's
 * type is, since float16 cannot hold 64·cos θ near 1.
 */
export function writeSeam(writer: Writer, tail: Tail): SeamValue {
  const { value, element } = tail.embedding;
  const flat = tail.spatial ? writer.node('Flatten', [value], { axis: 1 }) : value;
  const float = element === 'float32' ? flat : writer.node('Cast', [flat], { to: elementNumber('float32') });
  return { value: float, shape: embeddingShape(tail) };
}

/**
 * Leads back from the head's scores `[N, C]` in float32 to the value that held the layer's, in its shape and type, for what
 * reads on from there: labels that the model gives besides.
 */
export function writeScores(writer: Writer, { embedding, spatial, logits }: Tail, scores: string): void {
  const ones = new Array<number>(embedding.rank - 2).fill(1);
  const shaped = spatial
    ? writer.node('Reshape', [scores, writer.ints([0, 0, ...ones], 'scores_shape')])
    : scores;
  const out = logits ?? writer.fresh('scores');
  if (embedding.element === 'float32') writer.node('Identity', [shaped], {}, out);
  else writer.node('Cast', [shaped], { to: elementNumber(embedding.element) }, out);
}
