import { div, exp, input, reduceMax, reduceSum, sub } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { plainPartsOf } from '../heads/parts.ts';
import { madeTensor, makeTensor } from '../model/tensors.ts';
import { type Assembled, assemble, type Result } from './assemble.ts';
import type { InferOutput, Plan } from './plan.ts';
import type { SeamValue } from './seam.ts';
import { headNorms, unitColumns } from './unit-rows.ts';

/**
 * The inference graph: the model's inputs → `cosine` [N, C], and on request the unit embedding, the logits without
 * margin and their softmax. Ŵ is stored, normalised once. Outputs of the model that the tail had no part in stay, and so
 * do labels, which are then told by the head's scores.
 */
export function inferGraph(plan: Plan): Assembled {
  const { view, tail, head, values, needs, inferOutputs, firstOutputName } = plan;
  const { classes, dim } = tail.weight;
  const count = classes * needs.centres;
  const { bias } = tail;
  const keepsBias = head.keepsBias && bias !== null;
  const labels = tail.labels.filter((name) => name !== firstOutputName);
  const parted = (seam: SeamValue) =>
    plainPartsOf(
      {
        x: input('x', 'float32', seam.shape),
        unitColumns: input('weight_unit', 'float32', [dim, count]),
        wNorm: input('weight_norm', 'float32', [1, count]),
        bias: keepsBias ? input('bias', 'float32', [classes]) : null,
      },
      needs,
    );
  return assemble(plan, {
    constants: {
      weight_unit: (name) => madeTensor(name, [dim, count], unitColumns(plan)),
      weight_norm: (name) => makeTensor(name, [1, count], headNorms(plan)),
      ...(keepsBias ? { bias: (name: string) => makeTensor(name, [classes], bias.rows()) } : {}),
    },
    inputs: {},
    results: (seam) => {
      const parts = parted(seam);
      const logits = head.plain(parts, values);
      const results: Readonly<Record<InferOutput, Expr>> = {
        cosine: parts.cos,
        embedding: parts.unit,
        logits,
        probabilities: softmax(logits),
      };
      return inferOutputs.map((output, index): Result => {
        const name = index === 0 ? (firstOutputName ?? output) : output;
        return { name, expr: results[output] };
      });
    },
    kept: view.outputs.filter(({ name = '' }) => !tail.outputs.includes(name) || labels.includes(name)),
    scores: labels.length === 0 ? null : (seam) => head.plain(parted(seam), values),
  });
}

/** Row by row, shifted by the largest so that nothing overflows. */
function softmax(logits: Expr): Expr {
  const powers = exp(sub(logits, reduceMax(logits, [-1])));
  return div(powers, reduceSum(powers, [-1]));
}
