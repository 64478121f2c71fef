import { operator, type Site } from '../operator.ts';

/** [..., M, K]·[..., K, N] with the axes in front broadcast; a vector is a matrix of one row, or of one column. */
export const matmul = operator(
  'dA = dY·Bᵀ, dB = Aᵀ·dY, summed over what was stretched',
  (s) => {
    const [rankA, rankB] = [s.shape(s.input(0)).length, s.shape(s.input(1)).length];
    if (rankA === 2 && rankB === 2) return flatGradients(s);
    const a = rankA === 1 ? s.unsqueeze(s.input(0), [0]) : s.input(0);
    const b = rankB === 1 ? s.unsqueeze(s.input(1), [1]) : s.input(1);
    const columns = rankB === 1 ? s.unsqueeze(s.up(), [s.shape(s.output()).length]) : s.up();
    const up = rankA === 1 ? s.unsqueeze(columns, [Math.max(rankB, 2) - 2]) : columns;
    const rank = Math.max(rankA, rankB, 2);
    const dA = () => restored(s, s.matmul(up, swapped(s, b, Math.max(rankB, 2))), rank, 0);
    const dB = () =>
      rankB === 2 && rankA > 2
        ? productOfAllRows(s, a, up)
        : restored(s, s.matmul(swapped(s, a, Math.max(rankA, 2)), up), rank, 1);
    return [s.wants(0) ? dA() : null, s.wants(1) ? dB() : null];
  },
  { weights: [0, 1], layer: true },
);

function flatGradients(s: Site): readonly (string | null)[] {
  const [a, b, up] = [s.input(0), s.input(1), s.up()];
  return [
    s.wants(0) ? s.gemm(up, b, { transB: true }) : null,
    s.wants(1) ? s.gemm(a, up, { transA: true }) : null,
  ];
}

/** The last two axes exchanged. */
function swapped(s: Site, a: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, axis) => axis);
  return s.transpose(a, [...perm.slice(0, -2), rank - 1, rank - 2]);
}

/** Aᵀ·dY of many matrices and one B is one product over the rows of all. */
function productOfAllRows(s: Site, a: string, up: string): string {
  const sizes = s.shape(s.input(1)).map((dim) => (typeof dim === 'number' ? dim : null));
  const [inner = null, columns = null] = sizes;
  if (inner === null || columns === null) return s.refuse('has a weight whose sizes are not known');
  return s.gemm(s.reshape(a, [-1, inner]), s.reshape(up, [-1, columns]), { transA: true });
}

/** Sums over the axes in front that were stretched, and drops the axis that a vector had got. */
function restored(s: Site, product: string, rank: number, index: number): string {
  const like = s.input(index);
  const own = s.shape(like);
  const other = s.shape(s.input(1 - index));
  const leading = Array.from({ length: rank - Math.max(own.length, 2) }, (_, axis) => axis);
  const summed = s.sum(product, leading, false);
  const outer = own.slice(0, -2);
  const across = (axis: number) => other.slice(0, -2).at(axis - outer.length) ?? 1;
  const reaches = (axis: number) => other.length - 2 >= outer.length - axis;
  const stretched = outer.flatMap((dim, axis) =>
    dim === 1 && reaches(axis) && across(axis) !== 1 ? [axis] : [],
  );
  const folded = s.sum(summed, stretched);
  const certain =
    own.length > 1 &&
    outer.every((dim, axis) => dim === 1 || !reaches(axis) || (dim !== null && dim === across(axis)));
  return certain ? folded : s.shapedAs(folded, like);
}
