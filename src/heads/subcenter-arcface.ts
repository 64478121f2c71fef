import { ARC } from './arcface.ts';
import { defineHead } from './head.ts';

/**
 * ArcFace with K centres a class, W `[C·K, D]` with centre k of class c in row c·K + k. A class counts by its nearest
 * centre, cos θ_j = max_k x̂·ŵ_{j,k}, taken before the margin; the gradient reaches that centre alone. Noisy samples
 * gather at centres of their own.
 */
export const subcenterArcface = defineHead({
  name: 'subcenter-arcface',
  title: 'additive angular margin to the nearest of several centres a class',
  formula: 'z_y = s·cos(θ_y + m),  z_j = s·cos θ_j,  cos θ_j = max_k x̂·ŵ_{j,k}',
  source: {
    title: 'Sub-center ArcFace: boosting face recognition by large-scale noisy web faces',
    year: 2020,
    arxiv: null,
  },
  ...ARC,
  parameters: {
    centres: {
      kind: 'integer',
      letter: 'K',
      default: 3,
      range: { min: 1, max: 64 },
      help: 'centres a class; they start as copies of its row, moved a little',
    },
    ...ARC.parameters,
  },
  centres: ({ centres }) => centres,
});
