import { intAttribute } from '../graph/attributes.ts';
import { axisOf } from '../graph/dims.ts';
import type { Shape } from '../graph/value-info.ts';
import { elementOf } from '../graph/value-info.ts';
import { BARRIERS } from './barriers.ts';
import type { Cursor } from './cursor.ts';
import { flattened, reshaped, squeezed, unsqueezed } from './regroup.ts';
import type { Activation } from './tail.ts';

/** What flows from the linear layer towards an output: class scores, until a label is taken of them. */
export interface Scores {
  readonly shape: Shape;
  /** Where the classes lie. */
  readonly axis: number;
  readonly classes: number;
  readonly activation: Activation;
  /** Labels or maps made of the scores: their shape no longer matters. */
  readonly labels: boolean;
}

/** An operator that may lie between the logits and an output. */
export interface Pass {
  /** The input that the scores come in by. */
  readonly from: number;
  /** What becomes of the scores; ends in a miss where the node is not what a classifier does to its scores. */
  readonly next: (scores: Scores, at: Cursor) => Scores;
}

const same = (scores: Scores): Scores => scores;

/** A rule about the scores' axes, which labels no longer have. */
const onScores = (next: Pass['next']): Pass => ({
  from: 0,
  next: (scores, at) => (scores.labels ? scores : next(scores, at)),
});

/** The axes that Softmax runs over: one from opset 13 on; before, all from `axis` (default 1) to the last. */
function softmaxAxes({ shape }: Scores, { node, view }: Cursor): number[] {
  const newer = view.opset >= 13;
  const axis = axisOf(intAttribute(node, 'axis', newer ? -1 : 1), shape.length);
  return newer ? [axis] : [...shape.keys()].filter((each) => each >= axis);
}

const softmax = (activation: Activation): Pass =>
  onScores((scores, at) => {
    const axes = softmaxAxes(scores, at);
    const others = axes.filter((axis) => axis !== scores.axis && scores.shape[axis] !== 1);
    if (scores.activation !== 'none') at.refuse('is a second softmax');
    if (!axes.includes(scores.axis))
      at.refuse(`runs over axis ${axes[0]}, but the classes lie along axis ${scores.axis}`);
    if (others.length > 0) {
      at.refuse(`runs over axes ${axes.join(', ')} together (as below opset 13), not over the classes alone`);
    }
    return { ...scores, activation };
  });

const cast = onScores((scores, at) => {
  const to = elementOf(intAttribute(at.node, 'to', 0));
  return /^b?float/.test(to ?? '') ? scores : at.refuse(`turns the scores into ${to ?? 'an unknown type'}`);
});

/** ArgMax and TopK over the classes. */
const label = (absent: number): Pass =>
  onScores((scores, at) => {
    const axis = axisOf(intAttribute(at.node, 'axis', absent), scores.shape.length);
    if (axis !== scores.axis)
      at.refuse(`picks along axis ${axis}, but the classes lie along axis ${scores.axis}`);
    return { ...scores, labels: true };
  });

/** scikit-learn and OnnxMLTools bring probabilities to a sum of 1 once more. */
const normalizer = onScores((scores, at) =>
  scores.activation === 'softmax' ? scores : at.refuse('normalises scores that are no probabilities'),
);

/** What may lie between the logits and an output, by operator; refusals that need to know the layer behind are here too. */
export const PASSES: ReadonlyMap<string, Pass> = new Map<string, Pass>([
  ['Identity', { from: 0, next: same }],
  ['Dropout', { from: 0, next: same }],
  ['Cast', cast],
  ['Softmax', softmax('softmax')],
  ['LogSoftmax', softmax('log-softmax')],
  ['Flatten', onScores(flattened)],
  ['Reshape', onScores(reshaped)],
  ['Squeeze', onScores(squeezed)],
  ['Unsqueeze', onScores(unsqueezed)],
  ['ArgMax', label(0)],
  ['TopK', label(-1)],
  ['ai.onnx.ml::Normalizer', normalizer],
  ['ai.onnx.ml::ZipMap', { from: 0, next: (scores) => ({ ...scores, labels: true }) }],
  ['ai.onnx.ml::ArrayFeatureExtractor', { from: 1, next: same }],
  ...BARRIERS,
]);
