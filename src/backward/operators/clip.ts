import { floatAttribute } from '../../graph/attributes.ts';
import { operator } from '../operator.ts';

/** x held between two bounds; a bound itself is inside, as PyTorch has it. */
export const clip = operator('dX = dY where min ≤ x ≤ max, else 0', (s) => {
  const bound = (name: string, index: number) => {
    if (s.input(index) !== '') return s.input(index);
    const given = floatAttribute(s.node, name, Number.NaN);
    return Number.isNaN(given) ? null : s.number(given);
  };
  const [low, high] = [bound('min', 1), bound('max', 2)];
  const x = s.input(0);
  const masks = [...(low === null ? [] : [s.atMost(low, x)]), ...(high === null ? [] : [s.atMost(x, high)])];
  return [masks.reduce(s.mul, s.up())];
});
