import { operatorOf } from '../../graph/view.ts';
import type { NodeProto } from '../../model/proto.ts';
import { fusedGemm } from './fused-gemm.ts';
import { fusedMatMul } from './fused-matmul.ts';
import { gemmColumns } from './gemm-columns.ts';
import { dynamicQuantizeMatMul, matmulIntegerToFloat } from './integer-to-float.ts';
import { linearClassifier } from './linear-classifier.ts';
import { convInteger, matmulInteger } from './matmul-integer.ts';
import { matmulNBits } from './matmul-nbits.ts';
import type { Plain } from './plain.ts';
import { qgemm } from './qgemm.ts';
import { qlinearAdd } from './qlinear-add.ts';
import { qlinearConv } from './qlinear-conv.ts';
import { qlinearMatMul } from './qlinear-matmul.ts';
import { qlinearSoftmax } from './qlinear-softmax.ts';

/** Every operator that is put into plain ones; to add one, write its file and a line here. */
export const PLAINS: readonly Plain[] = [
  linearClassifier,
  gemmColumns,
  fusedGemm,
  fusedMatMul,
  matmulInteger,
  convInteger,
  dynamicQuantizeMatMul,
  matmulIntegerToFloat,
  qgemm,
  qlinearMatMul,
  qlinearConv,
  qlinearAdd,
  qlinearSoftmax,
  matmulNBits,
];

/** How a node is put into plain operators; undefined where it needs not. */
export function plainOf(node: NodeProto): Plain | undefined {
  return PLAINS.find(({ operator, when }) => operator === operatorOf(node) && (when?.(node) ?? true));
}
