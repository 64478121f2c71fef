import { TARGETS } from '../expr/vocabulary.ts';
import { PRESETS } from '../heads/find.ts';
import { REDUCTIONS } from '../heads/loss.ts';
import { EXTERNAL_DATA } from '../model/external-data.ts';
import { OPTIMISERS } from '../rewrite/optimisers.ts';
import { INFER_OUTPUTS, LABEL_TYPES, STEP_STARTS } from '../rewrite/plan.ts';
import { INITS, RATE_SCHEDULES } from '../train/choices.ts';
import { PROVIDER_CHOICES } from '../validate/messages.ts';
import type { Options } from './option.ts';

/** Every command speaks to programs too. */
export const JSON_OPTION = {
  json: { kind: 'flag', help: 'print one JSON object on stdout, errors included' },
} as const satisfies Options;

/** What a rewrite makes of the model: the options of the API by their own names. */
export const MAKING = {
  head: { kind: 'text', placeholder: 'NAME', help: 'the head to put in; `onnx-margin heads` lists them' },
  preset: {
    kind: 'choice',
    choices: PRESETS,
    placeholder: 'NAME',
    help: `values of the head as a library has them, below what is given: ${PRESETS.join(', ')}`,
  },
  tail: { kind: 'text', placeholder: 'NODE', help: 'the layer to replace, where the model has several' },
  output: {
    kind: 'text',
    placeholder: 'NAME',
    help: 'the output whose layer to replace, where the model has several',
  },
  embedding: {
    kind: 'text',
    placeholder: 'VALUE',
    help: 'for a model without a classifier: the tensor to attach a new head to, with --classes',
  },
  classes: {
    kind: 'integer',
    least: 2,
    placeholder: 'C',
    help: 'how many classes a new head has; without --embedding it takes the place of the classifier’s',
  },
  target: {
    kind: 'choice',
    choices: TARGETS,
    placeholder: 'NAME',
    help: 'what trains the training graph, and so which operators it may have: onnxruntime, pytorch (by onnx2torch), ort-training (onnxruntime)',
  },
  labelType: { kind: 'choice', choices: LABEL_TYPES, help: 'type of `labels` in the training graph (int64)' },
  ignoreIndex: {
    kind: 'integer',
    placeholder: 'N',
    help: 'the label that does not count in the loss (-100)',
  },
  reduction: {
    kind: 'choice',
    choices: REDUCTIONS,
    help: 'what becomes of the losses of samples: their mean, their sum, or one each (mean)',
  },
  labelSmoothing: {
    kind: 'number',
    placeholder: 'N',
    help: 'the part of the target that is spread over all classes, 0 to below 1 (0)',
  },
  inferOutputs: {
    kind: 'list',
    choices: INFER_OUTPUTS,
    placeholder: 'LIST',
    help: `outputs of the inference graph, in order, of ${INFER_OUTPUTS.join(', ')} (cosine)`,
  },
  keepOutputName: {
    kind: 'flag',
    help: 'call the first output of the inference graph as the model called its own',
  },
  openBatch: {
    kind: 'flag',
    help: 'where the model takes a fixed number of samples: let it, and both graphs, take any',
  },
  seed: {
    kind: 'integer',
    least: 0,
    placeholder: 'N',
    help: 'draws the rows of a new head and random samples (0)',
  },
} as const satisfies Options;

/** What a rewrite takes out of files. */
export const READING = {
  classWeights: {
    kind: 'numbers',
    placeholder: 'FILE',
    help: 'a weight for each class; all the same unless given; .npy, or 1,2,3',
  },
} as const satisfies Options;

/** How a training step is made: the options of the API by their own names, and where it starts. */
export const STEPPING = {
  optimiser: {
    kind: 'choice',
    choices: OPTIMISERS,
    help: 'what a step turns gradients into new values with (sgd; train: adamw)',
  },
  momentum: { kind: 'number', placeholder: 'N', help: 'of sgd, 0 to below 1 (0.9)' },
  weightDecay: {
    kind: 'number',
    placeholder: 'N',
    help: 'how much a step pulls class rows towards 0, 0 or more (0)',
  },
  clipNorm: {
    kind: 'number',
    placeholder: 'N',
    help: 'the longest that all gradients of a step together may be; any length unless given',
  },
  sampledClasses: {
    kind: 'integer',
    least: 2,
    placeholder: 'S',
    help: 'how many classes a step sees, which `rows` names: partial FC, for very many classes; train draws them (all)',
  },
  gradients: { kind: 'flag', help: 'let the graph of a step give the gradients too, d_embedding among them' },
} as const satisfies Options;

/** Which layers before the head a step trains. */
export const LAYERS = {
  trainFrom: {
    kind: 'text',
    placeholder: 'NODE',
    help: 'the first node that a step trains, with all between it and the embedding; the head alone unless given',
  },
  trainLast: {
    kind: 'integer',
    least: 1,
    placeholder: 'K',
    help: 'how many of the last layers before the head a step trains: Gemm, MatMul and Conv with stored weights',
  },
  layersRate: {
    kind: 'number',
    placeholder: 'PART',
    help: 'the part of the learning rate that these layers learn with (1; train: 0.1)',
  },
} as const satisfies Options;

/** Whether the graph of a training step is made too, and what it is fed. */
const STEP = {
  step: { kind: 'flag', help: 'write the graph of a training step, too' },
  stepFrom: {
    kind: 'choice',
    choices: STEP_STARTS,
    help: 'what a step is fed: embeddings, or the inputs of the model (embedding)',
  },
} as const satisfies Options;

/** Where a rewrite goes. */
export const WRITING = {
  out: {
    kind: 'text',
    letter: 'o',
    placeholder: 'DIR',
    help: 'the folder to write to, made where it is missing (.)',
  },
  only: { kind: 'choice', choices: ['train', 'infer'], help: 'make one of the two graphs' },
  html: { kind: 'flag', help: 'write the report as a page to look at, too' },
  force: { kind: 'flag', help: 'overwrite files that exist' },
} as const satisfies Options;

/** Where the weights of what is written go. */
export const STORING = {
  externalData: {
    kind: 'choice',
    choices: EXTERNAL_DATA,
    help: 'weights stay where they were, go into the graphs, or into files that both graphs share (keep)',
  },
  externalThreshold: {
    kind: 'integer',
    least: 0,
    placeholder: 'BYTES',
    help: 'from what size on a tensor leaves the file of its graph, where it does (1024)',
  },
} as const satisfies Options;

/** How a head is trained. */
export const TRAINING = {
  init: {
    kind: 'choice',
    choices: INITS,
    help: 'what class rows start from: those of the layer, random ones, or the mean direction of each class (original; class-means for new classes)',
  },
  epochs: { kind: 'integer', least: 1, placeholder: 'N', help: 'how often every sample is seen (30)' },
  batch: { kind: 'integer', least: 1, placeholder: 'N', help: 'samples in a step (64)' },
  optimiser: STEPPING.optimiser,
  lr: { kind: 'number', placeholder: 'N', help: 'the learning rate at its highest (0.01)' },
  schedule: { kind: 'choice', choices: RATE_SCHEDULES, help: 'how the learning rate falls (cosine)' },
  lrWarmup: { kind: 'number', placeholder: 'EPOCHS', help: 'in which the learning rate rises (1)' },
  marginWarmup: {
    kind: 'number',
    placeholder: 'EPOCHS',
    help: 'in which the margin grows from a tenth to all, or λ falls from --lambda-from to --lambda (0)',
  },
  lambdaFrom: {
    kind: 'number',
    placeholder: 'N',
    help: 'what λ of sphereface and l-softmax falls from (1000)',
  },
  momentum: STEPPING.momentum,
  weightDecay: STEPPING.weightDecay,
  clipNorm: STEPPING.clipNorm,
  sampledClasses: STEPPING.sampledClasses,
  validation: {
    kind: 'number',
    placeholder: 'PART',
    help: 'the part of each class that is held back, to measure with (0.2)',
  },
  patience: {
    kind: 'integer',
    least: 1,
    placeholder: 'EPOCHS',
    help: 'end after so many without a lower loss on what was held back, and keep the best; never unless given',
  },
  allowEmptyClasses: { kind: 'flag', help: 'let classes be without samples' },
  checkpointEvery: {
    kind: 'number',
    placeholder: 'SECONDS',
    help: 'between checkpoints, which are written at the end of an epoch (30)',
  },
} as const satisfies Options;

/** How graphs are run and compared. */
export const RUNNING = {
  provider: {
    kind: 'choice',
    choices: PROVIDER_CHOICES,
    placeholder: 'NAME',
    help: `what runs the graphs: ${PROVIDER_CHOICES.join(', ')}; auto is the best GPU present, else the CPU (auto)`,
  },
  requireGpu: { kind: 'flag', help: 'end with exit code 6 rather than do without a GPU' },
  data: {
    kind: 'text',
    placeholder: 'FILE',
    help: 'inputs to check with, .npy or .npz; random ones unless given',
  },
  labels: { kind: 'text', placeholder: 'FILE', help: 'their labels, .npy' },
  samples: { kind: 'integer', least: 1, placeholder: 'N', help: 'how many samples to check with' },
  timeout: { kind: 'number', placeholder: 'SECONDS', help: 'how long one run of a graph may take' },
} as const satisfies Options;

/** Everything that `rewrite` takes and a config file may hold, besides the parameters of heads. */
export const REWRITE_OPTIONS = {
  ...MAKING,
  ...READING,
  ...WRITING,
  ...STEP,
  ...STEPPING,
  ...STORING,
  ...LAYERS,
  noValidate: { kind: 'flag', help: 'do not check the numbers on ONNX Runtime' },
  ...RUNNING,
} as const satisfies Options;

export const CONFIG_OPTION = {
  config: { kind: 'text', placeholder: 'FILE', help: 'a JSON file with options; flags come before it' },
} as const satisfies Options;
