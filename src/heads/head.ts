import { lift, mul, named, where } from '../expr/build.ts';
import type { Expr, Operand } from '../expr/expr.ts';
import { type Parameters, parseValues, type Values, type ValuesOf } from './parameters.ts';
import type { Parts, PlainParts } from './parts.ts';

/** One sample as the papers speak of it, for `reference`: angles and lengths in float64. */
export interface Sample {
  /** θ_j, the angle between x and w_j in radians, for every class; π/2 where one of them is zero. */
  readonly theta: readonly number[];
  /** y; −1 where there is none. */
  readonly label: number;
  /** ‖x‖. */
  readonly xNorm: number;
  /** ‖w_j‖. */
  readonly wNorm: readonly number[];
  /** b_j; zeros where the layer had none. */
  readonly bias: readonly number[];
}

export interface Source {
  readonly title: string;
  readonly year: number;
  /** An arXiv identifier, such as `1801.07698`; null where there is none. */
  readonly arxiv: string | null;
}

/** How a head is written down: once as expressions, and once as the paper's own line. */
export interface HeadDefinition<P extends Parameters> {
  readonly name: string;
  /** What it does, in a few words. */
  readonly title: string;
  /** Other names, each with the defaults that it changes. */
  readonly aliases?: Readonly<Record<string, Values>>;
  /** The formula of the logits, as text. */
  readonly formula: string;
  readonly source: Source;
  readonly parameters: P;
  /** What multiplies every cosine, in training and inference: a number, `[..., 1]`, or `[..., C]`. Left out: 1. */
  readonly radius?: (values: ValuesOf<P>, parts: PlainParts) => Operand;
  /** What takes the place of cos θ_y, `[..., 1] → [..., 1]`. Left out: cos θ_y itself. */
  readonly psi?: (c: Expr, values: ValuesOf<P>) => Expr;
  /** The logits without margin, `[..., C]`. Left out: radius · cos θ. */
  readonly plain?: (values: ValuesOf<P>, parts: PlainParts) => Expr;
  /** Whether the bias of the layer is kept. Left out: no, as a cosine has none. */
  readonly keepsBias?: boolean;
  /**
   * Training logits of one sample by the paper's formula, with acos and cos, written without a look at `psi`. A label
   * of −1 stands for no label: the logits without margin.
   */
  readonly reference: (sample: Sample, values: ValuesOf<P>) => number[];
}

/** A head with its parameter types settled: what the registry holds and the rest of the house asks. */
export interface Head {
  readonly name: string;
  readonly title: string;
  readonly aliases: Readonly<Record<string, Values>>;
  readonly formula: string;
  readonly source: Source;
  readonly parameters: Parameters;
  readonly keepsBias: boolean;
  /** Values given by a user, checked, with defaults for the rest. @throws MarginError BAD_PARAM */
  readonly parse: (given: Values) => Values;
  /** The training logits, margin and scale applied, `[..., C]`. */
  readonly logits: (parts: Parts, given: Values) => Expr;
  /** The logits without margin, as inference gives them, `[..., C]`. */
  readonly plain: (parts: PlainParts, given: Values) => Expr;
  /** ψ alone, for bounds and curves; cos θ itself where the head changes nothing there. */
  readonly psi: (c: Expr, given: Values) => Expr;
  readonly reference: (sample: Sample, given: Values) => number[];
}

/** Makes a head of its definition. */
export function defineHead<const P extends Parameters>(definition: HeadDefinition<P>): Head {
  const { name, title, aliases = {}, formula, source, parameters, keepsBias = false } = definition;
  const parse = (given: Values) => parseValues(name, parameters, given);
  // A reference is asked sample by sample with the same values, and a check costs far more than a formula.
  const known = new WeakMap<Values, ValuesOf<P>>();
  const typed = (given: Values): ValuesOf<P> => {
    // parseValues checks each value against its parameter, which is all that ValuesOf says.
    const values = known.get(given) ?? (parse(given) as ValuesOf<P>);
    known.set(given, values);
    return values;
  };
  const radius = (parts: PlainParts, values: ValuesOf<P>) => lift(definition.radius?.(values, parts) ?? 1);
  const psi = (c: Expr, values: ValuesOf<P>) => named('psi', definition.psi?.(c, values) ?? c);
  const plain = (parts: PlainParts, values: ValuesOf<P>) =>
    definition.plain?.(values, parts) ?? mul(radius(parts, values), parts.cos);
  const margined = (parts: Parts, values: ValuesOf<P>) =>
    mul(radius(parts, values), where(parts.isTarget, psi(parts.cosTarget, values), parts.cos));
  return {
    name,
    title,
    aliases,
    formula,
    source,
    parameters,
    keepsBias,
    parse,
    logits: (parts, given) => (definition.psi === undefined ? plain : margined)(parts, typed(given)),
    plain: (parts, given) => plain(parts, typed(given)),
    psi: (c, given) => psi(c, typed(given)),
    reference: (sample, given) => definition.reference(sample, typed(given)),
  };
}
