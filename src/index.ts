export {
  type BatchProgress,
  type BatchSummary,
  type ModelOutcome,
  type RewriteAllOptions,
  rewriteAll,
} from './batch/rewrite-all.ts';
export { type ErrorCode, EXIT_CODES, isMarginError, MarginError } from './errors.ts';
export type { Target } from './expr/vocabulary.ts';
export { type CheckOptions, checkFixture, type FixtureCheck } from './fixture/check.ts';
export type { Difference } from './fixture/difference.ts';
export type { Recipe } from './fixture/recipe.ts';
export { type Recorded, type RecordOptions, recordFixture } from './fixture/record.ts';
export { printGraph } from './graph/print.ts';
export { withInitializers } from './graph/with-initializers.ts';
export { findHead } from './heads/find.ts';
export { defineHead, type Head, type HeadDefinition, type Sample } from './heads/head.ts';
export { HEADS } from './heads/index.ts';
export type { Parameter, Parameters, Values } from './heads/parameters.ts';
export type { ExternalData } from './model/external-data.ts';
export type { Model } from './model/model.ts';
export { readModel } from './model/read.ts';
export {
  encodeModel,
  type ModelOutput,
  type WeightsFile,
  type WriteOptions,
  type Written,
  writeModel,
  writeModels,
} from './model/write.ts';
export type { Change } from './rewrite/changes.ts';
export { type Inspection, inspect } from './rewrite/inspect.ts';
export { type Recommendation, type RecommendOptions, recommend } from './rewrite/recommend.ts';
export { type RewriteOptions, type Rewritten, rewrite } from './rewrite/rewrite.ts';
export { type StepModelOptions, stepModel } from './rewrite/step-model.ts';
export {
  type TrainedLayers,
  type TrainedTensor,
  trainedLayers,
} from './rewrite/trained-layers.ts';
export type { Warning } from './rewrite/warnings.ts';
export type { TrainOptions } from './train/options.ts';
export type { Progress } from './train/progress.ts';
export { train } from './train/train.ts';
export type { Trained, Training } from './train/training.ts';
export { type Check, type ValidateOptions, type Validation, validate } from './validate/validate.ts';
export { VERSION } from './version.ts';
