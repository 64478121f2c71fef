import {
  add,
  clamp,
  div,
  less,
  max,
  mul,
  neg,
  sqrt,
  square,
  stopGradient,
  sub,
  where,
} from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { angleOf, cosineOf } from '../expr/trig.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';
import type { PlainParts } from './parts.ts';
import { averagedOver, batchMean } from './taken.ts';

/** Lengths as the authors hold them, in [0.001, 100]; they count as constants. */
const heldNorm = ({ xNorm }: PlainParts) => stopGradient(clamp(xNorm, 0.001, 100));

/** Cosines in ±(1 − ε), where the slope of the angle is not steep. */
const heldCosine = (cos: Expr, eps: number) => clamp(cos, eps - 1, 1 - eps);

/**
 * z_y = s(cos(θ_y − m·ẑ) − m − m·ẑ), z_j = s·cos θ_j, with ẑ = (‖x‖ − μ)/(σ + ε)·h held in [−1, 1]: long embeddings are
 * taken for good pictures, and the margin leans on those. ‖x‖ counts as a constant, cosines are held in ±(1 − ε) and the
 * angle with its margin in [ε, π − ε], as in the authors' code.
 *
 * μ and σ start at 20 and 100 and follow the mean and the deviation (by N − 1) of the lengths of each batch; they are
 * updated before they are used. One sample has no deviation (the authors' code gives NaN from there on): with fewer than
 * two that count σ stays as it is, and with none μ does too.
 */
export const adaface = defineHead({
  name: 'adaface',
  title: 'angular and cosine margin, balanced by ‖x‖ as a measure of quality',
  formula:
    'z_y = s(cos(θ_y − m·ẑ) − m − m·ẑ),  ẑ = clip(h(‖x‖ − μ)/(σ + ε), −1, 1),  z_j = s·cos θ_j,  μ, σ: running mean and deviation of ‖x‖',
  source: {
    title: 'AdaFace: quality adaptive margin for face recognition',
    year: 2022,
    arxiv: '2204.00964',
  },
  parameters: {
    scale: scale(64),
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.4,
      range: { min: 0, below: Math.PI / 2 },
      help: 'both margins: ẑ·m on the angle, m + ẑ·m on the cosine',
    },
    h: {
      kind: 'number',
      letter: 'h',
      default: 0.333,
      range: { min: 0 },
      help: 'how much lengths matter; 0 makes it CosFace',
    },
    tAlpha: {
      kind: 'number',
      letter: 'α',
      default: 0.01,
      range: { min: 0, max: 1 },
      help: 'weight of a batch in the running mean and deviation of ‖x‖; the class of the authors says 1, their scripts 0.01',
    },
    eps: {
      kind: 'number',
      letter: 'ε',
      default: 1e-3,
      range: { above: 0, max: 0.1 },
      help: 'how far cosines are held from ±1 and angles from 0 and π',
    },
  },
  takes: ({ tAlpha }) => ({
    batch_mean: {
      kind: 'state',
      initial: 20,
      help: 'running mean of ‖x‖',
      next: (parts, before) => averagedOver(batchMean(heldNorm(parts), parts), before, tAlpha, parts),
    },
    batch_std: {
      kind: 'state',
      initial: 100,
      help: 'running standard deviation of ‖x‖',
      next: (parts, before) => {
        const norm = heldNorm(parts);
        const squares = parts.sumCounted(square(sub(norm, batchMean(norm, parts))));
        const deviation = sqrt(div(squares, max(sub(parts.counted, 1), 1)));
        return averagedOver(deviation, before, tAlpha, parts, 2);
      },
    },
  }),
  radius: ({ scale: s }) => s,
  psi: (c, { margin: m, h, eps }, parts) => {
    const deviation = add(parts.take('batch_std'), eps);
    const quality = clamp(mul(div(sub(heldNorm(parts), parts.take('batch_mean')), deviation), h), -1, 1);
    const shift = mul(m, quality);
    const angle = clamp(sub(angleOf(heldCosine(c, eps)), shift), eps, Math.PI - eps);
    return sub(cosineOf(angle, Math.PI), add(m, shift));
  },
  others: (cos, { eps }, { hasTarget }) => {
    // A bound for each row: a choice between two matrices takes as long as five other passes over them.
    const most = where(less(0.5, hasTarget), 1 - eps, 2);
    return clamp(cos, neg(most), most);
  },
  reference: {
    batch: (samples, { tAlpha }) => {
      const norms = samples.flatMap(({ counts, xNorm }) => (counts ? [held(xNorm)] : []));
      const n = norms.length;
      const mean = norms.reduce((sum, norm) => sum + norm, 0) / n;
      const variance = norms.reduce((sum, norm) => sum + (norm - mean) ** 2, 0) / (n - 1);
      const mixed = (now: number, before: unknown) => tAlpha * now + (1 - tAlpha) * Number(before);
      return samples.map((sample) => {
        const { batch_mean: mu, batch_std: sigma } = sample.taken;
        const taken = {
          ...sample.taken,
          batch_mean: n > 0 ? mixed(mean, mu) : Number(mu),
          batch_std: n > 1 ? mixed(Math.sqrt(variance), sigma) : Number(sigma),
        };
        return { ...sample, taken };
      });
    },
    logits: ({ theta, label, xNorm, taken }, { scale: s, margin: m, h, eps }) => {
      if (theta[label] === undefined) return theta.map((angle) => s * Math.cos(angle));
      const z = (held(xNorm) - Number(taken['batch_mean'])) / (Number(taken['batch_std']) + eps);
      const zHat = Math.max(-1, Math.min(1, z * h));
      const between = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
      return theta.map((angle, j) => {
        const c = between(Math.cos(angle), eps - 1, 1 - eps);
        if (j !== label) return s * c;
        return s * (Math.cos(between(Math.acos(c) - m * zHat, eps, Math.PI - eps)) - (m + m * zHat));
      });
    },
  },
});

const held = (norm: number) => Math.min(Math.max(norm, 0.001), 100);
