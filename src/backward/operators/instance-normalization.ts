import { floatAttribute } from '../../graph/attributes.ts';
import { axesFrom } from '../axes.ts';
import { operator } from '../operator.ts';

/** x̂ = (x − mean)/√(var + ε) over the places of each channel of each sample, y = x̂·scale + B. */
export const instanceNormalization = operator(
  'dX = (g − mean g − x̂·mean(g·x̂))/√(var + ε), g = dY·scale; dscale = Σ dY·x̂, dB = Σ dY',
  (s) => {
    const [x, up] = [s.input(0), s.up()];
    const rank = s.shape(x).length;
    const places = axesFrom(2, rank);
    const others = [0, ...places];
    const scale = s.reshape(s.input(1), [-1, ...places.map(() => 1)]);
    const centred = s.sub(x, s.mean(x, places));
    const variance = s.mean(s.square(centred), places);
    const length = s.sqrt(s.add(variance, s.number(floatAttribute(s.node, 'epsilon', 1e-5))));
    const unit = s.div(centred, length);
    const dX = () => {
      const g = s.mul(up, scale);
      const shared = s.add(s.mean(g, places), s.mul(unit, s.mean(s.mul(g, unit), places)));
      return s.div(s.sub(g, shared), length);
    };
    return [
      s.wants(0) ? dX() : null,
      s.wants(1) ? s.sum(s.mul(up, unit), others, false) : null,
      s.wants(2) ? s.sum(up, others, false) : null,
    ];
  },
  { weights: [1, 2] },
);
