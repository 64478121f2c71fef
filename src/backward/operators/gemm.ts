import { floatAttribute, intAttribute } from '../../graph/attributes.ts';
import { operator } from '../operator.ts';

/** Y = α·A′·B′ + β·C, where ′ transposes or not. */
export const gemm = operator(
  'dA = α·dY·B′ᵀ, dB = α·A′ᵀ·dY, dC = β·Σ dY',
  (s) => {
    const [a, b, c] = [s.input(0), s.input(1), s.input(2)];
    const flag = (name: string) => intAttribute(s.node, name, 0) !== 0;
    const [transA, transB] = [flag('transA'), flag('transB')];
    const [alpha, beta] = [floatAttribute(s.node, 'alpha', 1), floatAttribute(s.node, 'beta', 1)];
    const up = s.up();
    const dA = () =>
      transA
        ? s.gemm(b, up, { transA: transB, transB: true, alpha })
        : s.gemm(up, b, { transB: !transB, alpha });
    const dB = () =>
      transB
        ? s.gemm(up, a, { transA: true, transB: transA, alpha })
        : s.gemm(a, up, { transA: !transA, alpha });
    const dC = () => {
      const sum = s.fitted(up, c);
      return beta === 1 ? sum : s.mul(sum, s.number(beta));
    };
    return [s.wants(0) ? dA() : null, s.wants(1) ? dB() : null, s.wants(2) ? dC() : null];
  },
  { weights: [1, 2], layer: true },
);
