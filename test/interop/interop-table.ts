import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const PATH = fileURLToPath(new URL('../../docs/interop.json', import.meta.url));

/** What is compared: losses of all steps, gradients of the first, and what is there after the last. */
const OFF = z.object({
  loss: z.number(),
  gradient: z.number(),
  weights: z.number(),
  states: z.number().nullable(),
});

const ROW = z.object({
  head: z.string(),
  gradient: z.string(),
  trainer: z.enum(['onnx2torch', 'ort-training', 'eager']),
  off: OFF,
  first: z.number(),
  last: z.number(),
});

/** What `docs/interop.json` holds: who trained, and how far each was from the step graph. */
const TABLE = z.object({
  python: z.string(),
  versions: z.record(z.string(), z.string()),
  rows: z.array(ROW),
});
export type Row = z.infer<typeof ROW>;
export type Table = z.infer<typeof TABLE>;

/** What interop/compare_trainers.py prints. */
export const REPORT = z.object({
  ...TABLE.shape,
  opset: z.number(),
  converters: z.record(z.string(), z.array(z.number())),
  opsets: z.array(
    z.object({
      head: z.string(),
      target: z.string(),
      opset: z.number(),
      off: z.number().optional(),
      moved: z.boolean().optional(),
      error: z.string().optional(),
    }),
  ),
  rows: z.array(ROW.partial({ off: true, first: true, last: true }).extend({ error: z.string().optional() })),
});

/**
 * The most that a figure may be off: losses as they are (or as a part of those above 1), gradients as a part of the largest,
 * weights as a part of the largest move, states as a part of themselves.
 *
 * A cosine of float32 is off by some units of 2⁻²⁴ and a logit by s times that, 64·4·2⁻²⁴ = 1.5e-5 with s = 64: so is
 * the logarithm of each probability, and with it each gradient. Weights of about 1 are rounded at each step by 2⁻²⁵, and
 * move by 0.01 or less in the mildest cases: ten of those are 3e-5 of the move.
 */
export const BOUNDS = { loss: 1e-5, gradient: 5e-5, weights: 1e-4, states: 1e-6 } as const;

export const readTable = (): Table => TABLE.parse(JSON.parse(readFileSync(PATH, 'utf8')));

const short = (x: number) => Number(x.toPrecision(2));

export function writeTable({ python, versions, rows }: Table): void {
  const rounded = rows.map(({ head, gradient, trainer, off, first, last }) => ({
    head,
    gradient,
    trainer,
    off: {
      loss: short(off.loss),
      gradient: short(off.gradient),
      weights: short(off.weights),
      states: off.states === null ? null : short(off.states),
    },
    first: Number(first.toPrecision(4)),
    last: Number(last.toPrecision(4)),
  }));
  writeFileSync(PATH, `${JSON.stringify({ python, versions, rows: rounded }, null, 2)}\n`);
}
