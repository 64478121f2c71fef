import { operator } from '../operator.ts';

export const mul = operator(
  'dA = Σ dY·B, dB = Σ dY·A',
  (s) => {
    const [a, b] = [s.input(0), s.input(1)];
    return [
      s.wants(0) ? s.fitted(s.mul(s.up(), b), a) : null,
      s.wants(1) ? s.fitted(s.mul(s.up(), a), b) : null,
    ];
  },
  { vectors: [0, 1] },
);
