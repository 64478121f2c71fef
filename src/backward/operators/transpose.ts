import { permutation } from '../axes.ts';
import { operator } from '../operator.ts';

export const transpose = operator('dX = dY with the axes put back', (s) => {
  const perm = permutation(s);
  return [
    s.transpose(
      s.up(),
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ];
});
