import { add, less, mul, sub, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { addAngle } from './angular.ts';
import { scale } from './common.ts';
import { isHard } from './hard-negatives.ts';
import { defineHead } from './head.ts';

const MODES = ['am', 'arc'] as const;
const WEIGHTS = ['adaptive', 'fixed'] as const;

/** The target with its margin, whatever θ is: cos θ_y − m, or cos(θ_y + m). */
const margined = (c: Expr, mode: (typeof MODES)[number], m: number) =>
  mode === 'am' ? sub(c, m) : addAngle(c, m);

/**
 * z_y = s·ψ with ψ = cos θ_y − m (`am`) or cos(θ_y + m) (`arc`); z_j = s·cos θ_j, and for a hard class, cos θ_j > ψ,
 * s((1 + t)cos θ_j + t) (`adaptive`) or s(cos θ_j + t) (`fixed`).
 *
 * As in the authors' code an easy margin, their default, is left out of the target where cos θ_y ≤ 0, but what is hard is
 * asked with the margin all the same; and nothing is done where θ_y + m passes π.
 */
export const mvSoftmax = defineHead({
  name: 'mv-softmax',
  title: 'additive margin; classes that come too near are emphasised',
  aliases: {
    'mv-am-softmax': { mode: 'am', margin: 0.35 },
    'mv-arc-softmax': { mode: 'arc', margin: 0.5 },
  },
  formula:
    'z_y = s·ψ,  ψ = cos θ_y − m or cos(θ_y + m),  z_j = s·cos θ_j, or s((1 + t)cos θ_j + t) where cos θ_j > ψ',
  source: {
    title: 'Mis-classified vector guided softmax loss for face recognition',
    year: 2019,
    arxiv: '1912.00833',
  },
  parameters: {
    scale: scale(32),
    mode: { kind: 'choice', default: 'am', choices: MODES, help: 'am cos θ_y − m, arc cos(θ_y + m)' },
    margin: {
      kind: 'number',
      letter: 'm',
      default: 0.35,
      range: { min: 0, below: Math.PI / 2 },
      help: 'taken from cos θ_y, or added to θ_y in radians; the authors use 0.35 and 0.5',
    },
    t: {
      kind: 'number',
      letter: 't',
      default: 0.2,
      range: { min: 0 },
      help: 'how much a hard class is emphasised; 0: not at all',
    },
    weight: {
      kind: 'choice',
      default: 'adaptive',
      choices: WEIGHTS,
      help: 'what a hard class becomes: adaptive (1 + t)cos θ_j + t, fixed cos θ_j + t',
    },
    easyMargin: { kind: 'flag', default: true, help: 'the margin only where θ_y < π/2' },
  },
  radius: ({ scale: s }) => s,
  psi: (c, { mode, margin: m, easyMargin }) => {
    const always = margined(c, mode, m);
    return easyMargin ? where(less(0, c), always, c) : always;
  },
  others: (cos, { mode, margin: m, t, weight }, parts) => {
    const emphasised = add(weight === 'adaptive' ? mul(cos, 1 + t) : cos, t);
    return where(isHard(margined(parts.cosTarget, mode, m), parts), emphasised, cos);
  },
  reference: ({ theta, label }, { scale: s, mode, margin: m, t, weight, easyMargin }) => {
    const own = theta[label];
    if (own === undefined) return theta.map((angle) => s * Math.cos(angle));
    const psi = { am: Math.cos(own) - m, arc: Math.cos(own + m) }[mode];
    const target = easyMargin && own >= Math.PI / 2 ? Math.cos(own) : psi;
    return theta.map((angle, j) => {
      if (j === label) return s * target;
      const c = Math.cos(angle);
      if (c <= psi) return s * c;
      return s * { adaptive: c + t * (c + 1), fixed: c + t }[weight];
    });
  },
});
