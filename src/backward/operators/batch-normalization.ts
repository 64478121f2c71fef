import { floatAttribute, intAttribute } from '../../graph/attributes.ts';
import { operator } from '../operator.ts';

/** y = scale·(x − mean)/√(var + ε) + B a channel, as in inference: mean and variance are numbers that stay. */
export const batchNormalization = operator(
  'dX = dY·scale/√(var + ε), dscale = Σ dY·x̂, dB = Σ dY; mean and var stay',
  (s) => {
    // Below opset 14 further outputs say so.
    if (intAttribute(s.node, 'training_mode', 0) !== 0 || s.node.output.slice(1).some(Boolean))
      return s.refuse('normalises by its own batch (training_mode)');
    if (intAttribute(s.node, 'spatial', 1) === 0) return s.refuse('has a mean for each place (spatial = 0)');
    const rank = s.shape(s.input(0)).length;
    const channels = (value: string) =>
      rank <= 2 ? value : s.reshape(value, [-1, ...new Array<number>(rank - 2).fill(1)]);
    const others = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
    const [x, scale, , mean, variance] = [0, 1, 2, 3, 4].map(s.input) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const up = s.up();
    const length = s.sqrt(s.add(variance, s.number(floatAttribute(s.node, 'epsilon', 1e-5))));
    const dX = () => s.mul(up, channels(s.div(scale, length)));
    const dScale = () => s.div(s.sum(s.mul(up, s.sub(x, channels(mean))), others, false), length);
    return [
      s.wants(0) ? dX() : null,
      s.wants(1) ? dScale() : null,
      s.wants(2) ? s.sum(up, others, false) : null,
    ];
  },
  { weights: [1, 2], except: 'training_mode, spatial = 0' },
);
