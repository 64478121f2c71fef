import { conv1x1 } from './conv-1x1.ts';
import { convMap } from './conv-map.ts';
import { einsum } from './einsum.ts';
import type { TailForm } from './form.ts';
import { gemm } from './gemm.ts';
import { matmul } from './matmul.ts';

/** Every form that is recognised; to add one, write its file and a line here. */
export const FORMS: readonly TailForm[] = [gemm, matmul, conv1x1, convMap, einsum];
