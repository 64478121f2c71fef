import type { Shape } from '../graph/value-info.ts';
import { operatorOf } from '../graph/view.ts';
import type { Cursor } from './cursor.ts';
import type { Linear } from './linear.ts';

/** Whether two lists of sizes must be the same, their products being the same: all but one pair are known to be equal. */
function agree(a: Shape, b: Shape): boolean {
  const unsure = a.filter((dim, axis) => dim === null || dim !== b[axis]);
  const differ = a.some(
    (dim, axis) => typeof dim === 'number' && typeof b[axis] === 'number' && dim !== b[axis],
  );
  return a.length === b.length && unsure.length <= 1 && !differ;
}

/**
 *   E [N, T, D] ─ Reshape [N·T, D] ─ Gemm ─ Reshape [N, T, C]
 *
 * as ONNX Runtime and JAX write a layer over tokens, whose embedding is the one before it was flattened. `target` is the
 * shape that the scores are brought to. Any other layer stays as it is.
 */
export function unflattened(linear: Linear, at: Cursor, target: Shape): Linear {
  const maker = at.view.producer(linear.embedding);
  if (linear.rank !== 2 || maker === null || operatorOf(maker) !== 'Reshape') return linear;
  const [embedding = ''] = maker.input;
  const { shape } = at.shapes(embedding);
  const rank = target.length;
  if (shape === null || rank < 3 || rank > 4 || shape.at(-1) !== linear.dim) return linear;
  if (!agree(shape.slice(0, -1), target.slice(0, -1))) return linear;
  return { ...linear, embedding, rank, axis: rank - 1, logits: at.node.output[0] ?? '' };
}
