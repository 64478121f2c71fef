import { fixedBatch } from '../graph/open-batch.ts';
import { targetCurve } from '../heads/curve.ts';
import { flagOf } from '../heads/parameters.ts';
import { leastScale, widestAngle } from './bounds.ts';
import { headroom, NONE } from './headroom.ts';
import type { Plan } from './plan.ts';
import { rowBlocks, rowNorm } from './row-blocks.ts';

/** Something about the model or the parameters that a user should know before training; nothing that stops the work. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** What `leastScale` is asked for: a loss of 0.01 on the easiest sample. */
const PROBABILITY = 0.99;

type Check = (plan: Plan, rows: RowFacts) => string | null;

interface RowFacts {
  readonly zero: number;
  readonly least: number;
  readonly largest: number;
}

const CHECKS: Readonly<Record<string, Check>> = {
  PLAIN_TAIL: ({ notes }) => (notes.length === 0 ? null : notes.join('; ')),
  BIAS_DROPPED: ({ tail, head, trainedRows }) => {
    if (tail.bias === null || head.keepsBias || trainedRows !== null) return null;
    const largest = tail.bias.rows().reduce((most, b) => Math.max(most, Math.abs(b)), 0);
    return `the bias of the layer (up to ${short(largest)}) is dropped: a cosine head has none, so predictions change until it is trained`;
  },
  NORMS_SPREAD: ({ tail, head, trainedRows }, { least, largest }) => {
    if (trainedRows !== null || head.keepsBias || tail.form === 'embedding' || largest < 2 * least)
      return null;
    return `the class rows differ in length (${short(least)} to ${short(largest)}): the cosine ignores that, so predictions change until it is trained`;
  },
  ZERO_ROWS: (_, { zero }) => {
    return zero === 0
      ? null
      : `${zero} class row${zero === 1 ? ' is' : 's are'} zero: their cosine is 0 for every input until they are trained`;
  },
  FEW_DIMENSIONS: ({ tail: { weight } }) => {
    if (weight.dim + 1 >= weight.classes || weight.dim >= 64) return null;
    return `${weight.dim} dimensions for ${weight.classes} classes: they cannot all be far apart, so a large margin may be out of reach`;
  },
  AFTER_RELU: ({ tail }) => {
    if (!tail.embedding.afterRelu) return null;
    return 'the embedding has no element below zero (a ReLU or the like made it), so no two embeddings are more than 90° apart';
  },
  UNIT_EMBEDDING: ({ tail: { unitEmbedding } }, { least, largest }) => {
    if (unitEmbedding === null) return null;
    const cosine =
      largest <= 1.001 * least
        ? `the layer is a cosine head already, of scale ${short(largest)}: its class rows are all of one length, and`
        : 'the layer sees directions alone:';
    return `${cosine} ${unitEmbedding} brings the embedding to length 1, so the new head sees no other length`;
  },
  QUANTISED: ({ tail }) => {
    if (!tail.quantised) return null;
    return 'the scores were quantised, with a range that was measured for them: the new head gives float32 and quantises nothing';
  },
  FIGURES_LEFT_OUT: ({ tail: { figures } }) => {
    if (figures.length === 0) return null;
    const names = figures.map((name) => JSON.stringify(name)).join(', ');
    return `what ${names} ${figures.length === 1 ? 'holds is' : 'hold is'} made of the old scores and left out of the new graphs`;
  },
  BATCH_FIXED: ({ view }) => {
    const size = fixedBatch(view);
    if (size === null) return null;
    const samples = size === 1 ? 'one sample' : `${size} samples`;
    return `the model takes ${samples} at a time, and so do both graphs: --open-batch lets them take any number`;
  },
  CLASSES_ALIKE: ({ head, values }) => {
    const lists = Object.entries(head.parameters).filter(([, { kind }]) => kind === 'vector');
    const given = lists.some(([name]) => (values[name] as readonly number[]).length > 0);
    if (lists.length === 0 || given) return null;
    const flags = lists.map(([name]) => `--${flagOf(name)}`).join(' or ');
    return `nothing is known of single classes, so all are treated alike: ${flags} tells them apart`;
  },
  SCALE_SMALL: ({ head, values, needs, tail: { weight } }) => {
    const scale = values['scale'];
    // The bound is that of a softmax.
    if (typeof scale !== 'number' || weight.classes < 3 || !head.isCrossEntropy) return null;
    // ψ(0): what becomes of the cosine of an embedding that lies on its class row, in the class that has it hardest.
    const peaks = extremeClasses(needs).map((label) => targetCurve(head, values, weight, 0, 1, label));
    const peak = Math.min(...peaks);
    const least = leastScale(weight.classes, PROBABILITY, peak);
    if (least !== null && scale >= least) return null;
    const advice = least === null ? 'a smaller margin is needed' : `at least ${short(least)} is needed`;
    return `with scale ${scale} and ${weight.classes} classes even a perfect embedding cannot reach a probability of ${PROBABILITY}: ${advice}`;
  },
  MARGIN_LARGE: ({ head, values, tail: { weight } }) => {
    const { classes, dim } = weight;
    const { angle } = widestAngle(classes, dim);
    // In one dimension rows lie on each other, margin or not.
    if (!head.isCrossEntropy || angle === 0 || headroom(head, values, weight, angle) > NONE) return null;
    const degrees = short((180 * angle) / Math.PI);
    return `the margin is too large: ${classes} class rows in ${dim} dimensions can be ${degrees}° apart at most, and even then an embedding on its own row does not win; \`heads --recommend\` has the bounds`;
  },
};

function rowFacts({ tail: { weight } }: Plan): RowFacts {
  let [zero, least, largest] = [0, Number.POSITIVE_INFINITY, 0];
  for (const block of rowBlocks(weight)) {
    for (let j = 0; j < block.count; j++) {
      const norm = rowNorm(block, j);
      if (norm > 0) [least, largest] = [Math.min(least, norm), Math.max(largest, norm)];
      else zero++;
    }
  }
  return { zero, least, largest };
}

/** Any class, and where classes have numbers of their own those that have the least and the largest. */
function extremeClasses({ takes }: Plan['needs']): number[] {
  const extremes = Object.values(takes).flatMap((taken) => {
    if (taken.kind !== 'perClass') return [];
    const order = [...taken.values.keys()].sort((a, b) => (taken.values[a] ?? 0) - (taken.values[b] ?? 0));
    return [order[0] ?? 0, order.at(-1) ?? 0];
  });
  return [...new Set([0, ...extremes])];
}

const short = (x: number) => String(Number(x.toPrecision(3)));

/** All that is worth a warning, in a fixed order. */
export function warningsOf(plan: Plan): Warning[] {
  const rows = rowFacts(plan);
  return Object.entries(CHECKS).flatMap(([code, check]) => {
    const message = check(plan, rows);
    return message === null ? [] : [{ code, message }];
  });
}
