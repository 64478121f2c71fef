/** What a child says of one input: it ended otherwise than by a result or a refusal, or took too much. */
export interface Finding {
  readonly index: number;
  readonly what: 'fault' | 'slow' | 'large' | 'died' | 'hung';
  readonly detail: string;
}

/** How often a stage gave a result and a refusal, and the most CPU seconds that it took. */
export interface StageFigures {
  readonly results: number;
  readonly refusals: number;
  readonly worst: number;
}

/** What a child says at its end: `megabytes` is how far its peak of memory rose over what it had before the first input. */
export interface Figures {
  readonly stages: Readonly<Record<string, StageFigures>>;
  readonly megabytes: number;
}

export type Told = Finding | Figures;
