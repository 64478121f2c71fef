import { operator } from '../operator.ts';
import { storedNumber } from '../stored-number.ts';

/** As in inference: nothing is dropped. */
export const dropout = operator(
  'dX = dY: nothing is dropped, as in inference',
  (s) => {
    const mode = s.input(2);
    return mode !== '' && storedNumber(s, mode) !== 0
      ? s.refuse('drops features at random (training_mode)')
      : [s.up()];
  },
  { except: 'training_mode' },
);
