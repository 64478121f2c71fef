import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashAhead, WORTH_A_THREAD } from './hash-ahead.ts';
import type { Model } from './model.ts';
import { openModel } from './open.ts';
import { bytesSource, fileSource, type Source, spanOf } from './source.ts';
import { unreadable } from './unreadable.ts';

/**
 * Reads a model from a file or from bytes. Large tensors stay where they lie: the file must be there unchanged, and the
 * bytes must not change, as long as the model is used. @throws MarginError UNREADABLE_MODEL
 */
export async function readModel(input: string | URL | Uint8Array): Promise<Model> {
  if (input instanceof Uint8Array) return modelFromBytes(input);
  const path = resolve(typeof input === 'string' ? input : fileURLToPath(input));
  const source = fileSource(path);
  const model = { ...modelOf(source), path, folder: dirname(path) };
  return source.size < WORTH_A_THREAD ? model : { ...model, ...digestAhead(source, model.sha256) };
}

/** The same from bytes alone, at once. @throws MarginError UNREADABLE_MODEL */
export function modelFromBytes(bytes: Uint8Array): Model {
  return modelOf(bytesSource(bytes));
}

function modelOf(source: Source): Model {
  const proto = openModel(source);
  if (!proto.graph) throw unreadable(source.name, `a message of ${source.size} bytes that has no graph`);
  let hash: string | undefined;
  const sha256 = () => {
    hash ??= sha256Of(source);
    return hash;
  };
  return { proto, bytes: source.size, sha256 };
}

/** The digest of a large file: once begun in a thread, it is taken from there. */
function digestAhead(source: Source, compute: () => string): Pick<Model, 'sha256' | 'hashAhead'> {
  let ahead: (() => string | null) | undefined;
  const sha256 = () => {
    const hash = ahead?.() ?? null;
    if (hash === null) return compute();
    // The thread opened the file anew: it must still be the one that was read.
    source.open().close();
    return hash;
  };
  return {
    sha256,
    hashAhead() {
      ahead ??= hashAhead(source.name);
    },
  };
}

function sha256Of(source: Source): string {
  const hash = createHash('sha256');
  for (const chunk of spanOf(source, 0, source.size).chunks()) hash.update(chunk);
  return hash.digest('hex');
}
