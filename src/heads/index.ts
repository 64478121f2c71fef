import { arcface } from './arcface.ts';
import { combined } from './combined.ts';
import { cosface } from './cosface.ts';
import type { Head } from './head.ts';
import { lSoftmax } from './l-softmax.ts';
import { normface } from './normface.ts';
import { softmax } from './softmax.ts';
import { sphereface } from './sphereface.ts';

/** Every head, in the order in which they are shown. A new one is a file and a line. */
export const HEADS: readonly Head[] = [softmax, normface, cosface, arcface, sphereface, lSoftmax, combined];
