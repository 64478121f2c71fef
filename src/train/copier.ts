import { tensorInfo } from '../graph/value-info.ts';
import { create } from '../model/codec.ts';
import type { Model } from '../model/model.ts';
import { writeScratchModel } from '../model/scratch-model.ts';
import type { Tensors } from '../rewrite/trained.ts';
import type { Place } from './place.ts';

/** Reads tensors that are kept in the process of the runtime, wherever they lie. */
export interface Copier {
  /** All of them, by their names. @throws MarginError RUNTIME_FAILED */
  read(): Promise<Tensors>;
  release(): Promise<void>;
}

/** @param name of its file, which no other has */
export async function openCopier(
  shapes: ReadonlyMap<string, readonly number[]>,
  { scratch, runtime, device }: Place,
  name: string,
): Promise<Copier> {
  const names = [...shapes.keys()];
  if (names.length === 0) return { read: async () => ({}), release: async () => {} };
  const path = scratch.path(`${name}.onnx`);
  await writeScratchModel(path, copying(shapes));
  const session = await runtime.open({ model: path, provider: device.provider });
  const held = Object.fromEntries(names.map((each) => [each, each]));
  return {
    async read() {
      const copied = await session.run({}, names.map(copyOf), { held });
      return Object.fromEntries(
        names.map((each) => [each, Float32Array.from(copied[copyOf(each)]?.data as Float32Array)]),
      );
    },
    release: () => session.release(),
  };
}

const copyOf = (name: string) => `${name}_copy`;

/** A model that gives what it is fed: what lies on a device is read by running it. */
function copying(shapes: ReadonlyMap<string, readonly number[]>): Model {
  const entries = [...shapes];
  const graph = create('GraphProto', {
    name: 'copies',
    node: entries.map(([name]) =>
      create('NodeProto', {
        name: `copy ${name}`,
        opType: 'Identity',
        input: [name],
        output: [copyOf(name)],
      }),
    ),
    input: entries.map(([name, dims]) => tensorInfo(name, 'float32', dims)),
    output: entries.map(([name, dims]) => tensorInfo(copyOf(name), 'float32', dims)),
  });
  const opsetImport = [create('OperatorSetIdProto', { domain: '', version: 13 })];
  return { proto: create('ModelProto', { irVersion: 7, opsetImport, graph }), bytes: 0, sha256: () => '' };
}
