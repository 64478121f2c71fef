import { operatorOf } from '../graph/view.ts';
import type { NodeProto } from '../model/proto.ts';
import { attempt, cursorAt, stop } from './cursor.ts';
import type { TailForm } from './forms/form.ts';
import { FORMS } from './forms/index.ts';
import type { Ground } from './ground.ts';
import type { Linear } from './linear.ts';
import { PASSES, type Pass, type Scores } from './passes.ts';
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

const FORM_OF: ReadonlyMap<string, TailForm> = new Map(FORMS.map((form) => [form.operator, form]));

interface Climb {
  readonly passed: readonly { readonly node: NodeProto; readonly pass: Pass }[];
  /** The value that the climb ended at, and its node. */
  readonly value: string;
  readonly end: NodeProto | null;
}

function climb({ view }: Ground, output: string): Climb {
  const passed: { node: NodeProto; pass: Pass }[] = [];
  let value = output;
  for (;;) {
    const end = view.producer(value);
    const pass = end && PASSES.get(operatorOf(end));
    if (!end || !pass || passed.length === MOST_PASSED) return { passed, value, end };
    passed.push({ node: end, pass });
    value = end.input[pass.from] ?? '';
  }
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
  const form = FORM_OF.get(operatorOf(end));
  const at = cursorAt(ground, end, form?.name ?? 'none', depth + 1);
  if (depth === MOST_PASSED)
    at.refuse(`is ${MOST_PASSED} nodes away from output ${names[0]}, without a layer between`);
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
function logitsOf({ shapes }: Ground, { embedding, rank, axis, classes }: Layer): Scores {
  const { shape } = shapes(embedding);
  const dims = Array.from({ length: rank }, (_, each) => (each === axis ? classes : (shape?.[each] ?? null)));
  return { shape: dims, axis, classes, activation: 'none', labels: false };
}

export function walkFrom(ground: Ground, output: string): Walk {
  const way = climb(ground, output);
  const passed = way.passed.map(({ node }) => node);
  const found = attempt(() => layerAt(ground, output, way));
  if ('miss' in found) return { output, passed, end: way.end, layer: null, result: found };
  const layer = found.found;
  const flowed = attempt(() =>
    way.passed.reduceRight(
      (scores, { node, pass }) => pass.next(scores, cursorAt(ground, node, layer.form, layer.depth)),
      logitsOf(ground, layer),
    ),
  );
  const result = 'miss' in flowed ? flowed : { scores: flowed.found };
  return { output, passed, end: way.end, layer, result };
}
