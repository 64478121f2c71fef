import { operator } from '../operator.ts';

/** A where a condition holds, else B, with broadcasting. */
export const where = operator('dA = Σ dY where it holds, dB = Σ dY where not', (s) => {
  const [condition, a, b] = [s.input(0), s.input(1), s.input(2)];
  const holds = s.mask(condition);
  return [
    null,
    s.wants(1) ? s.fitted(s.mul(s.up(), holds), a) : null,
    s.wants(2) ? s.fitted(s.mul(s.up(), s.sub(s.number(1), holds)), b) : null,
  ];
});
