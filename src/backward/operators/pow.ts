import { operator } from '../operator.ts';
import { storedNumber } from '../stored-number.ts';

/** x^p with a constant p. */
export const pow = operator(
  'dX = dY·p·x^(p − 1)',
  (s) => {
    if (s.wants(1)) return s.refuse('has an exponent that depends on what is trained');
    const [x, p] = [s.input(0), s.input(1)];
    const exponent = storedNumber(s, p);
    if (exponent === 2) return [s.mul(s.up(), s.mul(s.number(2), x))];
    if (exponent === null) return s.refuse('has an exponent that is no stored single number');
    const lower = s.write('Pow', [x, s.number(exponent - 1)]);
    return [s.mul(s.up(), s.mul(s.number(exponent), lower))];
  },
  { except: 'an exponent that is not one stored number' },
);
