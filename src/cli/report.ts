import { basename } from 'node:path';
import { z } from 'zod';
import { findHead } from '../heads/find.ts';
import type { Model, Rewritten, Training, Validation } from '../index.ts';
import type { WeightsFile } from '../model/write.ts';
import { tailFacts } from '../rewrite/inspect.ts';
import { provenanceOf } from '../rewrite/provenance.ts';
import { EPOCH } from '../train/epoch.ts';
import { VERSION } from '../version.ts';
import { objectOf } from './check-options.ts';
import { CONFIG_OPTIONS } from './config.ts';
import type { Given } from './option.ts';

const count = z.int().min(0);
const GRAPH = z.enum(['train', 'infer', 'step']);
const PROVIDER = z.string().describe('the execution provider of ONNX Runtime');

/** A number that was measured; JSON has no word for some of them. */
const measured = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

const TAIL = z.strictObject({
  form: z.string(),
  node: z.string().nullable(),
  embedding: z.string(),
  embeddingShape: z.array(z.union([z.number(), z.string(), z.null()])).readonly(),
  logits: z.string().nullable(),
  output: z.string(),
  weight: z.string().nullable(),
  layout: z.enum(['CD', 'DC']),
  classes: count,
  dim: count,
  bias: z.string().nullable(),
  activation: z.string(),
});

const HEAD = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    formula: z.string(),
    source: z.strictObject({ title: z.string(), year: z.int(), arxiv: z.string().nullable() }),
    parameters: z.record(
      z.string(),
      z.union([z.number(), z.string(), z.boolean(), z.array(z.number()).readonly()]),
    ),
  })
  .describe('the head that was put in, with all its parameters');

const CHECK = z.strictObject({
  name: z.string(),
  graph: GRAPH,
  output: z.string(),
  provider: PROVIDER,
  against: z.string().describe('what the output was compared with'),
  ok: z.boolean(),
  count: count.describe('numbers compared'),
  worst: z
    .strictObject({
      abs: measured,
      rel: measured,
      allowed: measured,
      where: z.array(count).readonly(),
      got: measured,
      expected: measured,
    })
    .nullable()
    .describe('the number that is furthest off, measured by what is allowed there'),
  spread: z
    .strictObject({
      meanAbs: measured,
      p99Abs: measured,
      maxAbs: measured,
      maxRel: measured,
      maxUlp: measured,
      nonFinite: count,
      argmaxFlips: count.nullable(),
    })
    .nullable()
    .describe('how far all numbers are off, whatever is allowed'),
  tolerance: z.strictObject({ rtol: z.number(), atol: z.number(), reason: z.string() }),
  leastTolerance: measured.describe('the least factor on the tolerance that would pass'),
});

const PROOF = z.strictObject({
  level: z.string().describe('strict: no node could run elsewhere; profiled: read from a profile'),
  provider: PROVIDER,
  adapter: z.string().nullable(),
  software: z.boolean().describe('the device is made of software, and is no GPU'),
  nodes: z.strictObject({
    total: count,
    byProvider: z.record(z.string(), count),
    fallen: z.array(z.string()).readonly().describe('nodes that ran elsewhere'),
  }),
});

const ANGLES = z
  .strictObject({ from: count, counts: z.array(count).readonly() })
  .describe('how many there are in each degree from `from` on');

const HISTOGRAMS = z.strictObject({
  target: ANGLES.describe('angles between an embedding and the row of its class'),
  others: ANGLES.describe('angles between an embedding and the rows of all other classes'),
  margined: ANGLES.describe('angles without margin that would give the training logits of the target'),
  probability: z
    .strictObject({
      original: z.array(count).readonly().nullable(),
      training: z.array(count).readonly().nullable(),
    })
    .describe('samples by the probability of their class, in steps of 1/20, before any training'),
});

const VALIDATION = z.strictObject({
  ok: z.boolean(),
  provider: PROVIDER,
  proof: PROOF,
  checks: z.array(CHECK).readonly(),
  data: z
    .strictObject({
      samples: count,
      top1: z.strictObject({ original: z.number(), cosine: z.number() }).nullable(),
      targetAngle: z
        .number()
        .nullable()
        .describe('mean angle between an embedding and its class row, in degrees'),
      centreAngle: z.number().nullable().describe('mean angle between class centres, in degrees'),
      embeddingNorm: z.number().nullable().describe('mean length of an embedding'),
      histograms: HISTOGRAMS.nullable(),
    })
    .nullable(),
  onnxruntime: z.string().describe('version'),
  notes: z.array(z.string()).readonly(),
});

const OPERATING = z.strictObject({ far: z.number(), tar: z.number() });

const VERIFICATION = z.strictObject({
  genuine: count.describe('pairs of one class'),
  impostors: count.describe('pairs of two'),
  eer: z.number().describe('equal error rate'),
  tarAtFar: z.array(OPERATING).readonly().describe('accepted genuine pairs at a part of accepted impostors'),
  roc: z.array(OPERATING).readonly(),
});

const MEASURED = z.strictObject({
  samples: count,
  top1: z.number(),
  targetAngle: z.number().describe('mean angle between an embedding and the row of its class, in degrees'),
  otherAngle: z.number().describe('mean angle between an embedding and the nearest row of another class'),
  rowAngle: z
    .strictObject({ mean: z.number(), least: z.number() })
    .nullable()
    .describe('angles between the rows of two classes, in degrees'),
  histograms: z.strictObject({ target: ANGLES, others: ANGLES }),
  verification: VERIFICATION.nullable().describe('embeddings against classes, by the cosine to their rows'),
  pairs: VERIFICATION.nullable().describe(
    'embeddings against each other, which no training of class rows alone changes',
  ),
});

const TRAINING = z.strictObject({
  regime: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  samples: z.strictObject({ training: count, heldBack: count }),
  layers: z
    .array(z.string())
    .readonly()
    .describe('tensors of layers before the head that were trained too, as the model calls them'),
  steps: count,
  epoch: count.describe('the one that the graphs are of'),
  early: z.boolean().describe('it ended before its last epoch'),
  history: z.array(EPOCH).readonly(),
  measuredOn: z.enum(['held-back', 'training']),
  originalTop1: z.number().nullable().describe('by the scores of the classifier that was there'),
  before: MEASURED,
  after: MEASURED,
  proof: PROOF.describe('of the step graph'),
  seconds: z.strictObject({ embedding: z.number(), training: z.number() }),
  notes: z.array(z.string()).readonly(),
});

/** What `<name>.report.json` holds. */
export const REPORT = z
  .strictObject({
    version: z.string().describe('of onnx-margin'),
    source: z.strictObject({ path: z.string().describe('its name alone'), bytes: count, sha256: z.string() }),
    options: objectOf(CONFIG_OPTIONS).describe('as given; a config file with them does the same again'),
    head: HEAD,
    tail: TAIL,
    trained: z
      .array(z.string())
      .readonly()
      .describe('initializers of the training graph that are to be trained, class rows first'),
    changes: z
      .array(
        z.strictObject({
          graph: GRAPH,
          kind: z.enum(['added', 'removed']),
          what: z.enum(['node', 'initializer', 'input', 'output']),
          name: z.string(),
          op: z.string().optional(),
        }),
      )
      .readonly(),
    weights: z
      .array(z.strictObject({ path: z.string().describe('its name alone'), bytes: count }))
      .readonly()
      .describe('files that lie beside the graphs and belong to them'),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })).readonly(),
    validation: VALIDATION.nullable().describe('null: it was not asked for'),
    training: TRAINING.nullable().describe('null: the head was put in untrained'),
    environment: z.strictObject({
      onnxruntime: z.string().nullable(),
      node: z.string(),
      platform: z.string(),
    }),
  })
  .describe('What onnx-margin rewrite or train did, and the numbers it measured');

export type Report = z.infer<typeof REPORT>;

/** The report of a rewrite. */
export function reportOf(
  model: Model,
  options: Given,
  { train, tail, trained, changes, warnings }: Rewritten,
  weights: readonly WeightsFile[],
  validation: Validation | null,
  training: Training | null,
): Report {
  return {
    version: VERSION,
    source: { path: basename(model.path ?? ''), bytes: model.bytes, sha256: model.sha256() },
    options,
    head: headFacts(train),
    tail: tailFacts(tail),
    trained,
    changes,
    weights: weights.map(({ path, bytes }) => ({ path: basename(path), bytes })),
    warnings,
    validation,
    training,
    environment: {
      onnxruntime: validation?.onnxruntime ?? null,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
  };
}

/** The head as the graph itself says it: parameters settled, whatever way they were given. */
function headFacts({ proto }: Model): Report['head'] {
  const provenance = provenanceOf(proto);
  if (provenance === null) throw new Error('the training graph does not say how it was made');
  const { head } = findHead(provenance.head);
  const { name, title, formula, source } = head;
  return { name, title, formula, source, parameters: head.parse(JSON.parse(provenance.parameters)) };
}
