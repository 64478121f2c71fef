import { countAlong, keptAxes, reducedAxes } from '../axes.ts';
import { operator } from '../operator.ts';

export const reduceMean = operator('dX = dY/count, stretched', (s) => {
  const axes = reducedAxes(s);
  const share = s.div(keptAxes(s, axes), countAlong(s, axes));
  return [s.spread(share, s.input(0), axes)];
});
