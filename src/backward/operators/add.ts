import { operator } from '../operator.ts';

export const add = operator(
  'dA = Σ dY, dB = Σ dY',
  (s) => [s.input(0), s.input(1)].map((value) => s.fitted(s.up(), value)),
  {
    vectors: [0, 1],
  },
);
