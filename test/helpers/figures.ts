import { readFileSync } from 'node:fs';
import { type Tensor, tensor } from '#expr/kernels.js';

/*
 * Reads figures of the format `margin-oracle/1`: logits, losses and gradients that the authors' own code gave in
 * float64 on fixed inputs.
 */

interface Encoded {
  readonly dtype: 'f8' | 'f4';
  readonly shape: readonly number[];
  readonly b64: string;
}

interface Same {
  readonly same_as: string;
}

/** What an implementation gave for one batch. */
interface Outcome {
  readonly loss: number | string | null;
  readonly logits: Encoded | Same | null;
  readonly dX?: Encoded | Same | null;
  readonly dW?: Encoded | Same | null;
}

export interface Step extends Outcome {
  /** What it carries to the next step, as it is after this one. */
  readonly state: Readonly<Record<string, number | string>>;
}

export interface Figure extends Outcome {
  readonly id: string;
  readonly head: string;
  readonly impl: string;
  readonly params: Readonly<Record<string, number | string | boolean | null>>;
  /** Of a head with a state one for each batch of the case; the record itself holds no figures then. */
  readonly steps?: readonly Step[];
  /** Of ElasticFace: what was drawn, and what each sample got. */
  readonly extra?: { readonly sampled_margins?: Encoded; readonly effective_margins?: Encoded };
}

interface Batch {
  readonly x: Encoded;
  readonly labels: readonly number[];
}

export interface Case {
  readonly case: string;
  readonly N: number;
  readonly D: number;
  readonly C: number;
  /** `W_sub` is `[C·K, D]`, K being 3; `batches` are those of the second and the third step. */
  readonly inputs: Batch & {
    readonly W: Encoded;
    readonly W_sub: Encoded;
    readonly batches?: readonly Batch[];
  };
  readonly records: readonly Figure[];
}

/** Where an implementation is from, and what its gradients are. */
export interface Implementation {
  readonly repo: string;
  readonly path: string;
  readonly commit: string;
  readonly gradient: string;
  readonly dW_wrt: string;
}

export interface Figures {
  readonly implementations: Readonly<Record<string, Implementation>>;
  readonly cases: readonly Case[];
}

export function readFigures(path: string): Figures {
  return JSON.parse(readFileSync(path, 'utf8')) as Figures;
}

/** The elements of an array, followed to the record that holds them: at a step, where the head has a state. */
export function arrayOf(
  cases: Case,
  field: 'logits' | 'dX' | 'dW',
  record: Figure,
  step: number | null = null,
): Tensor | null {
  const array = (step === null ? record : record.steps?.[step])?.[field];
  if (array === null || array === undefined) return null;
  if (!('same_as' in array)) return decoded(array);
  const other = cases.records.find(({ id }) => id === array.same_as);
  return other === undefined ? null : arrayOf(cases, field, other, step);
}

export function decoded({ dtype, shape, b64 }: Encoded): Tensor {
  const bytes = Buffer.from(b64, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = dtype === 'f8' ? 8 : 4;
  const values = Array.from({ length: bytes.length / size }, (_, i) =>
    dtype === 'f8' ? view.getFloat64(i * 8, true) : view.getFloat32(i * 4, true),
  );
  return tensor(values, shape);
}
