import type { NodeProto, TensorProto } from '../model/proto.ts';
import type { Expr } from './expr.ts';
import { lowered } from './lower.ts';
import { Numbering, onlyArg } from './numbering.ts';
import { wayOf } from './operators.ts';
import { Writer } from './writer.ts';

export interface EmitOptions {
  /** The opset of the default domain: 7 to 26. */
  readonly opset: number;
  /** Where to write, behind what is there already; a writer of its own unless given. */
  readonly writer?: Writer;
  /** The graph's value for each input of the expressions that has no default. */
  readonly bind: Readonly<Record<string, string>>;
  /** A free name, as near as possible to the one wanted; it is taken from then on. */
  readonly fresh: (wanted: string) => string;
}

export interface Emitted {
  readonly nodes: readonly NodeProto[];
  /** The inputs that were needed, by the names that the expressions know them by. */
  readonly used: ReadonlySet<string>;
  readonly initializers: readonly TensorProto[];
  /** Inputs with a default, each with the name it got: to become inputs of the graph that may be left out. */
  readonly defaults: readonly { readonly name: string; readonly expr: Expr }[];
}

/**
 * Writes expressions as ONNX nodes, in an order in which they can run. `roots` gives each result the name it must
 * have in the graph. Equal sub-expressions are written once; the same expressions give the same names every time.
 */
export function emit(roots: Readonly<Record<string, Expr>>, options: EmitOptions): Emitted {
  const writer = options.writer ?? new Writer(options.opset, options.fresh);
  const numbering = new Numbering();
  const written = new Map<number, string>();
  const used = new Set<string>();
  const defaults = new Map<string, { name: string; expr: Expr }>();
  const wanted = new Map(Object.entries(roots).map(([name, expr]) => [numbering.of(expr), name]));

  const leaf = (expr: Expr): string => {
    if (expr.op === 'const' && expr.value)
      return writer.constant(expr.dtype, expr.value, expr.name ?? undefined);
    const name = expr.name ?? '';
    used.add(name);
    const bound = options.bind[name] ?? defaults.get(name)?.name;
    if (bound !== undefined) return bound;
    if (expr.value === null) throw new Error(`"${name}" is not bound`);
    const free = options.fresh(name);
    defaults.set(name, { name: free, expr });
    return free;
  };

  const visit = (expr: Expr): string => {
    if (expr.op === 'const' || expr.op === 'input') return leaf(expr);
    if (expr.op === 'stopGradient') return visit(onlyArg(expr));
    const number = numbering.of(expr);
    const known = written.get(number);
    if (known !== undefined) return known;
    const meant = lowered(expr, options.opset);
    const { args, rule } = wayOf(meant);
    const inputs = args.map(visit);
    const out = wanted.get(number) ?? writer.fresh(expr.name ?? meant.op.toLowerCase());
    written.set(number, out);
    rule(writer, inputs, meant, out);
    return out;
  };

  for (const [name, expr] of Object.entries(roots)) {
    const value = visit(expr);
    if (value !== name) writer.node('Identity', [value], {}, name);
  }
  return { used, nodes: writer.nodes, initializers: writer.initializers, defaults: [...defaults.values()] };
}
