import type { Values } from '#heads/parameters.js';

/** Every head in the variants that compute differently: what tests over the registry run through. */
export const VARIANTS: readonly (readonly [head: string, values: Values])[] = [
  ['softmax', {}],
  ['normface', {}],
  ['cosface', {}],
  ['am-softmax', {}],
  ...(['hard', 'shift', 'reflect', 'clip', 'none'] as const).map(
    (pastPi) => ['arcface', { pastPi }] as const,
  ),
  ['arcface', { easyMargin: true }],
  ...[1, 2, 3, 4, 5, 8].map((margin) => ['sphereface', { margin }] as const),
  ['sphereface', { lambda: 0 }],
  ...[1, 2, 3, 4].map((margin) => ['l-softmax', { margin }] as const),
  ['l-softmax', { lambda: 5 }],
  ['combined', {}],
  ['combined', { m1: 0.9, m2: 0.4, m3: 0.15 }],
  ['combined', { m1: 2, m2: 0.3, m3: 0, pastPi: 'reflect' }],
  ['combined', { m1: 1.35, m2: 0, m3: 0, pastPi: 'reflect' }],
  ['combined', { m1: 1.5, m2: 0.2, m3: 0, pastPi: 'clip' }],
  ['subcenter-arcface', {}],
  ['subcenter-arcface', { centres: 1, pastPi: 'none' }],
  ['dynamic-arcface', {}],
  ['dynamic-arcface', { classCounts: [10, 0, 3000] }],
  ['dynamic-arcface', { classMargins: [0.3, 0, 0.9], pastPi: 'shift' }],
  ['dynamic-arcface', { classMargins: [0.3, 0, 0.9], pastPi: 'none' }],
  ['circle', {}],
  ['circle', { gamma: 32, margin: 0.4 }],
  ['elasticface', {}],
  ['elasticface', { std: 0.6, pastPi: 'hard' }],
  ['elasticface', { plus: 'ranked' }],
  ['elasticface', { plus: 'authors' }],
  ['elasticface-cos', { std: 0.0175, plus: 'ranked' }],
  ['elasticface-cos', {}],
  ...(['v0', 'v1', 'v2'] as const).map((form) => ['sphereface-r', { form }] as const),
  ['sphereface-r', { margin: 4 }],
  ['sphereface-r', { margin: 1.7, gradient: 'exact' }],
  ['sphereface-r', { form: 'v2', gradient: 'exact' }],
  ['npcface', {}],
  ['arcnegface', {}],
  ['curricularface', {}],
  ['curricularface', { alpha: 0.5 }],
  ['mv-am-softmax', {}],
  ['mv-am-softmax', { easyMargin: false, weight: 'fixed' }],
  ['mv-arc-softmax', {}],
  ['mv-arc-softmax', { easyMargin: false }],
  ['adacos', {}],
  ['adacos', { mode: 'fixed' }],
  ['adaface', {}],
  ['adaface', { tAlpha: 1 }],
  ['magface', {}],
  ['magface', { easyMargin: false }],
  ['magface', { lA: 1, uA: 51, uMargin: 1, lambdaG: 5, easyMargin: false }],
];

/** The same values for a number of classes: lists of a number a class are begun again, or cut off. */
export function fitted(values: Values, classes: number): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Array.isArray(value) ? Array.from({ length: classes }, (_, j) => value[j % value.length]) : value,
    ]),
  );
}
