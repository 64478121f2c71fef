import { computedSide, type Pass } from './pass.ts';

/*
 * Operators that a walk goes through only to say what is wrong with them: what a classifier's scores must not meet
 * before they go out, and why.
 */

type Reason = string | ((classes: number) => string);

function barrier(operators: string, reason: Reason, from: Pass['from'] = () => 0): [string, Pass][] {
  const next: Pass['next'] = ({ classes }, at) =>
    at.refuse(typeof reason === 'string' ? reason : reason(classes));
  return operators.split(' ').map((operator) => [operator, { from, next }]);
}

/** Of Where's two values the one that is computed. */
const whereSide: Pass['from'] = (ground, { input }) => 1 + computedSide(ground, { input: input.slice(1) });

export const BARRIERS: readonly (readonly [string, Pass])[] = [
  ...barrier(
    'Relu Clip',
    'cuts off the scores of the layer before it: a cosine below zero, which says "not this class", would be lost',
  ),
  ...barrier(
    'LeakyRelu PRelu Elu Selu Celu Gelu Tanh Softplus Softsign HardSigmoid HardSwish',
    'bends the scores of the layer before it, so they are no class scores but features',
  ),
  ...barrier(
    'Neg',
    (classes) =>
      `turns the signs of the scores around, as a sigmoid written out does, which decides each of ${classes} labels alone`,
  ),
  ...barrier(
    'Reciprocal',
    'takes reciprocals, as a sigmoid written out does, which decides each label alone',
  ),
  ...barrier(
    'BatchNormalization LayerNormalization InstanceNormalization',
    'normalises what the layer before it gives, so that is an embedding or must be folded into the layer first',
  ),
  ...barrier(
    'GlobalAveragePool GlobalMaxPool AveragePool MaxPool ReduceMean ReduceSum',
    'pools the scores of the layer before it; cosines before and after pooling differ',
  ),
  ...barrier(
    'Less LessOrEqual Greater GreaterOrEqual',
    'compares the scores with a threshold, which means something else with another head',
    computedSide,
  ),
  ...barrier(
    'Where',
    'chooses by a condition, such as a threshold on a probability, which means something else with another head',
    whereSide,
  ),
  ...barrier('Concat', 'joins the scores with others, so they are not those of one layer'),
  ...barrier('ArgMin', 'picks the class of the smallest score: the scores are costs, and a cosine is none'),
];
