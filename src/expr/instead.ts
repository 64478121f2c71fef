import type { Op } from './expr.ts';
import { tensor } from './kernels.ts';
import { overAxes, type Rule } from './operators.ts';
import type { Vocabulary } from './vocabulary.ts';

/** How an operation is written where its usual form is not for the reader. */
interface Instead {
  readonly when: (vocabulary: Vocabulary, opset: number) => boolean;
  readonly rule: Rule;
}

const withoutOperator = (opType: string, rule: Rule): Instead => ({
  when: ({ has }, opset) => !has(opType, opset),
  rule,
});

/** Far below 1 − c² of any cosine of float32 that is not ±1, and below any squared length that is not 0. */
const SMALLEST_RADICAND = 2 ** -100;

/** √u with a slope of 0 at 0 instead of an infinite one, which times 0 is no number. */
const heldRoot: Rule = (w, [u = ''], _, out) => {
  const least = w.constant('float32', tensor(SMALLEST_RADICAND), 'smallest_radicand');
  const root = w.node('Sqrt', [w.node('Max', [u, least])]);
  w.node('Where', [w.node('Less', [least, u]), root, w.constant('float32', tensor(0))], {}, out);
};

/** The largest along each axis in turn, as the first of all; for opsets from 10 on. */
const firstOfTop: Rule = (w, [x = ''], expr, out) => {
  const keeps = expr.shape.length === expr.args[0]?.shape.length;
  const top = expr.axes.reduce((value, axis, i) => {
    const found = keeps && i === expr.axes.length - 1 ? out : w.fresh('largest');
    const k = w.ints([1], 'one');
    return w.node('TopK', [value, k], { axis }, found, [w.fresh('largest_at')]);
  }, x);
  if (!keeps) overAxes('Squeeze', 13)(w, [top], expr, out);
};

/** `Where` of branches in the shape of the result; a branch without a gradient may stay smaller. */
const whereOfWholes: Rule = (w, inputs, expr, out) => {
  const shape = expr.shape.join();
  const whole = inputs.find((_, i) => expr.args[i]?.shape.join() === shape) ?? w.node('Where', inputs);
  const stretched = inputs.map((value, i) => {
    const arg = expr.args[i];
    if (i === 0 || arg === undefined || arg.op === 'const' || arg.shape.join() === shape) return value;
    return w.node('Expand', [value, w.node('Shape', [whole])]);
  });
  w.node('Where', stretched, {}, out);
};

/** What readers cannot use as it is usually written; what they do by other operations is in `lower.ts`. */
export const INSTEAD: Readonly<Partial<Record<Op, Instead>>> = {
  sqrt: { when: ({ differentiates }) => differentiates, rule: heldRoot },
  where: { when: ({ keepsShapes }) => keepsShapes, rule: whereOfWholes },
  reduceMax: withoutOperator('ReduceMax', firstOfTop),
};
