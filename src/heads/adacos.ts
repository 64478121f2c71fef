import { add, div, exp, less, log, max, min, mul, reduceMax, reduceSum, sub, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { defineHead } from './head.ts';
import { upperMedian } from './median.ts';
import type { Parts } from './parts.ts';
import { whereCounted } from './taken.ts';

/** s̃ = √2·log(C − 1): where the scale starts, and where it stays if it is fixed. */
const fixedScale = (classes: number) => Math.SQRT2 * Math.log(classes - 1);

/** log B with B = (1/N) Σ_i Σ_{k≠y_i} exp(s·cos θ_ik), a scalar. */
function logOfOthers(s: Expr, { cos, isTarget, counts, sumCounted, countedAtLeastOne }: Parts): Expr {
  // The largest cosine that is summed up is taken off first, so that no exponential overflows and not all vanish.
  const most = reduceMax(where(isTarget, -1, cos), [-1]);
  const largest = reduceMax(where(less(counts, 0.5), -1, most), undefined, false);
  // Columns that are not summed up may be larger; they are held too, for where there is no Where, 0·∞ would be NaN.
  const terms = where(isTarget, 0, exp(mul(s, min(sub(cos, largest), 0))));
  const mean = div(sumCounted(reduceSum(terms, [-1])), countedAtLeastOne);
  // The mean is 1/N or more where anything counts; where nothing does, its logarithm must be a number all the same.
  return add(mul(s, largest), log(max(mean, 2 ** -100)));
}

/**
 * z_j = s·cos θ_j: no margin, and a scale that is not chosen. `fixed`: s = √2·log(C − 1). `dynamic` starts there and is
 * updated before it is used: s ← log B / cos(min(π/4, θ_med)), B = (1/N) Σ_i Σ_{k≠y_i} exp(s·cos θ_ik), and θ_med is the
 * median of the angles θ_y of the batch, of an even number the lower one.
 */
export const adacos = defineHead({
  name: 'adacos',
  title: 'cosine logits, the scale by the number of classes or by the batch',
  formula:
    'z_j = s·cos θ_j,  s = √2·log(C − 1), or s ← log(mean Σ_{k≠y} exp(s·cos θ_k))/cos(min(π/4, median θ_y))',
  source: {
    title: 'AdaCos: adaptively scaling cosine logits for effectively learning deep face representations',
    year: 2019,
    arxiv: '1905.00292',
  },
  parameters: {
    mode: {
      kind: 'choice',
      default: 'dynamic',
      choices: ['dynamic', 'fixed'],
      help: 'dynamic: the scale is a state that follows the batches; fixed: √2·log(C − 1)',
    },
  },
  conflict: (_, { classes }) =>
    classes > 2
      ? null
      : {
          saw: `${classes} classes, and √2·log(C − 1) = 0`,
          expected: 'at least 3 classes',
          tryThis: ['--head normface --scale 16'],
        },
  takes: ({ mode }, { classes }) => {
    if (mode === 'fixed') return {};
    return {
      s: {
        kind: 'state',
        initial: fixedScale(classes),
        help: 'the scale',
        next: (parts, before) => {
          // cos(min(π/4, θ_med)), of the cosines: the larger the cosine, the smaller the angle.
          const middle = max(upperMedian(parts.cosTarget, -2, parts), Math.SQRT1_2);
          return whereCounted(1, div(logOfOthers(before, parts), middle), before, parts);
        },
      },
    };
  },
  radius: ({ mode }, { take, classes }) => (mode === 'fixed' ? fixedScale(classes) : take('s')),
  reference: {
    batch: (samples, { mode }) => {
      const counted = samples.filter(({ counts }) => counts);
      const [first] = counted;
      if (mode === 'fixed' || first === undefined) return samples;
      const before = Number(first.taken['s']);
      const sums = counted.map(({ theta, label }) =>
        theta.reduce((sum, angle, k) => sum + (k === label ? 0 : Math.exp(before * Math.cos(angle))), 0),
      );
      const b = sums.reduce((sum, each) => sum + each, 0) / counted.length;
      const angles = counted.map(({ theta, label }) => theta[label] ?? Number.NaN).toSorted((p, q) => p - q);
      const median = angles[Math.floor((angles.length - 1) / 2)] ?? Number.NaN;
      const s = Math.log(b) / Math.cos(Math.min(Math.PI / 4, median));
      return samples.map((sample) => ({ ...sample, taken: { ...sample.taken, s } }));
    },
    logits: ({ theta, taken }, { mode }) => {
      const s = mode === 'fixed' ? Math.SQRT2 * Math.log(theta.length - 1) : Number(taken['s']);
      return theta.map((angle) => s * Math.cos(angle));
    },
  },
});
