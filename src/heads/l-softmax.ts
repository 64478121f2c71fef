import { mul } from '../expr/build.ts';
import { blended, multipleAngle } from './angular.ts';
import { lambda, lambdaInput, multiple } from './common.ts';
import { defineHead } from './head.ts';

/** z_y = ‖w_y‖‖x‖(λ·cos θ_y + ψ(θ_y))/(1 + λ), z_j = w_j·x: ψ as in SphereFace, nothing normalised, no bias. */
export const lSoftmax = defineHead({
  name: 'l-softmax',
  title: 'multiplicative angular margin, ‖w‖ and ‖x‖ kept',
  aliases: { 'large-margin-softmax': {} },
  presets: { 'pytorch-metric-learning': { margin: 4, lambda: 0 } },
  formula: 'z_y = ‖w_y‖‖x‖(λ·cos θ_y + (−1)^k cos(mθ_y) − 2k)/(1 + λ),  k = ⌊mθ_y/π⌋,  z_j = w_j·x',
  source: {
    title: 'Large-margin softmax loss for convolutional neural networks',
    year: 2016,
    arxiv: '1612.02295',
  },
  parameters: { margin: multiple(4), lambda: lambda(0) },
  radius: (_, { xNorm, wNorm }) => mul(xNorm, wNorm),
  takes: lambdaInput,
  psi: (c, { margin: m }, { take }) => blended(take('lambda'), c, multipleAngle(c, m)),
  reference: ({ theta, label, xNorm, wNorm, taken }, { margin: m }) => {
    const l = Number(taken['lambda']);
    return theta.map((t, j) => {
      const length = (wNorm[j] ?? 0) * xNorm;
      if (j !== label) return length * Math.cos(t);
      const k = Math.floor((m * t) / Math.PI);
      return (length * (l * Math.cos(t) + (k % 2 === 0 ? 1 : -1) * Math.cos(m * t) - 2 * k)) / (1 + l);
    });
  },
});
