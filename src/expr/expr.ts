import type { Tensor } from './kernels.ts';

/** What an expression's elements are. Floating point is float32 in a graph and float64 in `evaluate`. */
export type DType = 'float32' | 'int32' | 'int64' | 'bool';

/** A dimension: a number, or the name of one that is known only when the graph runs, such as `N`. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Everything an expression can be. `build` makes them, `evaluate`, `emit` and `grad` each hold a row for every one. */
export type Op =
  | 'const'
  | 'input'
  | 'neg'
  | 'abs'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'not'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min'
  | 'less'
  | 'equal'
  | 'and'
  | 'where'
  | 'cast'
  | 'reduceSum'
  | 'reduceMax'
  | 'reduceL1'
  | 'reduceL2'
  | 'matmul'
  | 'transpose'
  | 'reshape'
  | 'unsqueeze'
  | 'broadcastLike'
  | 'rows'
  | 'take'
  | 'put'
  | 'pivot'
  | 'stopGradient'
  | 'detach';

/** A typed tensor expression: immutable data, a node of a graph without cycles. */
export interface Expr {
  readonly op: Op;
  readonly args: readonly Expr[];
  readonly dtype: DType;
  readonly shape: Shape;
  /** Of reductions and `unsqueeze` the axes, of `transpose` the permutation; never negative. */
  readonly axes: readonly number[];
  /** Of `const` the value; of an `input` that has a default, the default. */
  readonly value: Tensor | null;
  /** Of an `input` its name; of others what the value is called in a graph, or null. */
  readonly name: string | null;
}

/** One column of each row of `[..., C]`, as a number and as a mask: for those who gather, and for those who cannot. */
export interface Column {
  /** Which it is, in `[0, C)`: int32 `[..., 1]`. */
  readonly index: Expr;
  /** Where it is: bool `[..., C]`. A row may have none: what is taken there means nothing, and what is put there must be what is there. */
  readonly mask: Expr;
}

/** A number stands for a float32 constant wherever an expression is asked for. */
export type Operand = Expr | number;
