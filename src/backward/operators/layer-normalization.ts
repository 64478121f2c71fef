import { floatAttribute } from '../../graph/attributes.ts';
import { axesFrom, axisAt } from '../axes.ts';
import { operator } from '../operator.ts';

/** x̂ = (x − mean)/√(var + ε) over the axes from the given one on, y = x̂·scale + B (Ba et al., arXiv:1607.06450). */
export const layerNormalization = operator(
  'dX = (g − mean g − x̂·mean(g·x̂))/√(var + ε), g = dY·scale; dscale = Σ dY·x̂, dB = Σ dY',
  (s) => {
    const [x, scale, bias, up] = [s.input(0), s.input(1), s.input(2), s.up()];
    const rank = s.shape(x).length;
    const axes = axesFrom(axisAt(s, -1, rank), rank);
    const centred = s.sub(x, s.mean(x, axes));
    const variance = s.mean(s.square(centred), axes);
    const length = s.sqrt(s.add(variance, s.number(floatAttribute(s.node, 'epsilon', 1e-5))));
    const unit = s.div(centred, length);
    const dX = () => {
      const g = s.mul(up, scale);
      const shared = s.add(s.mean(g, axes), s.mul(unit, s.mean(s.mul(g, unit), axes)));
      return s.div(s.sub(g, shared), length);
    };
    return [
      s.wants(0) ? dX() : null,
      s.wants(1) ? s.fitted(s.mul(up, unit), scale) : null,
      s.wants(2) ? s.fitted(up, bias) : null,
    ];
  },
  { weights: [1, 2] },
);
