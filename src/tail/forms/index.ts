import { conv1x1 } from './conv-1x1.ts';
import type { TailForm } from './form.ts';
import { gemm } from './gemm.ts';
import { matmul } from './matmul.ts';
import { matmulAdd } from './matmul-add.ts';

/** Every form that is recognised; to add one, write its file and a line here. */
export const FORMS: readonly TailForm[] = [gemm, matmul, matmulAdd, conv1x1];
