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
];
