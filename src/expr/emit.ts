import type { NodeProto, TensorProto } from '../model/proto.ts';
import type { Expr, Op } from './expr.ts';
import { INSTEAD } from './instead.ts';
import { lowered } from './lower.ts';
import { Numbering, onlyArg } from './numbering.ts';
import { wayOf } from './operators.ts';
import { type Target, VOCABULARIES } from './vocabulary.ts';
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
  /** Who reads the nodes; a session of ONNX Runtime unless given. */
  readonly target?: Target;
  /** Those of the bound inputs that are to be trained, by the names the expressions know them by. */
  readonly trained?: ReadonlySet<string>;
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
  const { opset, bind, fresh, target = 'onnxruntime', trained = new Set() } = options;
  const vocabulary = VOCABULARIES[target];
  const writer = options.writer ?? new Writer(opset, fresh);
  const transparent = new Set<Op>(vocabulary.differentiates ? ['pivot'] : ['pivot', 'stopGradient']);
  const numbering = new Numbering(transparent);
  const written = new Map<number, string>();
  const read = new Map<string, string>();
  const defaults: { name: string; expr: Expr }[] = [];
  const wanted = new Map(Object.entries(roots).map(([name, expr]) => [numbering.of(expr), name]));

  const boundTo = (name: string, expr: Expr): string => {
    const value = bind[name] ?? fresh(name);
    if (bind[name] !== undefined) return value;
    if (expr.value === null) throw new Error(`"${name}" is not bound`);
    defaults.push({ name: value, expr });
    return value;
  };

  const leaf = (expr: Expr): string => {
    if (expr.op === 'const' && expr.value)
      return writer.constant(expr.dtype, expr.value, expr.name ?? undefined);
    const name = expr.name ?? '';
    const known = read.get(name);
    if (known !== undefined) return known;
    const value = boundTo(name, expr);
    const readOnce = vocabulary.converts && trained.has(name);
    const once = readOnce ? writer.node('Identity', [value], {}, writer.fresh(`${name}_read`)) : value;
    read.set(name, once);
    return once;
  };

  const visit = (expr: Expr): string => {
    if (expr.op === 'const' || expr.op === 'input') return leaf(expr);
    if (transparent.has(expr.op)) return visit(onlyArg(expr));
    const number = numbering.of(expr);
    const known = written.get(number);
    if (known !== undefined) return known;
    const meant = lowered(expr, opset, vocabulary);
    const { args, rule: usual } = wayOf(meant);
    const instead = INSTEAD[meant.op];
    const rule = instead?.when(vocabulary, opset) === true ? instead.rule : usual;
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
  return { used: new Set(read.keys()), nodes: writer.nodes, initializers: writer.initializers, defaults };
}
