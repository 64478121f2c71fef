import { scale } from './common.ts';
import { defineHead } from './head.ts';

/** z_j = s·cos θ_j: cosine logits without a margin. */
export const normface = defineHead({
  name: 'normface',
  title: 'cosine logits, no margin',
  aliases: { 'cosine-softmax': {}, coco: {} },
  presets: {
    'insightface-mxnet': { scale: 64 },
    // A temperature of 0.05.
    'pytorch-metric-learning': { scale: 20 },
    opensphere: { scale: 30 },
  },
  formula: 'z_j = s·cos θ_j',
  source: {
    title: 'NormFace: L2 hypersphere embedding for face verification',
    year: 2017,
    arxiv: '1704.06369',
  },
  parameters: { scale: scale(64) },
  radius: ({ scale: s }) => s,
  reference: ({ theta }, { scale: s }) => theta.map((t) => s * Math.cos(t)),
});
