import { operatorOf } from '../graph/view.ts';
import { constantAt } from './constant.ts';
import type { Cursor } from './cursor.ts';
import { biasAt, type PerClass, perClass, scaled, shifted } from './linear.ts';
import { computedSide, onScores, type Pass, type Scores } from './pass.ts';

/*
 * Constants that are added to the scores of a layer or multiplied with them, before anything else happens: its bias, and a
 * temperature. They are folded into the layer.
 */

const LINEAR: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'Conv', 'Add', 'Einsum']);

/** The input that is constant; ends in a miss where none is. */
function constantSide(at: Cursor, verb: string): 0 | 1 {
  const side = computedSide(at, at.node) === 0 ? 1 : 0;
  if (typeof constantAt(at, at.input(side)) !== 'string') return side;
  const makers = [0, 1].map((index) => at.view.producer(at.input(index)));
  const both = makers.every((maker) => maker !== null && LINEAR.has(operatorOf(maker)));
  return at.refuse(
    verb === 'adds up' && both
      ? 'adds up two layers, of which neither alone gives the scores; a bias must be constant'
      : `${verb} two computed values; ${verb === 'adds up' ? 'a bias' : 'a temperature'} must be constant`,
  );
}

/** Scores as they come out of the layer: behind a softmax a constant is no part of it any more. */
function raw({ activation, quantised }: Scores, at: Cursor, what: string): void {
  if (quantised === 'integers') at.refuse('computes with scores that were quantised to integers');
  if (activation !== 'none')
    at.refuse(`${what} ${activation === 'exp' ? 'exponentials' : 'probabilities'}, not scores`);
}

const behind = ({ shape, axis }: Scores) => shape.length - 1 - axis;

/** A constant must not stretch the scores it meets. */
function sameRank({ shape }: Scores, at: Cursor, side: number, what: string): void {
  const rank = at.constant(side, what).shape.length;
  if (rank > shape.length) at.refuse(`adds a bias of rank ${rank} to scores of rank ${shape.length}`);
}

const madeOf = (at: Cursor) => at.node.output[0] ?? '';

/** E·W + b, b on either side: PyTorch writes it first, tf2onnx last. */
const added: Pass = onScores((scores, at) => {
  const side = constantSide(at, 'adds up');
  raw(scores, at, 'adds a constant to');
  const bias = biasAt(at, side, scores.classes, behind(scores));
  sameRank(scores, at, side, 'bias');
  return { ...scores, linear: shifted(scores.linear, bias, madeOf(at)) };
}, computedSide);

/** Scores less a constant. */
export function lessConstant(scores: Scores, at: Cursor): Scores {
  raw(scores, at, 'takes a constant from');
  const bias = biasAt(at, 1, scores.classes, behind(scores));
  sameRank(scores, at, 1, 'bias');
  const rows = () => bias.rows().map((b) => -b);
  return { ...scores, linear: shifted(scores.linear, { ...bias, rows }, madeOf(at)) };
}

/** Scores times `by` of a constant input. */
export function timesConstant(scores: Scores, at: Cursor, side: number, by: (x: number) => number): Scores {
  raw(scores, at, 'multiplies');
  const constant = at.constant(side, 'factor');
  perClass(at, constant, scores.classes, behind(scores), 'factor');
  const factors = (): PerClass => constant.floats().map(by);
  return { ...scores, linear: scaled(scores.linear, factors, madeOf(at)) };
}

const multiplied: Pass = onScores(
  (scores, at) => timesConstant(scores, at, constantSide(at, 'multiplies'), (x) => x),
  computedSide,
);

export const AFFINE: readonly (readonly [string, Pass])[] = [
  ['Add', added],
  ['Mul', multiplied],
];
