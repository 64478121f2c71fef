import { intAttribute } from '../../graph/attributes.ts';
import { axisAt } from '../axes.ts';
import { operator } from '../operator.ts';

/** x/‖x‖ along one axis. */
export const lpNormalization = operator(
  'dX = (dY − y·Σ dY·y)/‖x‖',
  (s) => {
    if (intAttribute(s.node, 'p', 2) !== 2) return s.refuse('divides by a sum of sizes (p = 1)');
    const [x, y, up] = [s.input(0), s.output(), s.up()];
    const axes = [axisAt(s, -1, s.shape(x).length)];
    const length = s.sqrt(s.sum(s.square(x), axes));
    return [s.div(s.sub(up, s.mul(y, s.sum(s.mul(up, y), axes))), length)];
  },
  { except: 'p = 1' },
);
