import { realpathSync, statSync } from 'node:fs';
import { relative, resolve, sep, win32 } from 'node:path';
import { MarginError } from '../errors.ts';
import { fieldsOf, withFields } from './codec.ts';
import { childrenOf } from './layout.ts';
import type { Model } from './model.ts';
import type { MessageName, Messages, TensorProto } from './proto.ts';
import { toNumber } from './proto.ts';
import { fileSource, type Source, type Span, spanOf } from './source.ts';

const EXTERNAL = 1;

/** Whether a tensor's elements lie in another file. */
export function isExternal({ dataLocation }: TensorProto): boolean {
  return toNumber(dataLocation) === EXTERNAL;
}

/** A file that tensors of a model lie in: its name as the model writes it, and where it is. */
export interface ExternalFile {
  readonly location: string;
  readonly path: string;
}

/**
 * The elements of a tensor that lie in another file of the model's folder. `needed` is how many bytes its shape and type
 * ask for, where that is known. @throws MarginError MISSING_WEIGHTS, UNREADABLE_MODEL
 */
export function externalSpan(model: Model, tensor: TensorProto, needed?: number): Span {
  const named = facts(tensor);
  const location = locationOf(tensor, named);
  const source = sourceOf(model, tensor, location);
  const offset = wholeNumber(tensor, named, 'offset') ?? 0;
  const length = wholeNumber(tensor, named, 'length') ?? needed ?? source.size - offset;
  if (needed !== undefined && length !== needed) {
    throw bad(tensor, `length ${length}`, `${needed} bytes, as its shape and type need`);
  }
  if (length < 0 || offset + length > source.size) {
    throw missing(
      tensor,
      `${location} has ${source.size} bytes`,
      `at least ${offset + Math.max(length, 0)} bytes: ${length} from byte ${offset} on`,
      `get ${location} again: it seems to be cut off, or of another model`,
    );
  }
  return spanOf(source, offset, length);
}

/**
 * Every other file that a model's tensors, or some of them, lie in, each once.
 * @throws MarginError as `externalSpan` does
 */
export function externalFiles(
  model: Model,
  counts: (tensor: TensorProto) => boolean = () => true,
): readonly ExternalFile[] {
  const files = new Map<string, ExternalFile>();
  for (const tensor of tensorsOf('ModelProto', model.proto)) {
    if (!isExternal(tensor) || !counts(tensor)) continue;
    const location = locationOf(tensor, facts(tensor));
    const { source } = externalSpan(model, tensor);
    files.set(location, { location, path: source.name });
  }
  return [...files.values()];
}

/** All tensors of a message at any depth, by the schema. */
function* tensorsOf(name: MessageName, message: object): Generator<TensorProto> {
  if (name === 'TensorProto') yield message as TensorProto;
  for (const field of fieldsOf(name).values()) {
    if (field.message === null) continue;
    for (const child of childrenOf(message, field)) yield* tensorsOf(field.message, child);
  }
}

/** A message with its tensors at any depth exchanged. What holds none that is another afterwards stays the same object. */
export function exchangeTensors<N extends MessageName>(
  name: N,
  message: Messages[N],
  change: (tensor: TensorProto) => TensorProto,
): Messages[N] {
  if (name === 'TensorProto') return change(message as TensorProto) as Messages[N];
  const changes: Record<string, unknown> = {};
  for (const field of fieldsOf(name).values()) {
    if (field.message === null) continue;
    const children = childrenOf(message, field);
    const others = children.map((child) => exchangeTensors(field.message ?? name, child as never, change));
    if (others.every((other, i) => other === children[i])) continue;
    changes[field.name] = field.repeated ? others : others[0];
  }
  return Object.keys(changes).length === 0 ? message : withFields(message, changes as Partial<Messages[N]>);
}

function facts(tensor: TensorProto): ReadonlyMap<string, string> {
  return new Map(tensor.externalData.map(({ key = '', value = '' }) => [key, value]));
}

/** A path inside the model's folder, however it is read: with slashes of any kind, on any system. */
function locationOf(tensor: TensorProto, named: ReadonlyMap<string, string>): string {
  const location = named.get('location') ?? '';
  const steps = location.split(/[\\/]/);
  const leaves =
    win32.isAbsolute(location) ||
    /^[a-z]:/i.test(location) ||
    steps.includes('..') ||
    location.includes('\0');
  // A path of a folder is resolved to the file of that name, and cannot be written.
  const isFile = steps.at(-1) !== '' && steps.at(-1) !== '.';
  if (leaves || !isFile)
    throw bad(tensor, `location "${location}"`, 'a relative path of a file inside the folder of the model');
  return location;
}

function wholeNumber(
  tensor: TensorProto,
  named: ReadonlyMap<string, string>,
  key: string,
): number | undefined {
  const text = named.get(key);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw bad(tensor, `${key} "${text}"`, 'a whole number, 0 or more');
  return value;
}

function sourceOf(model: Model, tensor: TensorProto, location: string): Source {
  const elsewhere = model.weights?.get(location);
  if (elsewhere !== undefined) return fileSource(elsewhere);
  if (model.folder === undefined) {
    throw missing(
      tensor,
      'a model that was read from bytes, which have no folder',
      `a folder with ${location} in it`,
      'read the model from its path',
    );
  }
  const path = realPath(resolve(model.folder, location));
  if (path === null) {
    throw missing(
      tensor,
      `no file ${location} in ${model.folder}`,
      'that file beside the model',
      `copy ${location} beside the model`,
    );
  }
  const inside = relative(realPath(model.folder) ?? model.folder, path);
  if (inside.split(sep)[0] === '..' || win32.isAbsolute(inside)) {
    throw bad(tensor, `${location} is a link to ${path}`, 'a file inside the folder of the model');
  }
  if (!statSync(path).isFile()) throw bad(tensor, `${location} is not a regular file`, 'a regular file');
  return fileSource(path);
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

const about = ({ name }: TensorProto) =>
  `The weights of tensor "${name ?? ''}", which lie in another file, cannot be read.`;

function bad(tensor: TensorProto, saw: string, expected: string): MarginError {
  return new MarginError({
    code: 'UNREADABLE_MODEL',
    message: about(tensor),
    saw,
    expected,
    tryThis: ['save the model again with its data beside it', 'save it as one file'],
  });
}

function missing(tensor: TensorProto, saw: string, expected: string, tryThis: string): MarginError {
  return new MarginError({
    code: 'MISSING_WEIGHTS',
    message: about(tensor),
    saw,
    expected,
    tryThis: [tryThis],
  });
}
