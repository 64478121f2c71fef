/** Permanent names of what can go wrong; within a major version none changes its meaning. */
export type ErrorCode =
  | 'MISMATCH'
  | 'BAD_USAGE'
  | 'BAD_PARAM'
  | 'BAD_DATA'
  | 'UNREADABLE_MODEL'
  | 'MISSING_WEIGHTS'
  | 'UNSUPPORTED_MODEL'
  | 'TAIL_NOT_FOUND'
  | 'TAIL_AMBIGUOUS'
  | 'WRITE_FAILED'
  | 'OUTPUT_EXISTS'
  | 'PROVIDER_ABSENT'
  | 'RUNTIME_FAILED'
  | 'DIVERGED'
  | 'INTERRUPTED';

/** The exit code of each error code. 0 is agreement, and 70 is kept for faults of our own. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  MISMATCH: 1,
  BAD_USAGE: 2,
  BAD_PARAM: 2,
  BAD_DATA: 2,
  UNREADABLE_MODEL: 3,
  MISSING_WEIGHTS: 3,
  UNSUPPORTED_MODEL: 3,
  TAIL_NOT_FOUND: 4,
  TAIL_AMBIGUOUS: 4,
  WRITE_FAILED: 5,
  OUTPUT_EXISTS: 5,
  PROVIDER_ABSENT: 6,
  RUNTIME_FAILED: 3,
  DIVERGED: 2,
  INTERRUPTED: 130,
};

/** What an error says: one sentence of what happened, what was seen, what was expected, what to try (likeliest first). */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly message: string;
  readonly saw?: string;
  readonly expected?: string;
  readonly tryThis?: readonly string[];
  readonly cause?: unknown;
}

const BRAND = 'onnx-margin/MarginError';

/** Every refusal of this library: data only, no printing. Faults of our own stay plain `Error`s. */
export class MarginError extends Error {
  readonly brand = BRAND;
  readonly code: ErrorCode;
  readonly saw: string | undefined;
  readonly expected: string | undefined;
  readonly tryThis: readonly string[];

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'MarginError';
    this.code = facts.code;
    this.saw = facts.saw;
    this.expected = facts.expected;
    this.tryThis = facts.tryThis ?? [];
  }

  /** The process exit code that this error stands for. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** Tells our errors by brand, not by class, so that two copies of the package agree. */
export function isMarginError(error: unknown): error is MarginError {
  return error instanceof Error && 'brand' in error && error.brand === BRAND;
}
