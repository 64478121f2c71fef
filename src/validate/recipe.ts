import { z } from 'zod';
import { MarginError } from '../errors.ts';
import { TARGETS } from '../expr/vocabulary.ts';
import { REDUCTIONS } from '../heads/loss.ts';
import type { Model } from '../model/model.ts';
import type { LayersOptions } from '../rewrite/layers.ts';
import { OPTIMISERS } from '../rewrite/optimisers.ts';
import { INFER_OUTPUTS, LABEL_TYPES, type Plan } from '../rewrite/plan.ts';
import { provenanceOf } from '../rewrite/provenance.ts';
import { planRewrite, type RewriteOptions } from '../rewrite/rewrite.ts';
import { PLAIN_STEP, type StepOptions } from '../rewrite/step.ts';
import { trainedIn } from './trained-in.ts';

/** The pair that every rewrite makes, and what trains in steps. */
export type PairKind = 'train' | 'infer';
export type GraphKind = PairKind | 'step';

/** A graph that is to be checked, with what it says of itself. */
export interface Subject<K extends GraphKind = PairKind> {
  readonly kind: K;
  readonly model: Model;
  /** The plan by which it says that it was made, settled anew on the model it was made from. */
  readonly plan: Plan;
  /** What the embedding is called in it. */
  readonly embedding: string;
  /** Of the file it was made from. */
  readonly source: string;
  /** How a graph of a training step makes it. */
  readonly step: StepOptions & LayersOptions;
}

// Metadata can be edited by anybody, so it is looked at before it is believed.
export const PARAMETERS = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.boolean(), z.array(z.number()).readonly()]),
);
export const OPTIONS = z.object({
  tail: z.string().optional(),
  output: z.string().optional(),
  embedding: z.string().optional(),
  classes: z.int().min(2).optional(),
  seed: z.int().min(0).optional(),
  target: z.enum(TARGETS).optional(),
  labelType: z.enum(LABEL_TYPES).optional(),
  ignoreIndex: z.int().optional(),
  reduction: z.enum(REDUCTIONS).optional(),
  labelSmoothing: z.number().optional(),
  classWeights: z.array(z.number()).readonly().optional(),
  inferOutputs: z.array(z.enum(INFER_OUTPUTS)).readonly().optional(),
  keepOutputName: z.boolean().optional(),
  openBatch: z.boolean().optional(),
});
const STEP = z.object({
  step: z
    .object({
      optimiser: z.enum(OPTIMISERS),
      momentum: z.number(),
      weightDecay: z.number(),
      clipNorm: z.number().nullable(),
      sampledClasses: z.int().min(2).nullable(),
      layersRate: z.number(),
      gradients: z.boolean(),
      trainFrom: z.string(),
      trainLast: z.number(),
    })
    .partial()
    .optional(),
});

/** A graph with the plan it was made by. @throws MarginError BAD_USAGE where it does not say, or is of the other kind */
export function subjectOf<K extends GraphKind>(kind: K, model: Model, original: Model): Subject<K> {
  const provenance = provenanceOf(model.proto);
  if (provenance === null) throw notOurs(kind, model, 'no metadata of onnx-margin');
  if (provenance.graph !== kind) throw notOurs(kind, model, `a graph for ${provenance.graph}`);
  const options = OPTIONS.safeParse(parsed(provenance.options));
  const parameters = PARAMETERS.safeParse(parsed(provenance.parameters));
  const step = STEP.safeParse(parsed(provenance.options));
  if (!options.success || !parameters.success || !step.success)
    throw notOurs(kind, model, 'metadata that were changed');
  const given = { ...options.data, head: provenance.head, parameters: parameters.data } as RewriteOptions;
  const plan = planRewrite(original, given);
  const trained =
    provenance.trained === undefined ? plan : trainedIn(model, parsed(provenance.trained), plan);
  if (typeof trained === 'string') throw notOurs(kind, model, trained);
  return {
    kind,
    model,
    plan: trained,
    embedding: provenance.embedding,
    source: provenance.source_sha256,
    step: { ...PLAIN_STEP, ...(step.data.step as Partial<StepOptions & LayersOptions> | undefined) },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function notOurs(kind: GraphKind, { path = 'the graph' }: Model, saw: string): MarginError {
  return new MarginError({
    code: 'BAD_USAGE',
    message: `${path} does not say how it was made as a graph for ${kind}.`,
    saw,
    expected: `a graph that onnx-margin wrote for ${kind}, with its metadata`,
    tryThis: ['onnx-margin rewrite MODEL --head NAME makes such graphs'],
  });
}
