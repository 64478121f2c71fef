import type { Body } from '../backward/part.ts';
import type { Refusal } from '../backward/refused.ts';
import { MarginError } from '../errors.ts';
import type { NodeProto } from '../model/proto.ts';
import { nearest } from '../nearest.ts';
import { shellWord } from '../tail/shell.ts';
import type { Embedding } from '../tail/tail.ts';

const HEAD_ALONE = 'leave --train-from and --train-last out: the head alone is trained';

/** As many as fit into a line that is still read. */
const MOST_NAMED = 5;

const fromFlag = ({ view }: Body, node: NodeProto) => `--train-from ${shellWord(view.handle(node))}`;

function named({ view }: Body, layers: readonly NodeProto[]): string {
  const labels = layers.slice(-MOST_NAMED).map(view.label);
  const more = layers.length > MOST_NAMED ? `${layers.length - MOST_NAMED} more, ` : '';
  return labels.length === 0 ? 'none' : `${more}${labels.join(', ')}`;
}

/** A node on the way has no gradient. */
export function unpassable(body: Body, { node, reason }: Refusal, start: NodeProto | null): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `Layers cannot be trained from there on: no gradient passes ${body.view.label(node)}.`,
    saw: reason,
    expected: 'operators with a gradient between the first trained node and the embedding',
    tryThis: [...(start === null ? [] : [fromFlag(body, start)]), HEAD_ALONE],
  });
}

/** There is no such node among those that lead to the embedding. */
export function noSuchNode(body: Body, name: string, layers: readonly NodeProto[]): MarginError {
  const { view } = body;
  const node = view.nodes.find((each) => view.handle(each) === name);
  const near = node === undefined ? nearest(name, view.nodes.map(view.handle)) : null;
  const last = layers.at(-1);
  return new MarginError({
    code: 'BAD_PARAM',
    message:
      node === undefined
        ? `The model has no node ${JSON.stringify(name)}.`
        : `${view.label(node)} does not lead to the embedding.`,
    saw: `--train-from ${shellWord(name)}`,
    expected: `a node before ${JSON.stringify(body.embedding)}; the last layers are ${named(body, layers)}`,
    tryThis: [
      ...(near === null ? [] : [`--train-from ${shellWord(near)}`]),
      ...(last === undefined ? [] : [fromFlag(body, last)]),
      HEAD_ALONE,
    ],
  });
}

/** Two starts. */
export function twoStarts(from: string, last: number): MarginError {
  return new MarginError({
    code: 'BAD_PARAM',
    message: 'Layers are trained from a node on or by their number, not both.',
    saw: `--train-from ${shellWord(from)} --train-last ${last}`,
    expected: 'one of them',
    tryThis: [`--train-from ${shellWord(from)}`, `--train-last ${last}`],
  });
}

/** There are not as many layers. */
export function tooMany(body: Body, count: number, layers: readonly NodeProto[]): MarginError {
  return new MarginError({
    code: 'BAD_PARAM',
    message: `Before the head, layers with stored weights: ${layers.length}.`,
    saw: `--train-last ${count}`,
    expected:
      layers.length === 0
        ? 'a model with Gemm, MatMul or Conv before the head, whose weights are float32 initializers'
        : `1 to ${layers.length}: ${named(body, layers)}`,
    tryThis: layers.length === 0 ? [HEAD_ALONE] : [`--train-last ${layers.length}`, HEAD_ALONE],
  });
}

/** Behind the start there is nothing to train. */
export function nothingLearned(
  body: Body,
  starts: readonly NodeProto[],
  layers: readonly NodeProto[],
): MarginError {
  const last = layers.at(-1);
  return new MarginError({
    code: 'BAD_PARAM',
    message: `Nothing that could be learned lies between ${named(body, starts)} and the embedding.`,
    saw: 'no float32 initializer there that only trained nodes read',
    expected: `a start before a layer; the last layers are ${named(body, layers)}`,
    tryThis: [...(last === undefined ? [] : [fromFlag(body, last)]), HEAD_ALONE],
  });
}

/** Half precision loses small gradients, and double has no kernels on GPUs. */
export function notFloat32({ value, element }: Embedding): MarginError {
  return new MarginError({
    code: 'UNSUPPORTED_MODEL',
    message: `Layers of ${element} are not trained.`,
    saw: `embedding ${JSON.stringify(value)} of ${element}`,
    expected: 'float32',
    tryThis: ['start from the float32 model', HEAD_ALONE],
  });
}
