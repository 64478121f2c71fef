import { MarginError } from '../errors.ts';
import { type GraphView, viewGraph } from '../graph/view.ts';
import { findHead } from '../heads/find.ts';
import type { Values } from '../heads/parameters.ts';
import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import { attachTail } from '../tail/attach.ts';
import { findTail } from '../tail/find.ts';
import type { Tail } from '../tail/tail.ts';
import { VERSION } from '../version.ts';
import type { Assembled } from './assemble.ts';
import { type Change, changesBetween } from './changes.ts';
import { inferGraph } from './infer.ts';
import { IGNORE_INDEX, type InferOutput, type LabelType, type Plan } from './plan.ts';
import { withProvenance } from './provenance.ts';
import { trainGraph } from './train.ts';
import { type Warning, warningsOf } from './warnings.ts';

export interface RewriteOptions {
  /** A head of `HEADS`, by its name or an alias. */
  readonly head: string;
  /** Parameters of the head, such as `{ scale: 64, margin: 0.5 }`; defaults for what is left out. */
  readonly parameters?: Values;
  /** The fully connected layer to replace, by its node's name, where a model has several. */
  readonly tail?: string;
  /** The output whose layer to replace, where a model has several. */
  readonly output?: string;
  /** For a model without a classifier: the value to attach a new head to; `classes` must be given. */
  readonly embedding?: string;
  /** How many classes a new head has. */
  readonly classes?: number;
  /** What the class rows of a new head are drawn with; 0 unless given. */
  readonly seed?: number;
  /** The type of `labels` in the training graph; int64 unless given. */
  readonly labelType?: LabelType;
  /** The label that does not count in the loss; −100 unless given. */
  readonly ignoreIndex?: number;
  /** Outputs of the inference graph, in order; `cosine` alone unless given. */
  readonly inferOutputs?: readonly InferOutput[];
  /** Gives the first output of the inference graph the name that the model's output had. */
  readonly keepOutputName?: boolean;
}

export interface Rewritten {
  readonly train: Model;
  readonly infer: Model;
  readonly tail: Tail;
  readonly changes: readonly Change[];
  readonly warnings: readonly Warning[];
}

/** Settles options and finds the tail: everything that can be refused is refused here, before any work. */
export function planRewrite(model: Model, options: RewriteOptions): Plan {
  const { head, preset } = findHead(options.head);
  const values = head.parse({ ...preset, ...options.parameters });
  const inferOutputs = options.inferOutputs ?? ['cosine'];
  if (inferOutputs.length === 0 || new Set(inferOutputs).size !== inferOutputs.length) {
    throw new MarginError({
      code: 'BAD_PARAM',
      message: 'The outputs of the inference graph must be named, each once.',
      saw: `[${inferOutputs.join(', ')}]`,
      expected: 'a list such as cosine,embedding',
      tryThis: ['--infer-outputs cosine,embedding'],
    });
  }
  const view = viewGraph(model);
  const tail = tailOf(view, options);
  return {
    model,
    view,
    tail,
    head,
    values,
    labelType: options.labelType ?? 'int64',
    ignoreIndex: options.ignoreIndex ?? IGNORE_INDEX,
    inferOutputs,
    firstOutputName: options.keepOutputName === true ? tail.output : null,
  };
}

function tailOf(view: GraphView, { embedding, classes, seed, tail, output }: RewriteOptions): Tail {
  if (embedding === undefined) {
    return findTail(view, {
      ...(tail === undefined ? {} : { node: tail }),
      ...(output === undefined ? {} : { output }),
    }).tail;
  }
  if (classes !== undefined) return attachTail(view, embedding, { classes, seed: seed ?? 0 });
  throw new MarginError({
    code: 'BAD_USAGE',
    message: 'A new head needs to know how many classes it has.',
    saw: `--embedding ${embedding} without --classes`,
    expected: '--embedding VALUE --classes C',
    tryThis: [`--embedding ${embedding} --classes 10`],
  });
}

/**
 * Puts a margin head in the place of a classifier's last layer. The given model is not changed, and what is not
 * concerned stays as it is; the same model and options give the same bytes.
 *
 * @throws MarginError for a head, parameter or option that does not exist, and for a model in which no tail, or more
 *   than one, is found
 */
export function rewrite(model: Model, options: RewriteOptions): Rewritten {
  const plan = planRewrite(model, options);
  const { graph: before } = plan.view;
  const [train, infer] = [trainGraph(plan), inferGraph(plan)];
  const finished = (graph: 'train' | 'infer', made: Assembled) => {
    const facts = {
      version: VERSION,
      source_sha256: model.sha256(),
      head: plan.head.name,
      parameters: JSON.stringify(plan.values),
      options: JSON.stringify(options),
      embedding: made.embedding,
      graph,
    };
    return deriveModel(model, withProvenance(withFields(model.proto, { graph: made.graph }), facts));
  };
  return {
    train: finished('train', train),
    infer: finished('infer', infer),
    tail: plan.tail,
    changes: [
      ...changesBetween('train', before, train.graph),
      ...changesBetween('infer', before, infer.graph),
    ],
    warnings: warningsOf(plan),
  };
}
