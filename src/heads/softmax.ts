import { add } from '../expr/build.ts';
import { defineHead } from './head.ts';

/** The layer as it is: z_j = w_j·x + b_j. The baseline that margins are compared with. */
export const softmax = defineHead({
  name: 'softmax',
  title: 'the layer as it is, with cross-entropy: the baseline',
  formula: 'z_j = w_j·x + b_j',
  source: { title: 'cross-entropy over a fully connected layer', year: 1990, arxiv: null },
  parameters: {},
  keepsBias: true,
  plain: (_, { dot, bias }) => (bias === null ? dot : add(dot, bias)),
  reference: ({ theta, xNorm, wNorm, bias }) =>
    theta.map((t, j) => (wNorm[j] ?? 0) * xNorm * Math.cos(t) + (bias[j] ?? 0)),
});
