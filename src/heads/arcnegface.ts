import { add, exp, mul, named, neg, square, stopGradient, sub } from '../expr/build.ts';
import { additiveAngle } from './angular.ts';
import { addedAngle } from './arcface.ts';
import { angularMargin, scale } from './common.ts';
import { defineHead } from './head.ts';

/**
 * z_y = s·a_y with a_y = cos(θ_y + m), past π as ArcFace's `hard`; z_j = s(τ_j·cos θ_j + τ_j − 1) with
 * τ_j = α·exp(−(cos θ_j − a_y)²/σ), a constant to the gradient: a class weighs the more the nearer it is to the target. A
 * sample without a label is as one at a right angle to its class.
 */
export const arcnegface = defineHead({
  name: 'arcnegface',
  title: 'additive angular margin, other classes by how near they are to the target',
  formula:
    'z_y = s·a_y,  a_y = cos(θ_y + m),  z_j = s(τ_j·cos θ_j + τ_j − 1),  τ_j = α·exp(−(cos θ_j − a_y)²/σ)',
  source: {
    title: 'Towards flops-constrained face recognition',
    year: 2019,
    arxiv: '1909.00632',
  },
  parameters: {
    scale: scale(64),
    margin: angularMargin(0.5),
    alpha: { kind: 'number', letter: 'α', default: 1.2, range: { above: 0 }, help: 'the largest weight τ' },
    sigma: {
      kind: 'number',
      letter: 'σ',
      default: 2,
      range: { above: 0 },
      help: 'how slowly τ falls with the distance to the target',
    },
  },
  radius: ({ scale: s }) => s,
  psi: (c, { margin: m }) => additiveAngle(c, m, 'hard'),
  others: (cos, { margin: m, alpha, sigma }, { cosTarget }) => {
    const distance = sub(cos, additiveAngle(cosTarget, m, 'hard'));
    const tau = named('tau', stopGradient(mul(alpha, exp(mul(neg(square(distance)), 1 / sigma)))));
    return sub(add(mul(tau, cos), tau), 1);
  },
  reference: ({ theta, label }, { scale: s, margin: m, alpha, sigma }) => {
    if (label === -1) return theta.map((t) => s * Math.cos(t));
    const target = addedAngle(theta[label] ?? Math.PI / 2, m, 'hard');
    return theta.map((t, j) => {
      if (j === label) return s * target;
      const tau = alpha * Math.exp(-((Math.cos(t) - target) ** 2) / sigma);
      return s * (tau * Math.cos(t) + tau - 1);
    });
  },
});
