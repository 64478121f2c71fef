import { sub } from '../expr/build.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';

/** z_y = s(cos θ_y − m), z_j = s·cos θ_j. The margin is unconditional, as in the papers. */
export const cosface = defineHead({
  name: 'cosface',
  title: 'additive cosine margin',
  aliases: { 'am-softmax': { scale: 30 }, lmcl: {} },
  presets: {
    'insightface-torch': { scale: 64, margin: 0.4 },
    'insightface-mxnet': { scale: 64, margin: 0.35 },
    'pytorch-metric-learning': { scale: 64, margin: 0.35 },
    wespeaker: { scale: 32, margin: 0.2 },
    paddleclas: { scale: 64, margin: 0.35 },
    opensphere: { scale: 64, margin: 0.35 },
  },
  formula: 'z_y = s(cos θ_y − m),  z_j = s·cos θ_j',
  source: {
    title: 'CosFace: large margin cosine loss; AM-Softmax (1801.05599)',
    year: 2018,
    arxiv: '1801.09414',
  },
  parameters: {
    scale: scale(64),
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.35,
      range: { min: 0, max: 2 },
      help: 'taken from cos θ_y',
    },
  },
  radius: ({ scale: s }) => s,
  psi: (c, { margin: m }) => sub(c, m),
  reference: ({ theta, label }, { scale: s, margin: m }) =>
    theta.map((t, j) => s * (Math.cos(t) - (j === label ? m : 0))),
});
