import { add, clamp, div, less, mul, neg, sub, where } from '../expr/build.ts';
import type { Expr } from '../expr/expr.ts';
import { shortCosineOf, shortSineOf, sineOf } from '../expr/trig.ts';
import { scale } from './common.ts';
import { defineHead } from './head.ts';
import type { ValuesOf } from './parameters.ts';
import type { PlainParts } from './parts.ts';

const parameters = {
  scale: scale(64),
  lA: {
    kind: 'number',
    letter: 'l_a',
    default: 10,
    range: { above: 0 },
    help: 'the least ‖x‖ that is told apart: shorter embeddings count as this long',
  },
  uA: {
    kind: 'number',
    letter: 'u_a',
    default: 110,
    range: { above: 0 },
    help: 'the largest ‖x‖ that is told apart',
  },
  lMargin: {
    kind: 'number',
    letter: 'l_m',
    default: 0.45,
    range: { min: 0, below: Math.PI / 2 },
    help: 'the margin at l_a, in radians',
  },
  uMargin: {
    kind: 'number',
    letter: 'u_m',
    default: 0.8,
    range: { min: 0, below: Math.PI / 2 },
    help: 'the margin at u_a, in radians',
  },
  lambdaG: {
    kind: 'number',
    letter: 'λ_g',
    default: 35,
    range: { min: 0 },
    help: 'weight of the regulariser a/u_a² + 1/a, which draws embeddings to be long',
  },
  easyMargin: {
    kind: 'flag',
    default: true,
    help: 'the margin only where θ_y < π/2; off: past θ_y + m(a) = π it is cos θ_y − m(a)·sin m(a)',
  },
} as const;
type MagFaceValues = ValuesOf<typeof parameters>;

/** a = ‖x‖ held in [l_a, u_a]. */
const lengthOf = ({ lA, uA }: MagFaceValues, { xNorm }: PlainParts): Expr => clamp(xNorm, lA, uA);

/** m(a), the straight line from (l_a, l_m) to (u_a, u_m). */
function marginOf(values: MagFaceValues, parts: PlainParts): Expr {
  const { lA, uA, lMargin, uMargin } = values;
  return add(mul(sub(lengthOf(values, parts), lA), (uMargin - lMargin) / (uA - lA)), lMargin);
}

/**
 * z_y = s·cos(θ_y + m(a)), z_j = s·cos θ_j, with a = ‖x‖ held in [l_a, u_a] and m(a) a straight line from l_m to u_m; and
 * λ_g(a/u_a² + 1/a) is added to the loss of each sample. Neither is a constant: the gradient reaches ‖x‖ through both.
 *
 * An easy margin is the authors' default, so that is what is left out where θ_y passes π/2.
 */
export const magface = defineHead({
  name: 'magface',
  title: 'angular margin that grows with ‖x‖, which is drawn to be long',
  formula:
    'z_y = s·cos(θ_y + m(a)),  m(a) = l_m + (u_m − l_m)(a − l_a)/(u_a − l_a),  a = clip(‖x‖, l_a, u_a),  z_j = s·cos θ_j,  loss + λ_g(a/u_a² + 1/a)',
  source: {
    title: 'MagFace: a universal representation for face recognition and quality assessment',
    year: 2021,
    arxiv: '2103.06627',
  },
  parameters,
  conflict: ({ lA, uA, lMargin, uMargin }) => {
    const tryThis = ['--l-a 10 --u-a 110 --l-margin 0.45 --u-margin 0.8'];
    if (lA >= uA) return { saw: `--l-a ${lA} --u-a ${uA}`, expected: '--l-a below --u-a', tryThis };
    if (lMargin <= uMargin) return null;
    return {
      saw: `--l-margin ${lMargin} --u-margin ${uMargin}`,
      expected: '--l-margin of at most --u-margin',
      tryThis,
    };
  },
  radius: ({ scale: s }) => s,
  psi: (c, values, parts) => {
    const m = marginOf(values, parts);
    const [cosM, sinM] = [shortCosineOf(m), shortSineOf(m)];
    const within = sub(mul(c, cosM), mul(sineOf(c), sinM));
    if (values.easyMargin) return where(less(0, c), within, c);
    // θ + m < π exactly where c > cos(π − m) = −cos m.
    return where(less(neg(cosM), c), within, sub(c, mul(m, sinM)));
  },
  regulariser: (values, parts) => {
    const a = lengthOf(values, parts);
    return mul(add(div(a, values.uA ** 2), div(1, a)), values.lambdaG);
  },
  reference: {
    logits: ({ theta, label, xNorm }, values) => {
      const { scale: s, lA, uA, lMargin, uMargin, easyMargin } = values;
      const a = Math.min(Math.max(xNorm, lA), uA);
      const m = lMargin + ((uMargin - lMargin) * (a - lA)) / (uA - lA);
      const target = (t: number) => {
        if (easyMargin) return Math.cos(t < Math.PI / 2 ? t + m : t);
        return t + m < Math.PI ? Math.cos(t + m) : Math.cos(t) - m * Math.sin(m);
      };
      return theta.map((t, j) => s * (j === label ? target(t) : Math.cos(t)));
    },
    regulariser: ({ xNorm }, { lA, uA, lambdaG }) => {
      const a = Math.max(lA, Math.min(uA, xNorm));
      return lambdaG * (a / (uA * uA) + 1 / a);
    },
  },
});
