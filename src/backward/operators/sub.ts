import { operator } from '../operator.ts';

export const sub = operator(
  'dA = Σ dY, dB = −Σ dY',
  (s) => [
    s.wants(0) ? s.fitted(s.up(), s.input(0)) : null,
    s.wants(1) ? s.neg(s.fitted(s.up(), s.input(1))) : null,
  ],
  { vectors: [0, 1] },
);
