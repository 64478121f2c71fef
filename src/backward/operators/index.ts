import type { Operator } from '../operator.ts';
import { abs } from './abs.ts';
import { add } from './add.ts';
import { averagePool } from './average-pool.ts';
import { batchNormalization } from './batch-normalization.ts';
import { cast } from './cast.ts';
import { clip } from './clip.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { div } from './div.ts';
import { dropout } from './dropout.ts';
import { elu } from './elu.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { expand } from './expand.ts';
import { gather } from './gather.ts';
import { gelu } from './gelu.ts';
import { gemm } from './gemm.ts';
import { globalAveragePool } from './global-average-pool.ts';
import { globalMaxPool } from './global-max-pool.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { identity } from './identity.ts';
import { instanceNormalization } from './instance-normalization.ts';
import { layerNormalization } from './layer-normalization.ts';
import { leakyRelu } from './leaky-relu.ts';
import { log } from './log.ts';
import { logSoftmax } from './log-softmax.ts';
import { lpNormalization } from './lp-normalization.ts';
import { matmul } from './matmul.ts';
import { maxPool } from './max-pool.ts';
import { mish } from './mish.ts';
import { mul } from './mul.ts';
import { neg } from './neg.ts';
import { pRelu } from './p-relu.ts';
import { pow } from './pow.ts';
import { reciprocal } from './reciprocal.ts';
import { reduceL2 } from './reduce-l2.ts';
import { reduceMax } from './reduce-max.ts';
import { reduceMean } from './reduce-mean.ts';
import { reduceSum } from './reduce-sum.ts';
import { reduceSumSquare } from './reduce-sum-square.ts';
import { regroup } from './regroup.ts';
import { relu } from './relu.ts';
import { selu } from './selu.ts';
import { sigmoid } from './sigmoid.ts';
import { slice } from './slice.ts';
import { softmax } from './softmax.ts';
import { softplus } from './softplus.ts';
import { softsign } from './softsign.ts';
import { split } from './split.ts';
import { sqrt } from './sqrt.ts';
import { sub } from './sub.ts';
import { sum } from './sum.ts';
import { tanh } from './tanh.ts';
import { transpose } from './transpose.ts';
import { where } from './where.ts';

/** The operators of the standard domain that gradients pass; the next is one file and one line. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['Gemm', gemm],
  ['MatMul', matmul],
  ['Conv', conv],
  ['Add', add],
  ['Sub', sub],
  ['Mul', mul],
  ['Div', div],
  ['Sum', sum],
  ['Pow', pow],
  ['Neg', neg],
  ['Abs', abs],
  ['Sqrt', sqrt],
  ['Exp', exp],
  ['Log', log],
  ['Erf', erf],
  ['Reciprocal', reciprocal],
  ['Relu', relu],
  ['LeakyRelu', leakyRelu],
  ['PRelu', pRelu],
  ['Elu', elu],
  ['Selu', selu],
  ['Sigmoid', sigmoid],
  ['HardSigmoid', hardSigmoid],
  ['HardSwish', hardSwish],
  ['Tanh', tanh],
  ['Gelu', gelu],
  ['Mish', mish],
  ['Softplus', softplus],
  ['Softsign', softsign],
  ['Clip', clip],
  ['Softmax', softmax],
  ['LogSoftmax', logSoftmax],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
  ['InstanceNormalization', instanceNormalization],
  ['LpNormalization', lpNormalization],
  ['ReduceMean', reduceMean],
  ['ReduceSum', reduceSum],
  ['ReduceMax', reduceMax],
  ['ReduceL2', reduceL2],
  ['ReduceSumSquare', reduceSumSquare],
  ['GlobalAveragePool', globalAveragePool],
  ['GlobalMaxPool', globalMaxPool],
  ['AveragePool', averagePool],
  ['MaxPool', maxPool],
  ['Flatten', regroup],
  ['Reshape', regroup],
  ['Squeeze', regroup],
  ['Unsqueeze', regroup],
  ['Transpose', transpose],
  ['Concat', concat],
  ['Split', split],
  ['Slice', slice],
  ['Gather', gather],
  ['Expand', expand],
  ['Where', where],
  ['Identity', identity],
  ['Dropout', dropout],
  ['Cast', cast],
]);
