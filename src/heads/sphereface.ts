import { blended, multipleAngle } from './angular.ts';
import { lambda, lambdaInput, multiple } from './common.ts';
import { defineHead } from './head.ts';

/** z_y = ‖x‖(λ·cos θ_y + ψ(θ_y))/(1 + λ), z_j = ‖x‖cos θ_j, with ψ = (−1)^k cos(mθ) − 2k: W normalised, ‖x‖ kept. */
export const sphereface = defineHead({
  name: 'sphereface',
  title: 'multiplicative angular margin, ‖x‖ kept',
  aliases: { 'a-softmax': {} },
  presets: {
    'pytorch-metric-learning': { margin: 4, lambda: 0 },
    // λ falls from 1000 to 5 in the first 1659 steps.
    wespeaker: { margin: 4, lambda: 5 },
  },
  formula: 'z_y = ‖x‖(λ·cos θ_y + (−1)^k cos(mθ_y) − 2k)/(1 + λ),  k = ⌊mθ_y/π⌋,  z_j = ‖x‖cos θ_j',
  source: {
    title: 'SphereFace: deep hypersphere embedding for face recognition',
    year: 2017,
    arxiv: '1704.08063',
  },
  parameters: { margin: multiple(4), lambda: lambda(5) },
  radius: (_, { xNorm }) => xNorm,
  takes: lambdaInput,
  psi: (c, { margin: m }, { take }) => blended(take('lambda'), c, multipleAngle(c, m)),
  reference: ({ theta, label, xNorm, taken }, { margin: m }) => {
    const l = Number(taken['lambda']);
    const psi = (t: number) => {
      const k = Math.floor((m * t) / Math.PI);
      return (-1) ** k * Math.cos(m * t) - 2 * k;
    };
    return theta.map((t, j) => xNorm * (j === label ? (l * Math.cos(t) + psi(t)) / (1 + l) : Math.cos(t)));
  },
});
