import { create, withFields } from '../model/codec.ts';
import type { Model } from '../model/model.ts';
import { deriveModel } from '../model/model.ts';
import type { GraphProto, ValueInfoProto } from '../model/proto.ts';
import { freshNames } from './edit.ts';
import { ancestors } from './live.ts';
import { sparseName } from './names.ts';
import type { Shapes } from './shapes.ts';
import { inferShapes } from './shapes.ts';
import { tensorInfo } from './value-info.ts';
import type { GraphView } from './view.ts';
import { viewGraph } from './view.ts';

/** The declaration of a value as an output: the file's own where there is one, else what follows from the graph. */
function outputInfo(view: GraphView, shapes: Shapes, name: string): ValueInfoProto {
  const declared = view.valueInfo(name);
  if (declared) return declared;
  const { element, shape } = shapes(name);
  return element === null ? create('ValueInfoProto', { name }) : tensorInfo(name, element, shape);
}

function derived(model: Model, graph: GraphProto): Model {
  return deriveModel(model, withFields(model.proto, { graph }));
}

/** The model with more values as outputs, after those it has. A value that is an output already stays one. */
export function withExtraOutputs(model: Model, names: readonly string[]): Model {
  const view = viewGraph(model);
  const shapes = inferShapes(view);
  const present = new Set(view.outputs.map(({ name }) => name));
  const extra = [...new Set(names)].filter((name) => !present.has(name));
  const output = [...view.outputs, ...extra.map((name) => outputInfo(view, shapes, name))];
  return derived(model, withFields(view.graph, { output }));
}

/**
 * The part of a model between some values, which become inputs, and some outputs. Inputs that this part still needs
 * stay, before the new ones; those that only led to the values go.
 */
export function extractFrom(
  model: Model,
  values: readonly ValueInfoProto[],
  outputs: readonly string[],
): Model {
  const view = viewGraph(model);
  const shapes = inferShapes(view);
  // A node that is kept for another of its outputs must not make a value that now comes from outside.
  const fresh = freshNames(view);
  const spares = new Map(values.map(({ name = '' }) => [name, fresh(name)]));
  const kept = ancestors(outputs, (name) => (spares.has(name) ? null : view.producer(name)), view.reads);
  const node = view.nodes
    .filter((each) => kept.has(each))
    .map((each) =>
      each.output.some((name) => spares.has(name))
        ? withFields(each, { output: each.output.map((name) => spares.get(name) ?? name) })
        : each,
    );
  const needed = new Set([...node.flatMap(view.reads), ...outputs]);
  const made = new Set(node.flatMap(({ output }) => output));
  const needs = ({ name = '' }: { readonly name?: string }) => needed.has(name) && !spares.has(name);
  return derived(
    model,
    withFields(view.graph, {
      node,
      initializer: view.graph.initializer.filter(needs),
      sparseInitializer: view.graph.sparseInitializer.filter((tensor) => needs({ name: sparseName(tensor) })),
      input: [...view.graph.input.filter(needs), ...values],
      output: outputs.map((name) => outputInfo(view, shapes, name)),
      valueInfo: view.graph.valueInfo.filter(({ name = '' }) => made.has(name)),
      quantizationAnnotation: [],
    }),
  );
}

/** The part of a model that makes some values, which become its only outputs. What a caller feeds stays. */
export function extractUpTo(model: Model, outputs: readonly string[]): Model {
  const view = viewGraph(model);
  const shapes = inferShapes(view);
  const kept = ancestors(outputs, view.producer, view.reads);
  const node = view.nodes.filter((each) => kept.has(each));
  const needed = new Set([...node.flatMap(view.reads), ...outputs]);
  const made = new Set(node.flatMap(({ output }) => output));
  const inputs = new Set(view.graph.input.map(({ name }) => name));
  const needs = ({ name = '' }: { readonly name?: string }) => needed.has(name) || inputs.has(name);
  return derived(
    model,
    withFields(view.graph, {
      node,
      initializer: view.graph.initializer.filter(needs),
      sparseInitializer: view.graph.sparseInitializer.filter((tensor) => needs({ name: sparseName(tensor) })),
      output: outputs.map((name) => outputInfo(view, shapes, name)),
      valueInfo: view.graph.valueInfo.filter(({ name = '' }) => made.has(name) && !outputs.includes(name)),
      quantizationAnnotation: [],
    }),
  );
}
