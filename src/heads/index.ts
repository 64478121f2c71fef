import { adacos } from './adacos.ts';
import { adaface } from './adaface.ts';
import { arcface } from './arcface.ts';
import { arcnegface } from './arcnegface.ts';
import { circle } from './circle.ts';
import { combined } from './combined.ts';
import { cosface } from './cosface.ts';
import { curricularface } from './curricularface.ts';
import { dynamicArcface } from './dynamic-arcface.ts';
import { elasticface } from './elasticface.ts';
import { expface } from './expface.ts';
import type { Head } from './head.ts';
import { lSoftmax } from './l-softmax.ts';
import { liArcface } from './li-arcface.ts';
import { magface } from './magface.ts';
import { mvSoftmax } from './mv-softmax.ts';
import { normface } from './normface.ts';
import { npcface } from './npcface.ts';
import { softmax } from './softmax.ts';
import { sphereface } from './sphereface.ts';
import { spherefaceR } from './sphereface-r.ts';
import { sphereface2 } from './sphereface2.ts';
import { subcenterArcface } from './subcenter-arcface.ts';
import { uniface } from './uniface.ts';
import { x2Softmax } from './x2-softmax.ts';

/** Every head, in the order in which they are shown. A new one is a file and a line. */
export const HEADS: readonly Head[] = [
  softmax,
  normface,
  cosface,
  arcface,
  sphereface,
  lSoftmax,
  combined,
  subcenterArcface,
  dynamicArcface,
  circle,
  elasticface,
  spherefaceR,
  npcface,
  arcnegface,
  curricularface,
  mvSoftmax,
  adacos,
  adaface,
  magface,
  sphereface2,
  uniface,
  liArcface,
  x2Softmax,
  expface,
];
