import { MarginError } from '../errors.ts';
import { add, clamp, mul, named, sub } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { additiveAngle, computedMargin, PAST_PI } from './angular.ts';
import { addedAngle } from './arcface.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';
import type { ValuesOf } from './parameters.ts';
import type { Parts } from './parts.ts';
import { sharedByOrder, sharedByRank } from './ranks.ts';
import { type Sample, takenNumber } from './sample.ts';

/** Standard normal numbers beyond this do not occur; what is fed beyond it is held here. */
const MOST_NOISE = 10;

const parameters = {
  scale: scale(64),
  base: {
    kind: 'choice',
    default: 'arc',
    choices: ['arc', 'cos'],
    help: 'what the margin is added to: arc the angle θ_y, cos (with a minus) its cosine',
  },
  margin: {
    kind: 'number',
    letter: 'm',
    default: 0.5,
    range: { min: 0, below: Math.PI / 2 },
    help: 'mean of the margins of samples, in radians where it is added to an angle',
  },
  std: {
    kind: 'number',
    letter: 'σ',
    default: 0.05,
    range: { min: 0, max: 1 },
    help: 'standard deviation of the margins; the papers take less with --plus (0.0175, 0.02)',
  },
  plus: {
    kind: 'choice',
    default: 'off',
    choices: ['off', 'ranked', 'authors'],
    help: 'ranked (ElasticFace+): the nearer a sample is to its class, the smaller the margin of the batch it gets; authors: as their code hands them out, which is not by rank',
  },
  pastPi: {
    kind: 'choice',
    default: 'none',
    choices: PAST_PI,
    help: 'where θ_y + m_i passes π: none as the authors, or as arcface',
  },
} as const;

type ElasticValues = ValuesOf<typeof parameters>;

/** m_i = m + σ·ε_i, `[..., 1]`. */
function marginOf(c: Expr, { margin, std, plus }: ElasticValues, parts: Parts): Expr {
  const drawn = parts.take('noise');
  if (plus === 'authors' && parts.counts.shape.length > 2) throw tokensHaveNoOrder();
  const noise = {
    off: () => drawn,
    ranked: () => sharedByRank(drawn, c, parts),
    authors: () => sharedByOrder(drawn, c, parts),
  }[plus]();
  return named('margin', add(margin, mul(std, clamp(noise, -MOST_NOISE, MOST_NOISE))));
}

function tokensHaveNoOrder(): MarginError {
  return new MarginError({
    code: 'BAD_PARAM',
    message: 'The order of the authors’ code is one of samples, not of tokens.',
    saw: '--plus authors for a classifier of tokens',
    expected: 'one label a sample',
    tryThis: ['--plus ranked'],
  });
}

/** The place of each number among all of them sorted, which `order` does; equals share the first of theirs. */
function ranksOf(numbers: readonly number[], order: readonly number[]): number[] {
  const ranks: number[] = [];
  for (const [place, index] of order.entries()) {
    const before = order[place - 1];
    const same = before !== undefined && numbers[before] === numbers[index];
    ranks[index] = same ? (ranks[before] ?? place) : place;
  }
  return ranks;
}

/** Noise as `plus` hands it out among the samples that count. */
function shared(samples: readonly Sample[], { plus }: ElasticValues): readonly Sample[] {
  if (plus === 'off') return samples;
  const counted = samples.filter(({ counts }) => counts);
  const numbers = counted.map((sample) => takenNumber(sample, 'noise')).sort((a, b) => a - b);
  const angles = counted.map(({ theta, label }) => theta[label] ?? Math.PI);
  const order = [...angles.keys()].sort((a, b) => (angles[a] ?? 0) - (angles[b] ?? 0));
  const places = plus === 'authors' ? order : ranksOf(angles, order);
  const noise = new Map(counted.map((sample, i) => [sample, numbers[places[i] ?? 0] ?? 0]));
  return samples.map((sample) => {
    const own = noise.get(sample);
    return own === undefined ? sample : { ...sample, taken: { ...sample.taken, noise: own } };
  });
}

/**
 * z_y = s·cos(θ_y + m_i) or s(cos θ_y − m_i), z_j = s·cos θ_j, with a margin m_i = m + σ·ε_i for each sample, ε_i being a
 * standard normal number that the caller draws and feeds as `noise`: so that a run can be repeated.
 *
 * ElasticFace+ gives the nearest sample of a batch the smallest margin. The authors' code sorts samples by nearness and
 * margins by size, but hands sample i the margin at the index that the sorting put in place i: not by rank.
 * `--plus authors` does that too, for batches of up to 1024.
 */
export const elasticface = defineHead({
  name: 'elasticface',
  title: 'a margin drawn anew for each sample',
  aliases: { 'elasticface-arc': {}, 'elasticface-cos': { base: 'cos', margin: 0.35 } },
  formula: 'z_y = s·cos(θ_y + m_i) or s(cos θ_y − m_i),  m_i = m + σ·ε_i,  z_j = s·cos θ_j',
  source: {
    title: 'ElasticFace: elastic margin loss for deep face recognition',
    year: 2022,
    arxiv: '2109.09416',
  },
  parameters,
  radius: ({ scale: s }) => s,
  takes: () => ({ noise: { kind: 'noise', help: 'standard normal numbers, one a sample' } }),
  psi: (c, values, parts) => {
    const m = marginOf(c, values, parts);
    if (values.base === 'cos') return sub(c, m);
    return additiveAngle(c, computedMargin(m, values.margin + MOST_NOISE * values.std), values.pastPi);
  },
  reference: {
    batch: shared,
    logits: (sample, { scale: s, base, margin, std, pastPi }) => {
      const m = margin + std * takenNumber(sample, 'noise');
      const target = (t: number) => (base === 'cos' ? Math.cos(t) - m : addedAngle(t, m, pastPi));
      return sample.theta.map((t, j) => s * (j === sample.label ? target(t) : Math.cos(t)));
    },
  },
});
