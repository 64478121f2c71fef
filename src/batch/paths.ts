import { basename, join } from 'node:path';
import type { GraphKind } from '../rewrite/provenance.ts';

/** The graphs that a rewrite is to write; null for one that was not asked for. */
export interface GraphPaths {
  readonly folder: string;
  readonly train: string | null;
  readonly infer: string | null;
  readonly step: string | null;
}

export interface Wanted {
  /** The folder to write to; the one that the process is in unless given. */
  readonly out?: string;
  /** One of the two graphs; both unless given. */
  readonly only?: Exclude<GraphKind, 'step'>;
}

/** `<name>.<ending>` in a folder; the name is that of the model's file. */
export const pathFor = (model: string, folder: string, ending: string) =>
  join(folder, `${basename(model).replace(/\.onnx$/i, '')}.${ending}`);

/** `<name>.train.onnx`, `<name>.infer.onnx`, `<name>.step.onnx`. */
export function graphPaths(model: string, { out = '.', only }: Wanted, step: boolean): GraphPaths {
  const path = (graph: GraphKind) => pathFor(model, out, `${graph}.onnx`);
  return {
    folder: out,
    train: only === 'infer' ? null : path('train'),
    infer: only === 'train' ? null : path('infer'),
    step: step ? path('step') : null,
  };
}
