import { MarginError } from '../errors.ts';
import { extractFrom } from '../graph/extract.ts';
import { renameValues } from '../graph/rename.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { withFields } from '../model/codec.ts';
import { deriveModel, type Model } from '../model/model.ts';
import type { Assembled } from './assemble.ts';
import { deepStepGraph } from './deep-step.ts';
import { finished } from './finish.ts';
import { type CutValue, type Layers, type LayersOptions, planLayers } from './layers.ts';
import type { Plan, STEP_STARTS } from './plan.ts';
import { provenanceOf, withProvenance } from './provenance.ts';
import { planRewrite, type RewriteOptions } from './rewrite.ts';
import { PLAIN_STEP, type StepOptions, stepGraph } from './step.ts';

export interface StepModelOptions extends Partial<StepOptions>, LayersOptions {
  /**
   * What a step is fed: what the frozen part of the model gives, computed once (`embedding`, or with trained layers the
   * values that `trainedLayers` names), or the model's own inputs.
   */
  readonly from?: (typeof STEP_STARTS)[number];
}

/**
 * The step graph of a rewrite as a model of its own: what ONNX Runtime runs once a batch to train the head, and the layers
 * before it where `trainFrom` or `trainLast` says so.
 * @throws MarginError as `rewrite` and `trainedLayers` do, and BAD_PARAM for an option of the step that is out of range
 */
export function stepModel(model: Model, options: RewriteOptions, step: StepModelOptions = {}): Model {
  const plan = planRewrite(model, options);
  const { from = 'embedding', trainFrom, trainLast, ...given } = step;
  const settled = { ...PLAIN_STEP, ...given };
  refuseOddStep(settled, plan);
  const layers = planLayers(plan, {
    ...(trainFrom === undefined ? {} : { trainFrom }),
    ...(trainLast === undefined ? {} : { trainLast }),
  });
  const made = layers === null ? stepGraph(plan, settled) : deepStepGraph(plan, settled, layers);
  const whole = finished(plan, { ...options, step }, 'step', made);
  return from === 'inputs' ? whole : fromCut(whole, made, cutOf(plan, layers));
}

/** What a step begins with: the values that the frozen part gives. */
export function cutOf({ tail }: Plan, layers: Layers | null): readonly CutValue[] {
  const { value, element, shape } = tail.embedding;
  return layers?.cut ?? [{ value, name: 'embedding', element, shape }];
}

/** The part behind the frozen one, with what that gives as inputs. */
export function fromCut(whole: Model, made: Assembled, cut: readonly CutValue[]): Model {
  const outputs = (whole.proto.graph?.output ?? []).map(({ name = '' }) => name);
  const given = cut.map(({ value, element, shape }) => tensorInfo(made.nameOf(value), element, shape));
  const part = extractFrom(whole, given, outputs);
  const { graph } = part.proto;
  // No value of this part but those of the cut can have come from the model, so their names are free.
  const names = new Map(
    cut.flatMap(({ value, name }) => (made.nameOf(value) === name ? [] : [[made.nameOf(value), name]])),
  );
  if (!graph || names.size === 0) return part;
  const facts = provenanceOf(part.proto);
  if (facts === null) throw new Error('a finished graph without provenance');
  const proto = withFields(part.proto, { graph: renameValues(graph, names) });
  const embedding = names.get(made.embedding) ?? made.embedding;
  return deriveModel(part, withProvenance(proto, { ...facts, embedding }));
}

function refuseOddStep(options: StepOptions, { tail }: Plan): void {
  const { momentum, weightDecay, clipNorm, sampledClasses, layersRate } = options;
  const { classes } = tail.weight;
  const refuse = (flag: string, value: number, expected: string) => {
    throw new MarginError({
      code: 'BAD_PARAM',
      message: `${flag} is out of range.`,
      saw: `${flag} ${value}`,
      expected,
      tryThis: ['leave it out'],
    });
  };
  if (!(momentum >= 0 && momentum < 1)) refuse('--momentum', momentum, '[0, 1)');
  if (!(weightDecay >= 0 && weightDecay < Infinity)) refuse('--weight-decay', weightDecay, '0 or more');
  if (!(layersRate > 0 && layersRate < Infinity)) refuse('--layers-rate', layersRate, 'a part above 0');
  if (clipNorm !== null && !(clipNorm > 0)) refuse('--clip-norm', clipNorm, 'a length above 0');
  if (sampledClasses !== null && !(sampledClasses >= 2 && sampledClasses <= classes))
    refuse('--sampled-classes', sampledClasses, `2 to ${classes}, the number of classes`);
}
