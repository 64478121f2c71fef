import type { Shape } from '../graph/value-info.ts';
import type { NodeProto } from '../model/proto.ts';
import { constantAt } from './constant.ts';
import type { Cursor } from './cursor.ts';
import type { Ground } from './ground.ts';
import type { Linear } from './linear.ts';
import type { Activation } from './tail.ts';

/** What flows from the linear layer towards an output: class scores, until a label is taken of them. */
export interface Scores {
  readonly shape: Shape;
  /** Where the classes lie. */
  readonly axis: number;
  readonly classes: number;
  /** `exp`: exponentials that have not been divided by their sum yet. */
  readonly activation: Activation | 'exp';
  /**
   * `labels`: classes or their names, whose shape no longer matters. `figures`: numbers or maps made of the scores, which
   * mean something else with another head, as the scores themselves do.
   */
  readonly kind: 'scores' | 'labels' | 'figures';
  /** Whether they went through a quantiser, with a range of its own, and what they are since then. */
  readonly quantised: 'never' | 'integers' | 'floats';
  /** The layer with all that has been done to its scores so far. */
  readonly linear: Linear;
}

/** An operator that may lie between the logits and an output. */
export interface Pass {
  /** The input that the scores come in by. */
  readonly from: (ground: Ground, node: NodeProto) => number;
  /**
   * What becomes of the scores in `made`, an output of the node; ends in a miss where the node is not what a classifier
   * does to its scores.
   */
  readonly next: (scores: Scores, at: Cursor, made: string) => Scores;
}

/** Numbers between 0 and 1, which may be brought to a sum of 1. */
export function isShare({ activation }: Scores): boolean {
  return activation === 'softmax' || activation === 'sigmoid';
}

/** Scores that come in by a fixed input. */
export function pass(next: Pass['next'], from = 0): Pass {
  return { from: () => from, next };
}

/** A rule about the scores' axes, which labels no longer have. */
export function onScores(next: Pass['next'], from: Pass['from'] = () => 0): Pass {
  return {
    from,
    next: (scores, at, made) => (scores.kind === 'scores' ? next(scores, at, made) : scores),
  };
}

/** Of two inputs, the one that is computed from what is fed; the first where both are. */
export function computedSide(ground: Ground, { input }: Pick<NodeProto, 'input'>): number {
  const isConstant = (index: number) => typeof constantAt(ground, input[index] ?? '') !== 'string';
  return isConstant(0) && !isConstant(1) ? 1 : 0;
}
