import { intAttribute } from '../graph/attributes.ts';
import { givenInts } from '../graph/constants.ts';
import { axisOf } from '../graph/dims.ts';
import { operatorOf } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { lessConstant, timesConstant } from './affine.ts';
import { constantAt } from './constant.ts';
import type { Cursor } from './cursor.ts';
import { computedSide, isShare, onScores, type Pass, type Scores } from './pass.ts';
import type { Activation } from './tail.ts';

/* Softmax and log-softmax: as one node, and written out as Keras 3, JAX and old PyTorch do. */

/** The axes that Softmax runs over: one from opset 13 on; before, all from `axis` (default 1) to the last. */
function softmaxAxes({ shape }: Scores, { node, view }: Cursor): number[] {
  const newer = view.opset >= 13;
  const axis = axisOf(intAttribute(node, 'axis', newer ? -1 : 1), shape.length);
  return newer ? [axis] : [...shape.keys()].filter((each) => each >= axis);
}

/** Ends in a miss where axes are not those of the classes alone; axes of size 1 do no harm. */
function overClasses(scores: Scores, at: Cursor, axes: readonly number[]): void {
  const others = axes.filter((axis) => axis !== scores.axis && scores.shape[axis] !== 1);
  if (!axes.includes(scores.axis))
    at.refuse(`runs over axis ${axes[0]}, but the classes lie along axis ${scores.axis}`);
  if (others.length > 0) {
    at.refuse(`runs over axes ${axes.join(', ')} together (as below opset 13), not over the classes alone`);
  }
}

/** Of log-probabilities softmax makes the probabilities again. */
const softmax = (activation: Activation): Pass =>
  onScores((scores, at) => {
    const before = scores.activation;
    if (before !== 'none' && !(before === 'log-softmax' && activation === 'softmax'))
      at.refuse('is a second softmax');
    overClasses(scores, at, softmaxAxes(scores, at));
    return { ...scores, activation };
  });

/** What a reduced value may go through before it meets the scores again: shapes, types, guards against 0 and infinity. */
const CARRIERS: ReadonlySet<string> = new Set(
  'Identity Reshape Expand Squeeze Unsqueeze Cast Max Clip Add'.split(' '),
);

/** No exporter writes more of them in a row. */
const MOST_CARRIED = 8;

/** The node behind a value and its carriers. */
function carriedFrom(at: Cursor, value: string): NodeProto | null {
  let node = at.view.producer(value);
  for (let step = 0; node !== null && CARRIERS.has(operatorOf(node)) && step < MOST_CARRIED; step++) {
    node = at.view.producer(node.input[computedSide(at, node)] ?? '');
  }
  return node;
}

/** Whether a value is the reduction of another over the classes. */
function reduces(scores: Scores, at: Cursor, value: string, operators: string, of: string): boolean {
  const node = carriedFrom(at, value);
  if (node === null || !operators.split(' ').includes(operatorOf(node)) || node.input[0] !== of) return false;
  const given = givenInts(at.view, node, 'axes', 1);
  if (given === 'computed') return false;
  const all = [...scores.shape.keys()];
  const axes = given === 'absent' ? all : given.map((axis) => axisOf(axis, scores.shape.length));
  return axes.includes(scores.axis) && axes.every((axis) => axis === scores.axis || scores.shape[axis] === 1);
}

/** Log(ReduceSum(Exp(z))). */
function isLogSumExp(scores: Scores, at: Cursor, value: string, of: string): boolean {
  if (reduces(scores, at, value, 'ReduceLogSumExp', of)) return true;
  const log = carriedFrom(at, value);
  if (log === null || operatorOf(log) !== 'Log') return false;
  const sum = carriedFrom(at, log.input[0] ?? '');
  const exp = sum && at.view.producer(sum.input[0] ?? '');
  return (
    exp !== null &&
    operatorOf(exp) === 'Exp' &&
    exp.input[0] === of &&
    reduces(scores, at, log.input[0] ?? '', 'ReduceSum', exp.output[0] ?? '')
  );
}

/** z − max z, z − log Σ exp z, or scores less a constant. */
const subtracted: Pass = onScores((scores, at) => {
  const [from, less] = [at.input(0), at.input(1)];
  if (computedSide(at, at.node) === 1)
    return at.refuse('takes the scores from a constant, which turns their order around');
  if (typeof constantAt(at, less) !== 'string') return lessConstant(scores, at);
  const { activation } = scores;
  if (reduces(scores, at, less, 'ReduceMax', from) && activation !== 'exp') return scores;
  if (isLogSumExp(scores, at, less, from) && (activation === 'none' || activation === 'log-softmax'))
    return { ...scores, activation: 'log-softmax' };
  return at.refuse(
    'takes something computed from the scores that is neither their maximum nor their log-sum-exp',
  );
}, computedSide);

/** exp z / Σ exp z, probabilities brought to a sum of 1 once more, or scores through a constant. */
const divided: Pass = onScores((scores, at) => {
  const [from, by] = [at.input(0), at.input(1)];
  if (computedSide(at, at.node) === 1) return at.refuse('divides a constant by the scores');
  if (typeof constantAt(at, by) !== 'string') return timesConstant(scores, at, 1, (x) => 1 / x);
  const { activation } = scores;
  if (reduces(scores, at, by, 'ReduceSum ReduceL1', from) && (activation === 'exp' || isShare(scores)))
    return { ...scores, activation: activation === 'exp' ? 'softmax' : activation };
  return at.refuse('divides the scores by something computed that is not the sum of their exponentials');
}, computedSide);

const exponential: Pass = onScores((scores, at) => {
  if (scores.activation === 'none') return { ...scores, activation: 'exp' };
  if (scores.activation === 'log-softmax') return { ...scores, activation: 'softmax' };
  return at.refuse('takes exponentials of probabilities');
});

const logarithm: Pass = onScores((scores, at) =>
  scores.activation === 'softmax'
    ? { ...scores, activation: 'log-softmax' }
    : at.refuse('takes logarithms of scores that are no probabilities'),
);

/** scikit-learn, OnnxMLTools and Keras bring probabilities to a sum of 1 once more. */
const normalizer = (isSum: (at: Cursor) => boolean): Pass =>
  onScores((scores, at) => {
    if (!isShare(scores)) at.refuse('normalises scores that are no probabilities');
    return isSum(at) ? scores : at.refuse('brings probabilities to another length than a sum of 1');
  });

export const SOFTMAX: readonly (readonly [string, Pass])[] = [
  ['Softmax', softmax('softmax')],
  ['LogSoftmax', softmax('log-softmax')],
  ['Sub', subtracted],
  ['Div', divided],
  ['Exp', exponential],
  ['Log', logarithm],
  ['ai.onnx.ml::Normalizer', normalizer((at) => at.text('norm') === 'L1')],
];
