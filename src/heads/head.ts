import { add, detach, lift, mul, named, sub } from '../expr/build.ts';
import type { Expr, Operand } from '../expr/expr.ts';
import { gradient } from './common.ts';
import {
  type Conflict,
  checkLengths,
  type Parameters,
  parseValues,
  refuseConflict,
  type Values,
  type ValuesOf,
} from './parameters.ts';
import type { Needs, Parts, PlainParts } from './parts.ts';
import type { Sample } from './sample.ts';
import type { Takes } from './taken.ts';

export type { Sample } from './sample.ts';

export interface Source {
  readonly title: string;
  readonly year: number;
  /** An arXiv identifier, such as `1801.07698`; null where there is none. */
  readonly arxiv: string | null;
}

/** How many classes a head has, and the length of embeddings. */
export interface Sizes {
  readonly classes: number;
  readonly dim: number;
}

/**
 * How a head is written down: once as expressions, and once as the paper's own line.
 *
 * The logits are `radius · (ψ on the target, others elsewhere)`; a head says only what differs from the plain cosine.
 */
export interface HeadDefinition<P extends Parameters> {
  readonly name: string;
  /** What it does, in a few words. */
  readonly title: string;
  /** Other names, each with the defaults that it changes. */
  readonly aliases?: Readonly<Record<string, Values>>;
  /** What `--preset` knows: a library's exact behaviour, as the values that give it. */
  readonly presets?: Readonly<Record<string, Values>>;
  /** The formula of the logits, as text. */
  readonly formula: string;
  readonly source: Source;
  readonly parameters: P;
  /** What does not go together of values that are each in range, or of them and the sizes. Left out: all goes. */
  readonly conflict?: (values: ValuesOf<P>, sizes: Sizes) => Conflict | null;
  /** Parameters whose default and range another value changes, such as the margin of a variant. Left out: none. */
  readonly parametersFor?: (given: Values) => Parameters;
  /** How many centres a class has. Left out: 1. */
  readonly centres?: (values: ValuesOf<P>) => number;
  /** What the formulas take besides embeddings, class rows and labels. Left out: nothing. */
  readonly takes?: (values: ValuesOf<P>, sizes: Sizes) => Takes;
  /** What multiplies every cosine: a number, `[..., 1]`, or `[..., C]`. Left out: 1. */
  readonly radius?: (values: ValuesOf<P>, parts: PlainParts) => Operand;
  /** What is added to every logit once it is scaled: a number, `[..., 1]`, or `[1, C]`. Left out: 0. */
  readonly shift?: (values: ValuesOf<P>, parts: PlainParts) => Operand;
  /** What takes the place of cos θ_y, `[..., 1]`. Left out: cos θ_y itself. */
  readonly psi?: (c: Expr, values: ValuesOf<P>, parts: Parts) => Expr;
  /** What takes the place of the cosines of the other classes, `[..., C]`. Left out: the cosines themselves. */
  readonly others?: (cos: Expr, values: ValuesOf<P>, parts: Parts) => Expr;
  /** The logits of inference, `[..., C]`. Left out: radius · cos θ + shift. */
  readonly plain?: (values: ValuesOf<P>, parts: PlainParts) => Expr;
  /** Whether the bias of the layer is kept. Left out: no, as a cosine has none. */
  readonly keepsBias?: boolean;
  /** The loss of each sample from its logits `[..., C]`, `[..., 1]`. Left out: cross-entropy. */
  readonly loss?: (logits: Expr, values: ValuesOf<P>, parts: Parts) => Expr;
  /** What is added to the loss of each sample, `[..., 1]`. Left out: nothing. */
  readonly regulariser?: (values: ValuesOf<P>, parts: Parts) => Expr;
  /** The same in float64 by the paper's formulas, written without a look at the above. */
  readonly reference: Reference<ValuesOf<P>>;
}

/** A head as the paper writes it. A bare function is `logits` alone. */
export type Reference<V> =
  | ReferenceLogits<V>
  | {
      readonly logits: ReferenceLogits<V>;
      /** The samples as they are after what couples a batch: states updated, noise shared out. */
      readonly batch?: (samples: readonly Sample[], values: V) => readonly Sample[];
      /** The loss of one sample from its logits. Left out: cross-entropy. */
      readonly loss?: (logits: readonly number[], sample: Sample, values: V) => number;
      readonly regulariser?: (sample: Sample, values: V) => number;
    };

/**
 * Training logits of one sample, with acos and cos. A label of −1 asks for the logits of inference; any other that is no
 * class is a sample in training without a target: every class is one of the others.
 */
export type ReferenceLogits<V> = (sample: Sample, values: V) => number[];

/** The logits of training. */
export interface TrainingLogits {
  /** Margin and scale applied, `[..., C]`. */
  readonly all: Expr;
  /** Those of the target, `[..., 1]`. */
  readonly target: Expr;
}

/** A head with its parameter types settled: what the registry holds and the rest of the house asks. */
export interface Head {
  readonly name: string;
  readonly title: string;
  readonly aliases: Readonly<Record<string, Values>>;
  readonly presets: Readonly<Record<string, Values>>;
  readonly formula: string;
  readonly source: Source;
  readonly parameters: Parameters;
  readonly keepsBias: boolean;
  /** Whether its loss is cross-entropy, which class weights and label smoothing belong to. */
  readonly isCrossEntropy: boolean;
  /** Values given by a user, checked, with defaults for the rest. @throws MarginError BAD_PARAM */
  readonly parse: (given: Values) => Values;
  /** @throws MarginError BAD_PARAM where the values do not go together, or not with the sizes */
  readonly needs: (given: Values, sizes: Sizes) => Needs;
  readonly logits: (parts: Parts, given: Values) => TrainingLogits;
  /** The logits without margin, as inference gives them, `[..., C]`. */
  readonly plain: (parts: PlainParts, given: Values) => Expr;
  /** The loss of each sample, `[..., 1]`, or null: cross-entropy. */
  readonly loss: (logits: Expr, parts: Parts, given: Values) => Expr | null;
  readonly regulariser: (parts: Parts, given: Values) => Expr | null;
  readonly reference: {
    readonly logits: (sample: Sample, given: Values) => number[];
    readonly batch: (samples: readonly Sample[], given: Values) => readonly Sample[];
    /** Null: cross-entropy. */
    readonly loss: ((logits: readonly number[], sample: Sample, given: Values) => number) | null;
    readonly regulariser: (sample: Sample, given: Values) => number;
  };
}

/** Makes a head of its definition. */
export function defineHead<const P extends Parameters>(definition: HeadDefinition<P>): Head {
  const { name, title, aliases = {}, presets = {}, formula, source, keepsBias = false } = definition;
  const margins = definition.psi !== undefined || definition.others !== undefined;
  // A head whose paper has another gradient than the exact one brings its own default.
  const own = definition.parameters['gradient'] ?? gradient;
  const parameters: Parameters = margins
    ? { ...definition.parameters, gradient: own }
    : definition.parameters;
  const parse = (given: Values) =>
    parseValues(name, { ...parameters, ...definition.parametersFor?.(given) }, given);
  // A reference is asked sample by sample with the same values, and a check costs far more than a formula.
  const known = new WeakMap<Values, ValuesOf<P>>();
  const typed = (given: Values): ValuesOf<P> => {
    // parseValues checks each value against its parameter, which is all that ValuesOf says.
    const values = known.get(given) ?? (parse(given) as ValuesOf<P>);
    known.set(given, values);
    return values;
  };
  const radius = (parts: PlainParts, values: ValuesOf<P>) => lift(definition.radius?.(values, parts) ?? 1);
  const shift = (parts: PlainParts, values: ValuesOf<P>) => lift(definition.shift?.(values, parts) ?? 0);
  const plain = (parts: PlainParts, given: Values) => {
    const values = typed(given);
    return (
      definition.plain?.(values, parts) ?? add(mul(radius(parts, values), parts.cos), shift(parts, values))
    );
  };
  const margined = (parts: Parts, given: Values): TrainingLogits => {
    const values = typed(given);
    const eased = easing(parse(given)['gradient'] === 'straight-through');
    const psi = named('psi', eased(definition.psi?.(parts.cosTarget, values, parts), parts.cosTarget));
    const others = named('others', eased(definition.others?.(parts.cos, values, parts), parts.cos));
    const [length, moved] = [radius(parts, values), shift(parts, values)];
    const ofTarget = (x: Expr) => (x.shape.at(-1) === parts.classes ? parts.ofTarget(x) : x);
    const all = add(mul(length, parts.withTarget(others, psi)), moved);
    return { all, target: add(mul(ofTarget(length), psi), ofTarget(moved)) };
  };
  const unmargined = (parts: Parts, given: Values): TrainingLogits => {
    const all = plain(parts, given);
    return { all, target: parts.ofTarget(all) };
  };
  const reference = referenceOf(definition.reference);
  return {
    name,
    title,
    aliases,
    presets,
    formula,
    source,
    parameters,
    keepsBias,
    isCrossEntropy: definition.loss === undefined,
    parse,
    needs: (given, sizes) => {
      const values = typed(given);
      checkLengths(name, parameters, parse(given), sizes.classes);
      refuseConflict(name, definition.conflict?.(values, sizes) ?? null);
      return { centres: definition.centres?.(values) ?? 1, takes: definition.takes?.(values, sizes) ?? {} };
    },
    logits: margins ? margined : unmargined,
    plain,
    loss: (logits, parts, given) => definition.loss?.(logits, typed(given), parts) ?? null,
    regulariser: (parts, given) => definition.regulariser?.(typed(given), parts) ?? null,
    reference: {
      logits: (sample, given) => reference.logits(sample, typed(given)),
      batch: (samples, given) => reference.batch?.(samples, typed(given)) ?? samples,
      loss:
        reference.loss === undefined
          ? null
          : (logits, sample, given) => reference.loss?.(logits, sample, typed(given)) ?? Number.NaN,
      regulariser: (sample, given) => reference.regulariser?.(sample, typed(given)) ?? 0,
    },
  };
}

/**
 * What a margin does to a cosine, in the value alone where the gradient is to pass straight through: c + sg(ψ − c), whose
 * slope is 1, to us and to whoever differentiates the graph. Left out, the margin is the cosine itself.
 */
const easing = (straightThrough: boolean) => (margined: Expr | undefined, cosine: Expr) => {
  if (margined === undefined || margined === cosine) return cosine;
  return straightThrough ? add(cosine, detach(sub(margined, cosine))) : margined;
};

function referenceOf<V>(reference: Reference<V>): Exclude<Reference<V>, ReferenceLogits<V>> {
  return typeof reference === 'function' ? { logits: reference } : reference;
}
