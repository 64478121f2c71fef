/** One sample as the papers speak of it, for `reference`: angles and lengths in float64. */
export interface Sample {
  /**
   * θ_j, the angle between x and w_j in radians, for every class; of several centres the smallest; π/2 where one of them
   * is zero.
   */
  readonly theta: readonly number[];
  /** y; −1 where there is none. */
  readonly label: number;
  /** Whether it has a label that is not ignored, so that states and the loss take it in. */
  readonly counts: boolean;
  /** ‖x‖. */
  readonly xNorm: number;
  /** ‖w_j‖. */
  readonly wNorm: readonly number[];
  /** b_j; zeros where the layer had none. */
  readonly bias: readonly number[];
  /** What the head takes besides, by its name: a number, or one a class. */
  readonly taken: Readonly<Record<string, number | readonly number[]>>;
}

/** A number that a sample's head takes. */
export function takenNumber({ taken }: Sample, name: string): number {
  const value = taken[name];
  if (typeof value !== 'number') throw new Error(`"${name}" is not a number that the head takes`);
  return value;
}
