import { input, transpose } from '../expr/build.ts';
import { crossEntropy } from '../heads/cross-entropy.ts';
import { partsOf } from '../heads/parts.ts';
import { makeTensor } from '../model/tensors.ts';
import { type Assembled, assemble } from './assemble.ts';
import type { Plan } from './plan.ts';
import { embeddingShape } from './seam.ts';

/**
 * The training graph: the model's inputs and `labels` → `loss`, a scalar, and `logits`.
 *
 * W is taken where it lies when it lies there as float32, so that it keeps its name and bytes; else as a new
 * initializer `margin/weight` [C, D].
 */
export function trainGraph(plan: Plan): Assembled {
  const { tail, head, values, labelType, ignoreIndex } = plan;
  const { classes, dim, initializer, layout } = tail.weight;
  const batch = embeddingShape(tail).slice(0, -1);
  const asIs = initializer !== null;
  const stored = input('weight', 'float32', asIs && layout === 'DC' ? [dim, classes] : [classes, dim]);
  const { bias } = tail;
  const keepsBias = head.keepsBias && bias !== null;
  return assemble(plan, {
    constants: {
      weight: initializer ?? ((name) => makeTensor(name, [classes, dim], tail.weight.rows())),
      ...(keepsBias ? { bias: (name: string) => makeTensor(name, [classes], bias.rows()) } : {}),
    },
    inputs: { labels: { element: labelType, shape: batch } },
    results: (seam) => {
      const labels = input('labels', labelType, batch);
      const w = asIs && layout === 'DC' ? transpose(stored) : stored;
      const b = keepsBias ? input('bias', 'float32', [classes]) : null;
      const parts = partsOf(input('x', 'float32', seam.shape), w, b, labels);
      const logits = head.logits(parts, values);
      return [
        { name: 'loss', expr: crossEntropy(logits, labels, ignoreIndex, parts) },
        { name: 'logits', expr: logits },
      ];
    },
    kept: [],
  });
}
