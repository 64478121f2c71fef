import { add, max, mul, stopGradient, sub } from '../expr/build.ts';
import { defineHead } from './head.ts';

/**
 * z_y = γ·[1 + m − cos θ_y]₊·(cos θ_y − 1 + m), z_j = γ·[cos θ_j + m]₊·(cos θ_j − m): each similarity is weighted by how
 * far it is from where it should be. The weights [·]₊ count as constants, as in the paper, so the gradient is not that
 * of the value. Cross-entropy over these logits is the paper's loss with one positive similarity a sample.
 */
export const circle = defineHead({
  name: 'circle',
  title: 'cosines weighted by how far they are from their goal',
  formula: 'z_y = γ·[1 + m − cos θ_y]₊(cos θ_y − 1 + m),  z_j = γ·[cos θ_j + m]₊(cos θ_j − m)',
  source: {
    title: 'Circle loss: a unified perspective of pair similarity optimization',
    year: 2020,
    arxiv: '2002.10857',
  },
  parameters: {
    gamma: {
      kind: 'number',
      letter: 'γ',
      default: 256,
      range: { above: 0 },
      help: 'scale of the weighted cosines',
    },
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.25,
      range: { min: 0, max: 1 },
      help: 'the goals are 1 + m and −m, the boundaries 1 − m and m',
    },
  },
  radius: ({ gamma }) => gamma,
  psi: (c, { margin: m }) => mul(stopGradient(max(sub(1 + m, c), 0)), sub(c, 1 - m)),
  others: (cos, { margin: m }) => mul(stopGradient(max(add(cos, m), 0)), sub(cos, m)),
  reference: ({ theta, label }, { gamma, margin: m }) =>
    theta.map((t, j) => {
      const similarity = Math.cos(t);
      if (label === -1) return gamma * similarity;
      // The closed form of the values: m² − (1 − s_p)², which no cosine reaches the bracket's zero of, and s_n² − m².
      if (j === label) return gamma * (m * m - (1 - similarity) ** 2);
      return similarity > -m ? gamma * (similarity * similarity - m * m) : 0;
    }),
});
