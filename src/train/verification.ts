/** What thresholds on a score make of pairs that are alike and pairs that are not. */
export interface Verification {
  /** Pairs of one identity. */
  readonly genuine: number;
  /** Pairs of two. */
  readonly impostors: number;
  /** Where as large a part of the impostors is accepted as of the genuine is rejected. */
  readonly eer: number;
  /** Accepted parts of the genuine where at most that part of the impostors is; those that so many pairs can tell. */
  readonly tarAtFar: readonly Operating[];
  /** The curve, from the strictest threshold on. */
  readonly roc: readonly Operating[];
}

export interface Operating {
  readonly far: number;
  readonly tar: number;
}

/** Counts scores and says what they verify. */
export interface ScoreCounts {
  /** A score in [−1, 1]. */
  add(score: number, genuine: boolean): void;
  /** Null where one of the two kinds is missing. */
  result(): Verification | null;
}

/** Steps in which scores are counted: 2/2¹⁸ of a cosine is finer than float32 tells cosines near 1 apart after a product. */
const STEPS = 2 ** 18;

const FARS = [1e-1, 1e-2, 1e-3, 1e-4];

/** Points that a curve is given with. */
const MOST_POINTS = 200;

/** Nothing counted yet. Memory does not grow with the pairs. */
export function scoreCounts(): ScoreCounts {
  const [genuine, impostors] = [new Float64Array(STEPS), new Float64Array(STEPS)];
  return {
    add(score, isGenuine) {
      const step = Math.min(STEPS - 1, Math.max(0, Math.floor(((score + 1) / 2) * STEPS)));
      const counts = isGenuine ? genuine : impostors;
      counts[step] = (counts[step] ?? 0) + 1;
    },
    result() {
      const [p, n] = [total(genuine), total(impostors)];
      return p === 0 || n === 0 ? null : verificationOf(curveOf(genuine, impostors, p, n), p, n);
    },
  };
}

const total = (counts: Float64Array) => counts.reduce((sum, count) => sum + count, 0);

/** Every point at which a threshold changes something, from (0, 0) to (1, 1). */
function curveOf(genuine: Float64Array, impostors: Float64Array, p: number, n: number): Operating[] {
  const curve: Operating[] = [{ far: 0, tar: 0 }];
  let [hits, alarms] = [0, 0];
  for (let step = STEPS - 1; step >= 0; step--) {
    const [more, wrong] = [genuine[step] ?? 0, impostors[step] ?? 0];
    if (more === 0 && wrong === 0) continue;
    hits += more;
    alarms += wrong;
    curve.push({ far: alarms / n, tar: hits / p });
  }
  return curve;
}

function verificationOf(curve: readonly Operating[], genuine: number, impostors: number): Verification {
  const accepted = (far: number) => curve.findLast((point) => point.far <= far)?.tar ?? 0;
  return {
    genuine,
    impostors,
    eer: equalError(curve),
    tarAtFar: FARS.filter((far) => far * impostors >= 1).map((far) => ({ far, tar: accepted(far) })),
    roc: thinned(curve),
  };
}

/** Where FAR = 1 − TAR, on the line between the two points around it. */
function equalError(curve: readonly Operating[]): number {
  const at = curve.findIndex(({ far, tar }) => far >= 1 - tar);
  const [before, after] = [curve[at - 1] ?? { far: 0, tar: 0 }, curve[at] ?? { far: 1, tar: 1 }];
  const [d0, d1] = [1 - before.tar - before.far, 1 - after.tar - after.far];
  const share = d0 === d1 ? 0 : d0 / (d0 - d1);
  return before.far + share * (after.far - before.far);
}

/** Few enough points to be drawn, corners first of all: a point is left out where nothing but FAR or TAR alone goes on. */
function thinned(curve: readonly Operating[]): Operating[] {
  const corners = curve.filter((point, i) => {
    const [before, after] = [curve[i - 1], curve[i + 1]];
    if (before === undefined || after === undefined) return true;
    const straight =
      (before.far === point.far && point.far === after.far) ||
      (before.tar === point.tar && point.tar === after.tar);
    return !straight;
  });
  if (corners.length <= MOST_POINTS) return corners;
  // Even steps in the square root of FAR: where it is small is what is looked at.
  const kept = new Set<Operating>();
  for (let i = 0; i < MOST_POINTS; i++) {
    const far = (i / (MOST_POINTS - 1)) ** 2;
    const point = corners.findLast((each) => each.far <= far);
    if (point !== undefined) kept.add(point);
  }
  return [...kept];
}
