import { clamp, neg, sub } from '../expr/build.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';
import { oneVsAll } from './one-vs-all.ts';

/**
 * Binary questions with one threshold for all classes, which is learned: z_y = s(cos θ_y − m) − b, z_j = s·cos θ_j − b,
 * loss log(1 + e^{−z_y}) + l·Σ log(1 + e^{z_j}), b starting at ln(10·C·r). In `bce` each class has a threshold of its own.
 *
 * The authors' code holds what goes into the exponential in ±s, so that it cannot overflow; ours cannot anyway, and
 * beyond ±s theirs has no gradient. `bounded` does as they do.
 */
export const uniface = defineHead({
  name: 'uniface',
  title: 'a binary question a class, one learned threshold for all',
  aliases: { 'uniface-uce': {}, 'uniface-bce': { variant: 'bce' } },
  presets: { authors: { scale: 64, margin: 0.4, negativeWeight: 1, sampleRate: 1, bounded: true } },
  formula: 'z_y = s(cos θ_y − m) − b,  z_j = s·cos θ_j − b,  one threshold b',
  source: {
    title: 'UniFace: unified cross-entropy loss for deep face recognition, ICCV',
    year: 2023,
    arxiv: null,
  },
  parameters: {
    scale: scale(64),
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.4,
      range: { min: 0, max: 2 },
      help: 'taken from cos θ_y',
    },
    variant: {
      kind: 'choice',
      default: 'uce',
      choices: ['uce', 'bce'],
      help: 'uce: one threshold for all classes; bce: one each',
    },
    negativeWeight: {
      kind: 'number',
      letter: 'l',
      default: 1,
      range: { min: 0 },
      help: 'weight of the other classes in the loss',
    },
    sampleRate: {
      kind: 'number',
      letter: 'r',
      default: 1,
      range: { above: 0, max: 1 },
      help: 'share of the classes that a step sees (partial FC): the threshold starts at ln(10·C·r)',
    },
    bounded: {
      kind: 'flag',
      default: false,
      help: 'hold what goes into exponentials in ±s, as the authors’ code does: no gradient beyond',
    },
  },
  takes: ({ variant, sampleRate }, { classes }) => {
    // In float32, as it lies in a graph and in the authors' code.
    const start = Math.fround(Math.log(10 * classes * sampleRate));
    return {
      threshold:
        variant === 'uce'
          ? { kind: 'learned', help: 'b, the threshold of all classes', initial: start }
          : {
              kind: 'perClass',
              help: 'b_j, the thresholds of the classes',
              values: new Array<number>(classes).fill(start),
              trained: true,
            },
    };
  },
  radius: ({ scale: s }) => s,
  shift: (_, { take }) => neg(take('threshold')),
  psi: (c, { margin: m }) => sub(c, m),
  loss: (logits, { scale: s, negativeWeight, bounded }, parts) =>
    oneVsAll(logits, parts, { target: 1, others: negativeWeight }, (z) => (bounded ? clamp(z, -s, s) : z)),
  reference: {
    logits: ({ theta, label, taken }, { scale: s, margin: m }) => {
      const b = taken['threshold'];
      return theta.map((t, j) => {
        const own = typeof b === 'number' ? b : (b?.[j] ?? Number.NaN);
        return s * (Math.cos(t) - (j === label ? m : 0)) - own;
      });
    },
    loss: (logits, { label }, { scale: s, negativeWeight: l, bounded }) => {
      const cost = (z: number) => {
        const x = bounded ? Math.min(s, Math.max(-s, z)) : z;
        return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
      };
      return logits.reduce((sum, z, j) => sum + (j === label ? cost(-z) : l * cost(z)), 0);
    },
  },
});
