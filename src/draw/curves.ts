import { constant, input, lift, reduceSum } from '../expr/build.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Expr } from '../expr/expr.ts';
import { grad } from '../expr/grad.ts';
import { tensor } from '../expr/kernels.ts';
import { sampleAt, startOf, targetCurve, unmargined } from '../heads/curve.ts';
import { partsOf } from '../heads/parts.ts';
import type { Takes } from '../heads/taken.ts';
import type { Drawn } from './drawn.ts';

/** A place on a curve over the angle. */
export interface Point {
  readonly degrees: number;
  readonly value: number;
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** From 0° to 180°, so many a degree. */
export function degreesOf(perDegree: number): number[] {
  return Array.from({ length: 180 * perDegree + 1 }, (_, i) => i / perDegree);
}

/** ψ(θ), the target's logit in units of the scale, by the head's `reference`. */
export function psiOf({ head, values, sizes, xNorm }: Drawn, degrees: readonly number[]): Point[] {
  return degrees.map((each) => ({
    degrees: each,
    value: targetCurve(head, values, sizes, radians(each), xNorm),
  }));
}

/**
 * dψ/dcos θ: how many times the gradient of a plain cosine reaches the embedding. By differentiating the head's own
 * expressions, as a trainer would, so that a gradient which passes straight through shows as 1. Not at 0° and 180°, where
 * turning x changes no cosine.
 */
export function gainOf(drawn: Drawn, degrees: readonly number[]): Point[] {
  const { head, values, sizes, xNorm } = drawn;
  const inner = degrees.filter((each) => each > 0 && each < 180);
  const angles = inner.map(radians);
  const { takes } = head.needs(values, sizes);
  const x = input('x', 'float32', ['N', 3]);
  const w = input('w', 'float32', [sizes.classes, 3]);
  const labels = input('labels', 'int64', ['N']);
  // Several centres that are all the same are as good as one.
  const { parts } = partsOf({ x, w, bias: null, labels, ignoreIndex: -1 }, { centres: 1, takes });
  const { target } = head.logits({ ...parts, take: takerAtStart(takes) }, values);
  const [slope] = grad(reduceSum(target, undefined, false), [x]);
  if (slope === undefined) return [];
  const [at] = evaluate([slope], {
    x: tensor(
      angles.flatMap((t) => [xNorm * Math.cos(t), xNorm * Math.sin(t), 0]),
      [angles.length, 3],
    ),
    // Class 0 along the first axis, every other at a right angle to all that x may be.
    w: tensor(Array.from({ length: sizes.classes }, (_, j) => (j === 0 ? [1, 0, 0] : [0, 0, 1])).flat(), [
      sizes.classes,
      3,
    ]),
    labels: tensor(new Array<number>(angles.length).fill(0)),
  });
  const { unit } = unmargined(head, values, sampleAt(head, values, sizes, [0], xNorm));
  return inner.map((each, i) => {
    const t = radians(each);
    const [along = 0, across = 0] = at?.data.subarray(3 * i, 3 * i + 2) ?? [];
    // dz/dθ = ∇z · dx/dθ, and dcos θ = −sin θ dθ.
    const turned = xNorm * (across * Math.cos(t) - along * Math.sin(t));
    return { degrees: each, value: -turned / Math.sin(t) / unit };
  });
}

/** What a head takes, as constants of their values at the start; a batch of angles is no batch of samples. */
function takerAtStart(takes: Takes): (name: string) => Expr {
  const start = startOf(takes);
  return (name) => {
    const value = start[name];
    if (value === undefined) throw new Error(`the head takes no "${name}"`);
    return typeof value === 'number'
      ? lift(value)
      : constant({ shape: [1, value.length], data: Float64Array.from(value) }, 'float32');
  };
}
