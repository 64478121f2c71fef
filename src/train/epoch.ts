import { z } from 'zod';

/** What is known of an epoch, as checkpoints and reports hold it. */
export const EPOCH = z.strictObject({
  epoch: z.int(),
  step: z.int().describe('steps taken at its end'),
  lr: z.number().describe('learning rate of its last step'),
  loss: z.number().describe('mean over its steps, margin included'),
  heldBack: z
    .strictObject({
      loss: z.number(),
      top1: z.number(),
      targetAngle: z.number().describe('mean, in degrees'),
    })
    .nullable()
    .describe('what was held back, measured at its end'),
});

export type Epoch = z.infer<typeof EPOCH>;
