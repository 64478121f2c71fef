/** How far training is. */
export type Progress =
  | { readonly phase: 'preparing'; readonly what: string }
  | { readonly phase: 'embedding'; readonly done: number; readonly total: number }
  | {
      readonly phase: 'training';
      readonly epoch: number;
      readonly epochs: number;
      readonly step: number;
      readonly steps: number;
      /** Of the last steps, margin included. */
      readonly loss: number;
      /** Mean angle between held-back embeddings and the rows of their classes, in degrees, after the last epoch. */
      readonly targetAngle: number | null;
      readonly secondsLeft: number;
    };
