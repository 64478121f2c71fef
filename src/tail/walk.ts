import { Writer } from '../expr/writer.ts';
import { freshNames } from '../graph/edit.ts';
import { operatorOf } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { attempt, type Cursor, cursorAt, stop } from './cursor.ts';
import type { TailForm } from './forms/form.ts';
import { FORMS } from './forms/index.ts';
import type { Ground } from './ground.ts';
import type { Linear } from './linear.ts';
import type { Pass, Scores } from './pass.ts';
import { PASSES } from './passes.ts';
import { plainOf } from './plain/index.ts';
import type { Miss } from './tail.ts';
import { unreadBecause } from './unread.ts';

/** A walk from a graph output up to the layer that its scores come from, and down again with what flows there. */
export interface Walk {
  readonly output: string;
  /** The nodes behind the layer, from the output up. */
  readonly passed: readonly NodeProto[];
  /** The node that the walk came to, null where none was there. */
  readonly end: NodeProto | null;
  /** The layer that was recognised there, also where something behind it is in the way. */
  readonly layer: Layer | null;
  /** What the output holds, or why it holds no scores of the layer. */
  readonly result: { readonly scores: Scores } | { readonly miss: Miss };
}

export interface Layer extends Linear {
  readonly form: string;
}

/** No classifier has so many nodes behind its layer; a walk that goes round in a circle has. */
const MOST_PASSED = 64;

interface Passed {
  readonly node: NodeProto;
  readonly pass: Pass;
  /** The output of the node that the climb came in by. */
  readonly made: string;
}

interface Climb {
  readonly passed: readonly Passed[];
  /** The value that the climb ended at, and its node. */
  readonly value: string;
  readonly end: NodeProto | null;
}

function climb(ground: Ground, output: string): Climb {
  const { view } = ground;
  const passed: Passed[] = [];
  let value = output;
  for (;;) {
    const end = view.producer(value);
    const pass = end && PASSES.get(operatorOf(end));
    if (!end || !pass || passed.length === MOST_PASSED) return { passed, value, end };
    passed.push({ node: end, pass, made: value });
    value = end.input[pass.from(ground, end)] ?? '';
  }
}

/** The node that an output comes from, behind all that scores may go through. */
export function topOf(ground: Ground, output: string): NodeProto | null {
  return climb(ground, output).end;
}

function formAt(ground: Ground, node: NodeProto): TailForm | undefined {
  const at = cursorAt(ground, node, 'none', 0);
  return FORMS.find(({ operator, when }) => operator === operatorOf(node) && (when?.(at) ?? true));
}

/** The layer at the end of a climb; ends in a miss where there is none. */
function layerAt(ground: Ground, output: string, { passed, value, end }: Climb): Layer {
  const { view, shapes } = ground;
  const depth = passed.length;
  const names = [output, value].map((name) => JSON.stringify(name));
  if (end === null) {
    const reason = `output ${names[0]} leads up to ${names[1]}, which no node makes`;
    return stop({ form: 'none', node: null, reason, depth });
  }
  const form = formAt(ground, end);
  const at = cursorAt(ground, end, form?.name ?? 'none', depth + 1);
  if (depth === MOST_PASSED)
    at.refuse(`is ${MOST_PASSED} nodes away from output ${names[0]}, without a layer between`);
  // What could be put into plain operators was before the walk: here is why this could not.
  plainOf(end)?.write(at, new Writer(view.opset, freshNames(view)));
  if (form === undefined) {
    return stop({
      form: 'none',
      node: view.handle(end),
      reason: `${view.label(end)} ${unreadBecause(view, end)}`,
      depth,
    });
  }
  const linear = form.match(at);
  const { element } = shapes(linear.embedding);
  if (element !== null && element !== linear.element)
    at.refuse(`multiplies ${element} by W of type ${linear.element}`);
  return { ...linear, form: form.name };
}

/** What flows from a layer: its logits, before anything happens to them. */
function logitsOf({ shapes }: Ground, linear: Linear): Scores {
  const { embedding, rank, axis, classes, spatial } = linear;
  const { shape } = shapes(embedding);
  const sizeOf = (each: number) => (spatial && each > 1 ? 1 : (shape?.[each] ?? null));
  return {
    shape: Array.from({ length: rank }, (_, each) => (each === axis ? classes : sizeOf(each))),
    axis,
    classes,
    activation: 'none',
    kind: 'scores',
    quantised: 'never',
    linear,
  };
}

/** What comes out at the end; exponentials alone are neither scores nor probabilities. */
function flow(ground: Ground, passed: readonly Passed[], layer: Layer): Scores {
  const at = ({ node }: Passed): Cursor => cursorAt(ground, node, layer.form, layer.depth);
  const scores = passed.reduceRight(
    (before, each) => each.pass.next(before, at(each), each.made),
    logitsOf(ground, layer),
  );
  const [last] = passed;
  if (scores.activation === 'exp' && scores.kind === 'scores' && last)
    at(last).refuse('gives exponentials of the scores, which are never divided by their sum');
  return scores;
}

export function walkFrom(ground: Ground, output: string): Walk {
  const way = climb(ground, output);
  const passed = way.passed.map(({ node }) => node);
  const found = attempt(() => layerAt(ground, output, way));
  if ('miss' in found) return { output, passed, end: way.end, layer: null, result: found };
  const layer = found.found;
  const flowed = attempt(() => flow(ground, way.passed, layer));
  const result = 'miss' in flowed ? flowed : { scores: flowed.found };
  return { output, passed, end: way.end, layer, result };
}
