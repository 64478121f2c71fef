import { memoryBudget, messageBudget } from './budget.ts';
import { decode, type FieldFacts, fieldsOf } from './codec.ts';
import { keepLargeFields, setOrigin } from './origin.ts';
import type { DataField, MessageName, ModelProto, Payload, TensorProto } from './proto.ts';
import { type Reading, type Source, spanOf } from './source.ts';
import { unreadable } from './unreadable.ts';
import { windowOver } from './window.ts';
import { BYTES, type ByteAt, DEEPEST, type FieldExtent, fieldsIn, WireError } from './wire.ts';

/** Content of this size and more is left where it lies. */
const LARGE = 1 << 16;

/** Always opened field by field, so that each of their elements can be copied when the others change. */
const CONTAINERS: ReadonlySet<MessageName> = new Set(['ModelProto', 'GraphProto', 'FunctionProto']);

const DATA_FIELDS: ReadonlySet<string> = new Set<DataField>([
  'rawData',
  'floatData',
  'int32Data',
  'int64Data',
  'doubleData',
  'uint64Data',
]);

/** The most that a byte of the file takes in memory: of a message decoded whole, of a list of numbers, of text or plain bytes. */
const COST = { message: 100, number: 24, plain: 3 };

/** What a message takes in memory even where it takes no byte of the file. */
const COST_EACH = 1000;

interface Scan {
  readonly source: Source;
  readonly reading: Reading;
  readonly byteAt: ByteAt;
  readonly fits: (bytes: number) => boolean;
  readonly oneMore: () => boolean;
}

/** Where something lies. */
interface Extent {
  readonly from: number;
  to: number;
}

/** A message that is being opened: what protobufjs will decode, and what we found ourselves. */
interface Opened {
  readonly name: MessageName;
  readonly pieces: Extent[];
  readonly children: Map<string, unknown>;
  readonly large: Payload[];
}

/**
 * The model that a source holds. Its structure is decoded; tensor data and unknown fields of 64 KiB or more stay where
 * they lie, so that neither time nor memory depends on them. @throws MarginError UNREADABLE_MODEL
 */
export function openModel(source: Source): ModelProto {
  if (source.size === 0) throw unreadable(source.name, 'an empty file, 0 bytes');
  const reading = source.open();
  try {
    const scan = {
      source,
      reading,
      byteAt: windowOver(reading, source.size),
      fits: memoryBudget(),
      oneMore: messageBudget(source.size),
    };
    const model = openMessage(
      scan,
      'ModelProto',
      { id: 0, wire: BYTES, start: 0, content: 0, end: source.size },
      1,
    );
    return model as ModelProto;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw unreadable(source.name, `${error.message} (at byte ${error.offset} of ${source.size})`, error);
  } finally {
    reading.close();
  }
}

function openMessage(scan: Scan, name: MessageName, extent: FieldExtent, depth: number): object {
  if (depth > DEEPEST) throw new WireError(`messages nested deeper than ${DEEPEST}`, extent.start);
  if (!scan.oneMore())
    throw new WireError('more messages than a file of this size has use for', extent.start);
  reserve(scan, COST_EACH, extent.start);
  const whole = !CONTAINERS.has(name) && extent.end - extent.content < LARGE;
  const message = whole ? readWhole(scan, name, extent) : readByField(scan, name, extent, depth);
  const { id, start, content, end } = extent;
  setOrigin(message, {
    source: scan.source,
    offset: content,
    byteLength: end - content,
    id,
    lead: content - start,
  });
  return message;
}

function readWhole(scan: Scan, name: MessageName, { content, end }: FieldExtent): object {
  reserve(scan, (end - content) * COST.message, content);
  return decodeAt(name, scan.reading.read(content, end - content), content);
}

function decodeAt(name: MessageName, bytes: Uint8Array, offset: number): object {
  try {
    return decode(name, bytes);
  } catch (cause) {
    throw new WireError(
      `a ${name} that is not one: ${cause instanceof Error ? cause.message : cause}`,
      offset,
    );
  }
}

function readByField(scan: Scan, name: MessageName, extent: FieldExtent, depth: number): object {
  const fields = fieldsOf(name);
  const opened: Opened = { name, pieces: [], children: new Map(), large: [] };
  for (const field of fieldsIn(scan.byteAt, extent.content, extent.end))
    readField(scan, opened, fields.get(field.id), field, depth);
  const pieces = opened.pieces.map(({ from, to }) => scan.reading.read(from, to - from));
  const message = decodeAt(name, Buffer.concat(pieces), extent.content);
  for (const [key, value] of opened.children) Reflect.set(message, key, value);
  keepLargeFields(message, opened.large);
  refuseSplitData(message, extent);
  return message;
}

function readField(
  scan: Scan,
  opened: Opened,
  facts: FieldFacts | undefined,
  field: FieldExtent,
  depth: number,
): void {
  const { start, content, end, wire } = field;
  const large = wire === BYTES && end - content >= LARGE;
  if (facts?.message && wire === BYTES) {
    addChild(opened, facts, openMessage(scan, facts.message, field, depth + 1), start);
  } else if (large && opened.name === 'TensorProto' && facts !== undefined && DATA_FIELDS.has(facts.name)) {
    if (opened.children.has('payload')) throw new WireError('a tensor with data in two places', start);
    const bytes = spanOf(scan.source, content, end - content);
    opened.children.set('payload', { field: facts.name, bytes });
  } else if (facts === undefined && end - start >= LARGE) {
    opened.large.push(spanOf(scan.source, start, end - start));
  } else {
    reserve(scan, (end - start) * (facts?.packable ? COST.number : COST.plain), start);
    addPiece(opened, start, end);
  }
}

/** Notes a field to be decoded; with the one before it where they touch, for a list may come as a million fields. */
function addPiece({ pieces }: Opened, from: number, to: number): void {
  const last = pieces.at(-1);
  if (last?.to === from) last.to = to;
  else pieces.push({ from, to });
}

function addChild(
  { name, children }: Opened,
  { name: key, repeated }: FieldFacts,
  child: object,
  offset: number,
): void {
  const known = children.get(key);
  if (!repeated && known !== undefined) throw new WireError(`a ${name} with two fields ${key}`, offset);
  if (Array.isArray(known)) known.push(child);
  else children.set(key, repeated ? [child] : child);
}

/** protobuf lets a list come in pieces; nobody writes tensors that way, and we would have to put them together. */
function refuseSplitData(message: object, { start }: FieldExtent): void {
  const { payload } = message as TensorProto;
  const rest: unknown = payload && Reflect.get(message, payload.field);
  if (payload && (rest instanceof Uint8Array || (Array.isArray(rest) && rest.length > 0)))
    throw new WireError(`a tensor whose ${payload.field} comes in pieces`, start);
}

function reserve({ fits }: Scan, bytes: number, offset: number): void {
  if (!fits(bytes)) throw new WireError('more structure than fits in memory', offset);
}
