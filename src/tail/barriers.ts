import type { Pass } from './passes.ts';

/*
 * Operators that a walk goes through only to say what is wrong with them: what a classifier's scores must not meet
 * before they go out, and why.
 */

function barrier(operators: string, reason: string | ((classes: number) => string)): [string, Pass][] {
  const next: Pass['next'] = ({ classes }, at) =>
    at.refuse(typeof reason === 'string' ? reason : reason(classes));
  return operators.split(' ').map((operator) => [operator, { from: 0, next }]);
}

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
    'Sigmoid',
    (classes) =>
      `decides each of ${classes} labels alone; a margin softmax, in which classes compete, is another task`,
  ),
  ...barrier(
    'BatchNormalization LayerNormalization InstanceNormalization LpNormalization',
    'normalises what the layer before it gives, so that is an embedding or must be folded into the layer first',
  ),
  ...barrier(
    'GlobalAveragePool GlobalMaxPool AveragePool MaxPool ReduceMean ReduceMax',
    'pools the scores of the layer before it; cosines before and after pooling differ',
  ),
  ...barrier(
    'QuantizeLinear DequantizeLinear',
    'quantises the scores with a range that was measured for the old ones; start from the float model',
  ),
];
