import { operator } from '../operator.ts';

export const div = operator(
  'dA = Σ dY/B, dB = −Σ dY·Y/B',
  (s) => {
    const [a, b] = [s.input(0), s.input(1)];
    return [
      s.wants(0) ? s.fitted(s.div(s.up(), b), a) : null,
      s.wants(1) ? s.neg(s.fitted(s.div(s.mul(s.up(), s.output()), b), b)) : null,
    ];
  },
  { vectors: [0, 1] },
);
