import { createHash } from 'node:crypto';
import { externalFiles } from './external.ts';
import { layoutMessage } from './layout.ts';
import type { Model } from './model.ts';
import type { MessageName, Payload } from './proto.ts';
import { fileSource, spanOf } from './source.ts';

/** SHA-256 of a file, in hexadecimal. @throws MarginError UNREADABLE_MODEL where it is not there */
export function fileDigest(path: string): string {
  const source = fileSource(path);
  return digestOf([spanOf(source, 0, source.size)]);
}

/** The same of a message as it would be written, without writing it. */
export function messageDigest(name: MessageName, message: object): string {
  return digestOf(layoutMessage(name, message).parts);
}

/**
 * The files that a model would be written as, with the SHA-256 of each: its own under the name given, and those that its
 * weights lie in. @throws MarginError MISSING_WEIGHTS
 */
export function modelDigests(model: Model, name: string): Readonly<Record<string, string>> {
  const weights = externalFiles(model).map(({ location, path }) => [location, fileDigest(path)] as const);
  return { [name]: messageDigest('ModelProto', model.proto), ...Object.fromEntries(weights) };
}

function digestOf(parts: readonly Payload[]): string {
  const hash = createHash('sha256');
  for (const part of parts) for (const chunk of part.chunks()) hash.update(chunk);
  return hash.digest('hex');
}
