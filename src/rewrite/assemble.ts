import { type Emitted, emit } from '../expr/emit.ts';
import type { Expr, Shape } from '../expr/expr.ts';
import { type Target, VOCABULARIES } from '../expr/vocabulary.ts';
import { tensorProto, Writer } from '../expr/writer.ts';
import { freshNames, replaceTail } from '../graph/edit.ts';
import { renameValues } from '../graph/rename.ts';
import { tensorInfo } from '../graph/value-info.ts';
import type { Element } from '../model/elements.ts';
import type { GraphProto, TensorProto, ValueInfoProto } from '../model/proto.ts';
import { claimNames } from './claim-names.ts';
import type { Plan } from './plan.ts';
import { type SeamValue, writeScores, writeSeam } from './seam.ts';

/** A result of a head: what it is called in the graph and what it is. */
export interface Result {
  readonly name: string;
  readonly expr: Expr;
  /** It is no output; a sequel goes on from it. */
  readonly inner?: boolean;
}

/** What goes on from the results of a head by nodes that are no expressions. */
export type Sequel = (
  writer: Writer,
  /** The value of the graph that holds a result, by its name. */
  held: (result: string) => string,
) => {
  /** Values that expressions can take from there on, by the names of their inputs. */
  readonly bind: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
};

/** Initializers by the names the expressions know them by, those that are used; a string is one the graph has already. */
export type Constants = Readonly<Record<string, string | ((name: string) => TensorProto)>>;

/** What one graph gets in the place of its tail. */
export interface Replacement {
  readonly constants: Constants;
  /** New inputs by the names that they must have. */
  readonly inputs: Readonly<Record<string, { readonly element: Element; readonly shape: Shape }>>;
  /** The new outputs in order, from the embedding `x`. */
  readonly results: (seam: SeamValue) => readonly Result[];
  readonly sequel?: Sequel;
  /** Outputs of the model that stay, behind the new ones. */
  readonly kept: readonly ValueInfoProto[];
  /** The scores [N, C] that kept outputs read in the place of the layer's; null where none does. */
  readonly scores: ((seam: SeamValue) => Expr) | null;
  /** Who reads the graph; a session of ONNX Runtime unless given. */
  readonly target?: Target;
  /** The constants that are to be trained, by the names the expressions know them by. */
  readonly trained?: readonly string[];
}

export interface Assembled {
  readonly graph: GraphProto;
  /** What the embedding is called in it. */
  readonly embedding: string;
  /** What a value of the model is called in it. */
  readonly nameOf: (value: string) => string;
  /** Of the constants to be trained, those that are used, by the names of their initializers. */
  readonly trained: readonly string[];
  /** What the constants are called in it that are used, by the names that the expressions have for them. */
  readonly constants: Readonly<Record<string, string>>;
}

/** The model's graph with the tail taken out and the replacement put in. */
export function assemble({ view, tail }: Plan, replacement: Replacement): Assembled {
  const { target = 'onnxruntime', trained = [] } = replacement;
  const fresh = freshNames(view);
  const writer = new Writer(view.opset, fresh);
  const seam = writeSeam(writer, tail);
  const bind: Record<string, string> = { x: seam.value };
  for (const [name, constant] of Object.entries(replacement.constants)) {
    bind[name] = typeof constant === 'string' ? constant : fresh(`margin/${name}`);
  }
  const inputs = Object.entries(replacement.inputs).map(([name, { element, shape }]) => {
    const value = fresh(name);
    bind[name] = value;
    return { wanted: name, info: tensorInfo(value, element, shape) };
  });
  const named = (result: Result) => ({ ...result, value: fresh(result.name) });
  const write = (results: readonly { readonly value: string; readonly expr: Expr }[]): Emitted => {
    const roots = Object.fromEntries(results.map(({ value, expr }) => [value, expr]));
    return emit(roots, { opset: view.opset, writer, bind, fresh, target, trained: new Set(trained) });
  };
  const first = replacement.results(seam).map(named);
  const scores = replacement.scores && { value: fresh('margin/scores'), expr: replacement.scores(seam) };
  const head = write([...first, ...(scores ? [scores] : [])]);
  if (scores) writeScores(writer, tail, scores.value);
  const held = (wanted: string) => first.find(({ name }) => name === wanted)?.value ?? '';
  const sequel = replacement.sequel?.(writer, held) ?? { bind: {}, results: [] };
  Object.assign(bind, sequel.bind);
  const second = sequel.results.map(named);
  write(second);
  const results = [...first.filter(({ inner }) => inner !== true), ...second];
  const { fixesDefaults } = VOCABULARIES[target];
  const defaults = head.defaults.map(({ name, expr }) => ({
    wanted: expr.name ?? name,
    info: tensorInfo(name, expr.dtype, expr.shape),
    tensor: tensorProto(name, expr.dtype, expr.value ?? { shape: [], data: Float64Array.of(0) }),
  }));
  const constants = Object.entries(replacement.constants).flatMap(([name, constant]): TensorProto[] =>
    typeof constant === 'string' || !head.used.has(name) ? [] : [constant(bind[name] ?? name)],
  );
  const graph = replaceTail(view, {
    outputs: [
      ...results.map(({ value, expr }) => tensorInfo(value, expr.dtype, expr.shape)),
      ...replacement.kept,
    ],
    nodes: writer.nodes,
    initializers: [
      ...constants,
      ...writer.initializers,
      ...(fixesDefaults ? [] : defaults.map((d) => d.tensor)),
    ],
    inputs: [...inputs.map(({ info }) => info), ...defaults.map(({ info }) => info)],
  });
  const claims = [
    ...inputs.map(({ wanted, info }) => [info.name ?? '', wanted] as const),
    ...defaults.map(({ wanted, info }) => [info.name ?? '', wanted] as const),
    ...results.map(({ name, value }) => [value, name] as const),
  ];
  const names = claimNames(graph, claims);
  const nameOf = (value: string) => names.get(value) ?? value;
  const initializers = trained.flatMap((name) => (head.used.has(name) ? [bind[name] ?? name] : []));
  const used = Object.keys(replacement.constants).filter((name) => head.used.has(name));
  return {
    graph: renameValues(graph, names),
    embedding: nameOf(tail.embedding.value),
    nameOf,
    trained: initializers.map(nameOf),
    constants: Object.fromEntries(used.map((name) => [name, nameOf(bind[name] ?? name)])),
  };
}
