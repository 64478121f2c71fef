import { MarginError } from '../errors.ts';

/** The numbers in a .npy file of one axis. @throws MarginError BAD_DATA */
export async function readNumbers(path: string): Promise<number[]> {
  const { readArrays } = await import('../model/arrays.ts');
  const arrays = [...readArrays(path).values()];
  const [only] = arrays;
  // Elements of float16 are read as they lie, not as the numbers that they stand for.
  const isList = arrays.length === 1 && only?.dims.length === 1 && only.element !== 'float16';
  if (isList) return Array.from(only.data as Float64Array, Number);
  throw new MarginError({
    code: 'BAD_DATA',
    message: `${path} does not hold a list of numbers.`,
    saw: arrays.map(({ element, dims }) => `${element} [${dims.join(', ')}]`).join(', ') || 'nothing',
    expected: 'one array of one axis, of integers, float32 or float64',
    tryThis: ["numpy.save('numbers.npy', numpy.ravel(numbers).astype('float32'))"],
  });
}
