import { input } from '../expr/build.ts';
import type { Expr, Shape } from '../expr/expr.ts';
import { lossOf, type Reduction } from '../heads/loss.ts';
import { partsOf } from '../heads/parts.ts';
import { type Taken, type Takes, takenInput } from '../heads/taken.ts';
import type { Element } from '../model/elements.ts';
import { makeTensor } from '../model/tensors.ts';
import type { Constants } from './assemble.ts';
import type { Plan } from './plan.ts';
import { embeddingShape } from './seam.ts';

/** What training is made of, whatever is done with it. */
export interface Training {
  /** The embedding, `[..., D]`. */
  readonly x: Expr;
  readonly logits: Expr;
  readonly loss: Expr;
  /** Of each state its new value, by the name of its output. */
  readonly next: Readonly<Record<string, Expr>>;
}

/**
 * Logits and loss of a plan over class rows `w` [C·K, D] and a bias `[C]` or null; `taken` are expressions for numbers of the
 * head that somebody differentiates by. Of what has a number for each class `pick` takes those of the classes in `w`.
 */
export function trainingOf(
  plan: Plan,
  w: Expr,
  bias: Expr | null,
  reduction: Reduction,
  taken: Readonly<Record<string, Expr>> = {},
  pick: (whole: Expr) => Expr = (whole) => whole,
): Training {
  const { tail, head, values, needs, labelType, ignoreIndex, labelSmoothing, classWeights } = plan;
  const shape = embeddingShape(tail);
  const x = input('x', 'float32', shape);
  const labels = input('labels', labelType, shape.slice(0, -1));
  const perClass = Object.entries(needs.takes).flatMap(([name, each]) =>
    each.kind === 'perClass' ? [[name, pick(takenInput(name, each, labels.shape))] as const] : [],
  );
  const given = { ...Object.fromEntries(perClass), ...taken };
  const { parts, next } = partsOf({ x, w, bias, labels, ignoreIndex, taken: given }, needs);
  const logits = head.logits(parts, values);
  const weights =
    classWeights === null ? null : pick(input('class_weights', 'float32', [1, classWeights.length]));
  const loss = lossOf(head, values, logits, parts, { reduction, labelSmoothing, classWeights: weights });
  return { x, logits: logits.all, loss, next };
}

/** The inputs that every graph of training has: labels, and noise of the same shape where the head takes any. */
export function trainingInputs({
  tail,
  needs,
  labelType,
}: Plan): Record<string, { element: Element; shape: Shape }> {
  const shape = embeddingShape(tail).slice(0, -1);
  const names = Object.entries(needs.takes).flatMap(([name, { kind }]) => (kind === 'noise' ? [name] : []));
  return {
    labels: { element: labelType, shape },
    ...Object.fromEntries(names.map((name) => [name, { element: 'float32' as const, shape }])),
  };
}

/** What no training changes: weights of classes, and the numbers that a head has for each. */
export function fixedConstants({ needs, classWeights }: Plan): Constants {
  return {
    ...(classWeights === null ? {} : { class_weights: row(classWeights) }),
    ...constantsOf(needs.takes, (taken) => (taken.kind === 'perClass' ? row(taken.values) : null)),
  };
}

/** The numbers that a head learns, as they are at the start. */
export function learnedConstants({ needs }: Plan): Constants {
  return constantsOf(needs.takes, (taken) =>
    taken.kind === 'learned' ? (name) => makeTensor(name, [], Float32Array.of(taken.initial)) : null,
  );
}

/** What is trained, as inputs of expressions: class rows first. */
export function trainedInputs({ tail, head, needs }: Plan): Expr[] {
  const { classes, dim } = tail.weight;
  const learned = Object.entries(needs.takes).flatMap(([name, taken]): [string, Shape][] => {
    if (taken.kind === 'learned') return [[name, []]];
    return taken.kind === 'perClass' && taken.trained === true ? [[name, [1, classes]]] : [];
  });
  return [
    input('weight', 'float32', [classes * needs.centres, dim]),
    ...(head.keepsBias && tail.bias !== null ? [input('bias', 'float32', [classes])] : []),
    ...learned.map(([name, shape]) => input(name, 'float32', shape)),
  ];
}

/** `[1, C]` of numbers. */
const row = (numbers: readonly number[]) => (name: string) =>
  makeTensor(name, [1, numbers.length], Float32Array.from(numbers));

function constantsOf(takes: Takes, make: (taken: Taken) => Constants[string] | null): Constants {
  const all = Object.entries(takes).map(([name, taken]) => [name, make(taken)] as const);
  return Object.fromEntries(all.flatMap(([name, constant]) => (constant === null ? [] : [[name, constant]])));
}
