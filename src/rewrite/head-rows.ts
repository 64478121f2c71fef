import { gaussianNumbers } from '../random.ts';
import type { Plan } from './plan.ts';

/** Of the length of a class row: enough to tell centres apart, too little to change what is classified. */
const SPREAD = 0.05;

/**
 * The rows that the head starts from, `[C·K, D]` with centre k of class c in row c·K + k: those of the layer, and where a
 * class has several centres copies of them, moved a little, for equal centres would stay equal.
 */
export function headRows({ tail, needs: { centres } }: Plan): Float32Array {
  const rows = tail.weight.rows();
  if (centres === 1) return rows;
  const { classes, dim } = tail.weight;
  const next = gaussianNumbers(0);
  const copies = new Float32Array(classes * centres * dim);
  for (let c = 0; c < classes; c++) {
    const row = rows.subarray(c * dim, (c + 1) * dim);
    const step = (SPREAD * Math.sqrt(row.reduce((sum, v) => sum + v * v, 0))) / Math.sqrt(dim);
    for (let k = 0; k < centres; k++) {
      const moved = row.map((v) => v + step * next());
      copies.set(moved, (c * centres + k) * dim);
    }
  }
  return copies;
}
