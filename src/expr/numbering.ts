import type { Expr, Op } from './expr.ts';

/** Gives equal expressions equal numbers, whatever they are called. */
export class Numbering {
  readonly #transparent: ReadonlySet<Op>;
  readonly #byExpr = new Map<Expr, number>();
  readonly #byKey = new Map<string, number>();
  readonly #byValue = new Map<unknown, number>();

  /** `transparent` are operations whose result is their argument itself. */
  constructor(transparent: ReadonlySet<Op>) {
    this.#transparent = transparent;
  }

  of(expr: Expr): number {
    const seen = this.#byExpr.get(expr);
    if (seen !== undefined) return seen;
    const number = this.#transparent.has(expr.op) ? this.of(onlyArg(expr)) : this.#lookUp(this.#key(expr));
    this.#byExpr.set(expr, number);
    return number;
  }

  #lookUp(key: string): number {
    const number = this.#byKey.get(key) ?? this.#byKey.size;
    this.#byKey.set(key, number);
    return number;
  }

  #key(expr: Expr): string {
    const args = expr.args.map((a) => this.of(a)).join();
    const called = expr.op === 'input' ? expr.name : '';
    return [expr.op, expr.dtype, expr.shape.join(), expr.axes.join(), args, called, this.#value(expr)].join(
      '|',
    );
  }

  #value({ op, value }: Expr): string {
    if (op !== 'const' || value === null) return '';
    if (value.data.length <= 64) return value.data.join();
    const known = this.#byValue.get(value) ?? this.#byValue.size;
    this.#byValue.set(value, known);
    return `#${known}`;
  }
}

/** What an operation of one argument is done to. */
export function onlyArg(expr: Expr): Expr {
  const [only] = expr.args;
  if (only === undefined) throw new Error(`${expr.op} has no argument`);
  return only;
}
