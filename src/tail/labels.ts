import { intAttribute } from '../graph/attributes.ts';
import { givenInts } from '../graph/constants.ts';
import { axisOf } from '../graph/dims.ts';
import { constantAt } from './constant.ts';
import type { Cursor } from './cursor.ts';
import { isShare, onScores, type Pass, pass, type Scores } from './pass.ts';

/* What is made of scores: the class that comes first, its name, maps from names to scores. */

/** Refuses a choice along another axis than the classes', or of scores whose quantiser no longer fits. */
function chosen(scores: Scores, at: Cursor, axis: number): void {
  if (axis !== scores.axis)
    at.refuse(`picks along axis ${axis}, but the classes lie along axis ${scores.axis}`);
  if (scores.quantised !== 'never')
    at.refuse('picks a class from scores that were quantised with a range measured for the old ones');
}

const ownAxis = (scores: Scores, at: Cursor, absent: number) =>
  axisOf(intAttribute(at.node, 'axis', absent), scores.shape.length);

const argMax = onScores((scores, at) => {
  chosen(scores, at, ownAxis(scores, at, 0));
  return { ...scores, kind: 'labels' };
});

/** 1 for the largest score, 0 for the others. */
const hardmax = onScores((scores, at) => {
  chosen(scores, at, ownAxis(scores, at, -1));
  return { ...scores, kind: 'labels' };
});

/** TopK gives the largest scores and, second, which classes have them. */
const topK = onScores((scores, at, made) => {
  chosen(scores, at, ownAxis(scores, at, -1));
  return { ...scores, kind: made === at.node.output[1] ? 'labels' : 'figures' };
});

/** The largest score of each sample, as a confidence. */
const largest = onScores((scores, at) => {
  const given = givenInts(at.view, at.node, 'axes', 1);
  const axes = typeof given === 'string' ? [] : given.map((axis) => axisOf(axis, scores.shape.length));
  if (axes.length === 1 && axes[0] === scores.axis) return { ...scores, kind: 'figures' };
  return at.refuse('pools the scores of the layer before it; cosines before and after pooling differ');
});

/** Names of classes by the labels, and classes by names; a part of the scores is no classifier's answer. */
const gather: Pass = {
  from: (ground, { input }) => (typeof constantAt(ground, input[0] ?? '') === 'string' ? 0 : 1),
  next: (scores, at) => part(scores, at),
};

/** The probability of one class is a figure; a part of raw scores may be a head of its own. */
function part(scores: Scores, at: Cursor): Scores {
  if (scores.kind !== 'scores') return scores;
  if (isShare(scores)) return { ...scores, kind: 'figures' };
  return at.refuse('takes a part of the scores; cosines are given for all of them');
}

/** What labels may go through, and scores not. */
const onLabels = (reason: string): Pass =>
  pass((scores, at) => (scores.kind === 'labels' ? scores : at.refuse(reason)));

export const LABELS: readonly (readonly [string, Pass])[] = [
  ['ArgMax', argMax],
  ['TopK', topK],
  ['ReduceMax', largest],
  ['Hardmax', hardmax],
  ['Gather', gather],
  ['Slice', pass(part)],
  ['Split', pass(part)],
  ['GatherElements', pass(part)],
  ['GatherND', pass(part)],
  ['ai.onnx.ml::ZipMap', pass((scores) => ({ ...scores, kind: 'figures' }))],
  ['ai.onnx.ml::ArrayFeatureExtractor', gather],
  ['ai.onnx.ml::LabelEncoder', onLabels('maps scores to names')],
];
