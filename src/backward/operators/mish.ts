import { elementwise } from '../operator.ts';

/** x·tanh(softplus(x)) (Misra, arXiv:1908.08681). With e = eˣ, tanh(ln(1 + e)) = e(e + 2)/(e(e + 2) + 2). */
export const mish = elementwise('dX = dY·(t + x·(1 − t²)·σ(x)), t = tanh(softplus(x))', (s, x) => {
  const t = s.tanh(s.write('Softplus', [x]));
  return s.add(t, s.mul(x, s.mul(s.sub(s.number(1), s.square(t)), s.sigmoid(x))));
});
