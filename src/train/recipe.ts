import type { Layers } from '../rewrite/layers.ts';
import type { Plan } from '../rewrite/plan.ts';
import type { RewriteOptions } from '../rewrite/rewrite.ts';
import type { Recipe } from './checkpoint.ts';
import type { OpenData } from './open-data.ts';
import type { Regime, TrainOptions } from './options.ts';

const REWRITING: readonly (keyof RewriteOptions)[] = [
  'head',
  'parameters',
  'preset',
  'tail',
  'output',
  'embedding',
  'classes',
  'seed',
  'labelType',
  'ignoreIndex',
  'reduction',
  'labelSmoothing',
  'classWeights',
  'inferOutputs',
  'keepOutputName',
  'openBatch',
  'target',
];

/** Those of the options that say what graphs are made. */
export function rewritingOf(options: TrainOptions): RewriteOptions {
  const given = Object.entries(options).filter(([name]) => (REWRITING as readonly string[]).includes(name));
  return { ...Object.fromEntries(given), head: options.head };
}

/** What makes a training this one: a checkpoint of any other is refused. */
export function recipeOf(
  plan: Plan,
  rewriting: RewriteOptions,
  regime: Regime,
  layers: Layers | null,
  { digests }: OpenData,
): Recipe {
  const { head, values, needs, tail, model } = plan;
  return {
    head: head.name,
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value])),
    classes: tail.weight.classes,
    dim: tail.weight.dim,
    centres: needs.centres,
    layer: tail.nodeLabel,
    layersBefore: layers?.tensors.map(({ value }) => value) ?? [],
    model: model.sha256(),
    data: digests.data,
    labels: digests.labels,
    ...regime,
    labelSmoothing: rewriting.labelSmoothing ?? 0,
    classWeights: rewriting.classWeights ?? null,
    ignoreIndex: plan.ignoreIndex,
  };
}
