import { MarginError } from '../errors.ts';
import type { NodeProto } from '../model/proto.ts';
import { nearest } from '../nearest.ts';
import { attachFlags } from './advice.ts';
import { FORMS } from './forms/index.ts';
import type { Search } from './search.ts';
import { inspectCommand, shellWord } from './shell.ts';
import type { Miss, Tail } from './tail.ts';

const SKETCHES = FORMS.map(({ sketch }) => sketch).join(', or ');

const tailFlag = ({ nodeName }: Tail) => `--tail ${shellWord(nodeName ?? '')}`;
const outputFlag = (name: string) => `--output ${shellWord(name)}`;

/** No tail in the whole model. */
export function notFound(found: Search): MarginError {
  const { ground, misses } = found;
  const [deepest] = misses;
  return new MarginError({
    code: 'TAIL_NOT_FOUND',
    message: 'No classifier was found in this model.',
    saw: deepest?.reason ?? 'a graph without outputs',
    expected: SKETCHES,
    tryThis: [...attachFlags(found), inspectCommand(ground.view)],
  });
}

/** More than one, and no choice. */
export function ambiguous(tails: readonly Tail[]): MarginError {
  const seen = tails.map(({ nodeLabel, weight, output }) => {
    return `${nodeLabel} with ${weight.classes} classes for output ${JSON.stringify(output)}`;
  });
  return new MarginError({
    code: 'TAIL_AMBIGUOUS',
    message: `${tails.length} layers could be replaced; which one is meant?`,
    saw: seen.join(', '),
    expected: 'one of them, by an output or by its node',
    tryThis: [...tails.map(({ output }) => outputFlag(output)), ...tails.map(tailFlag)],
  });
}

/** What an option named is not there, or is no tail. */
function notChosen(
  { ground, tails }: Search,
  facts: { message: string; saw: string; flags: readonly string[] },
) {
  const { message, saw, flags } = facts;
  return new MarginError({
    code: 'TAIL_NOT_FOUND',
    message,
    saw,
    expected: tails.length === 0 ? SKETCHES : tails.map(({ nodeLabel }) => nodeLabel).join(', or '),
    tryThis: [...flags, inspectCommand(ground.view)],
  });
}

const quoted = (name: string) => JSON.stringify(name);

export function noNode(found: Search, name: string): MarginError {
  const { view } = found.ground;
  const near = nearest(name, view.nodes.map(view.handle));
  return notChosen(found, {
    message: `The model has no node ${quoted(name)}.`,
    saw: `--tail ${shellWord(name)}`,
    flags: near === null ? found.tails.map(tailFlag) : [`--tail ${shellWord(near)}`],
  });
}

export function otherNode(found: Search, node: NodeProto): MarginError {
  const { view } = found.ground;
  const label = view.label(node);
  const miss = found.misses.find((each) => each.node === view.handle(node));
  return notChosen(found, {
    message: `${label} is not the last layer of a classifier.`,
    saw: miss?.reason ?? `${label} is no linear layer that an output comes from`,
    flags: found.tails.map(tailFlag),
  });
}

export function noOutput(found: Search, name: string): MarginError {
  const outputs = found.ground.view.outputs.map((output) => output.name ?? '');
  const near = nearest(name, outputs);
  return notChosen(found, {
    message: `The model has no output ${quoted(name)}.`,
    saw: outputFlag(name),
    flags: (near === null ? outputs : [near]).map(outputFlag),
  });
}

export function otherOutput(found: Search, name: string): MarginError {
  return notChosen(found, {
    message: `Output ${quoted(name)} does not come from a classifier.`,
    saw: missOf(found, name)?.reason ?? name,
    flags: found.tails.map(({ output }) => outputFlag(output)),
  });
}

function missOf({ walks }: Search, name: string): Miss | null {
  const result = walks.find(({ output }) => output === name)?.result;
  return result && 'miss' in result ? result.miss : null;
}
