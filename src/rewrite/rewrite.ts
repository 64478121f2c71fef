import { MarginError } from '../errors.ts';
import type { Target } from '../expr/vocabulary.ts';
import { type GraphView, viewGraph } from '../graph/view.ts';
import { findHead, presetOf } from '../heads/find.ts';
import type { Head } from '../heads/head.ts';
import type { Reduction } from '../heads/loss.ts';
import type { Values } from '../heads/parameters.ts';
import type { Model } from '../model/model.ts';
import { attachTail, withNewClasses } from '../tail/attach.ts';
import { findTail } from '../tail/find.ts';
import { prepare } from '../tail/prepare.ts';
import { requireRows } from '../tail/require-rows.ts';
import type { Tail } from '../tail/tail.ts';
import { type Change, changesBetween } from './changes.ts';
import { finished } from './finish.ts';
import { inferGraph } from './infer.ts';
import { opened } from './opened.ts';
import { IGNORE_INDEX, type InferOutput, type LabelType, type Plan } from './plan.ts';
import { refuseUnreadable, targetWarnings } from './targets.ts';
import { trainGraph } from './train.ts';
import { type Warning, warningsOf } from './warnings.ts';

export interface RewriteOptions {
  /** A head of `HEADS`, by its name or an alias. */
  readonly head: string;
  /** Parameters of the head, such as `{ scale: 64, margin: 0.5 }`; defaults for what is left out. */
  readonly parameters?: Values;
  /** A library whose values the head takes for what `parameters` leave out, such as `insightface-torch`. */
  readonly preset?: string;
  /** The fully connected layer to replace, by its node's name, where a model has several. */
  readonly tail?: string;
  /** The output whose layer to replace, where a model has several. */
  readonly output?: string;
  /** For a model without a classifier: the value to attach a new head to; `classes` must be given. */
  readonly embedding?: string;
  /** How many classes a new head has. Without `embedding` it takes the place of the classifier that is there. */
  readonly classes?: number;
  /** What the class rows of a new head are drawn with; 0 unless given. */
  readonly seed?: number;
  /** Who trains the training graph, and so which operators it may have; `onnxruntime` unless given. */
  readonly target?: Target;
  /** The type of `labels` in the training graph; int64 unless given. */
  readonly labelType?: LabelType;
  /** The label that does not count in the loss; −100 unless given. */
  readonly ignoreIndex?: number;
  /** What becomes of the losses of the samples; their mean unless given. */
  readonly reduction?: Reduction;
  /** The part of the target that is spread over all classes, 0 to below 1; 0 unless given. */
  readonly labelSmoothing?: number;
  /** A weight for each class, 0 or more; all the same unless given. */
  readonly classWeights?: readonly number[];
  /** Outputs of the inference graph, in order; `cosine` alone unless given. */
  readonly inferOutputs?: readonly InferOutput[];
  /** Gives the first output of the inference graph the name that the model's output had. */
  readonly keepOutputName?: boolean;
  /** Lets a model that takes a fixed number of samples take any, and so both graphs. */
  readonly openBatch?: boolean;
}

export interface Rewritten {
  readonly train: Model;
  readonly infer: Model;
  readonly tail: Tail;
  /** Who trains the training graph. */
  readonly target: Target;
  /** The initializers of the training graph that are to be trained, by name: class rows first. */
  readonly trained: readonly string[];
  readonly changes: readonly Change[];
  readonly warnings: readonly Warning[];
}

/** Settles options and finds the tail: everything that can be refused is refused here, before any work. */
export function planRewrite(model: Model, options: RewriteOptions): Plan {
  const { head, preset: alias } = findHead(options.head);
  const preset = options.preset === undefined ? {} : presetOf(head, options.preset);
  const values = head.parse({ ...alias, ...preset, ...options.parameters });
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
  const { view: given, notes } =
    options.embedding === undefined ? prepare(model) : { view: viewGraph(model), notes: [] };
  const { view, fixed } = options.openBatch === true ? opened(given) : { view: given, fixed: null };
  const tail = tailOf(view, options);
  requireRows(view, tail);
  refuseOddLoss(head, tail, options);
  const { target = 'onnxruntime' } = options;
  refuseUnreadable(view, target, options.reduction);
  return {
    model: view.model,
    fixed,
    view,
    tail,
    notes,
    head,
    values,
    needs: head.needs(values, tail.weight),
    reduction: options.reduction ?? 'mean',
    labelSmoothing: options.labelSmoothing ?? 0,
    // In float32, as the graph holds them.
    classWeights: options.classWeights?.map(Math.fround) ?? null,
    target,
    labelType: options.labelType ?? 'int64',
    ignoreIndex: options.ignoreIndex ?? IGNORE_INDEX,
    inferOutputs,
    trainedLayers: [],
    trainedRows: null,
    firstOutputName: options.keepOutputName === true ? tail.output : null,
  };
}

/** Class weights and smoothing are cross-entropy's, and must fit. */
function refuseOddLoss(head: Head, tail: Tail, { labelSmoothing, classWeights }: RewriteOptions): void {
  const refuse = (message: string, saw: string, expected: string) => {
    throw new MarginError({ code: 'BAD_PARAM', message, saw, expected, tryThis: ['leave it out'] });
  };
  if (!head.isCrossEntropy && (labelSmoothing !== undefined || classWeights !== undefined)) {
    refuse(
      `The loss of ${head.name} is not cross-entropy, which class weights and label smoothing belong to.`,
      labelSmoothing === undefined ? 'class weights' : `--label-smoothing ${labelSmoothing}`,
      'neither of them with this head',
    );
  }
  if (labelSmoothing !== undefined && !(labelSmoothing >= 0 && labelSmoothing < 1)) {
    refuse('Label smoothing is out of range.', `--label-smoothing ${labelSmoothing}`, '[0, 1)');
  }
  const { classes } = tail.weight;
  const odd = classWeights?.find((weight) => !(weight >= 0 && weight < Infinity));
  if (odd !== undefined) refuse('A class weight is no weight.', String(odd), 'numbers of 0 or more');
  if (classWeights !== undefined && classWeights.length !== classes) {
    refuse('There must be a weight for each class.', `${classWeights.length} weights`, `${classes}`);
  }
}

function tailOf(view: GraphView, { embedding, classes, seed, tail, output }: RewriteOptions): Tail {
  if (embedding === undefined) {
    const found = findTail(view, {
      ...(tail === undefined ? {} : { node: tail }),
      ...(output === undefined ? {} : { output }),
    }).tail;
    return classes === undefined ? found : withNewClasses(found, { classes, seed: seed ?? 0 });
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
  return rewritten(model, planRewrite(model, options), options);
}

/** The graphs of a plan of a model; `options` are those that it was made of. */
export function rewritten(model: Model, plan: Plan, options: RewriteOptions): Rewritten {
  const before = model.proto.graph ?? plan.view.graph;
  const [train, infer] = [trainGraph(plan), inferGraph(plan)];
  return {
    train: finished(plan, options, 'train', train),
    infer: finished(plan, options, 'infer', infer),
    tail: plan.tail,
    target: plan.target,
    trained: train.trained,
    changes: [
      ...changesBetween('train', before, train.graph),
      ...changesBetween('infer', before, infer.graph),
    ],
    warnings: [...warningsOf(plan), ...targetWarnings(train.graph, plan.view.opset, plan.target)],
  };
}
