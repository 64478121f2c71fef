import type Long from 'long';

/**
 * The ONNX messages as this library sees them: the fields of `schemas/onnx.proto`, camel-cased.
 *
 * Messages are immutable by type. A changed one is made with `withFields` (codec), never with a spread: fields we do
 * not know ride in a property that a spread loses. Lists are always present; other fields may be absent.
 */

/** int64 is a Long when decoded, exact at every value; what we write ourselves is a plain number. */
export type Int64 = number | Long;

/** Bytes that are read only when somebody asks: part of a file, of a buffer, or computed while they are written. */
export interface Payload {
  readonly byteLength: number;
  /** The bytes in order. Each call starts over; a chunk is valid until the next is asked for. */
  chunks(): Iterable<Uint8Array>;
  /** The same bytes in another order, each with its place, where that order is far cheaper to make. */
  pieces?(): Iterable<Piece>;
  /** Whether it takes waiting for: it is written when everything else is. */
  readonly late?: boolean;
}

/** Some bytes of a payload, from byte `at` on. */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface ModelProto {
  readonly irVersion?: Int64;
  readonly opsetImport: readonly OperatorSetIdProto[];
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: Int64;
  readonly docString?: string;
  readonly graph?: GraphProto | null;
  readonly metadataProps: readonly StringStringEntryProto[];
  readonly functions: readonly FunctionProto[];
}

export interface OperatorSetIdProto {
  readonly domain?: string;
  readonly version?: Int64;
}

export interface StringStringEntryProto {
  readonly key?: string;
  readonly value?: string;
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly name?: string;
  readonly initializer: readonly TensorProto[];
  readonly sparseInitializer: readonly SparseTensorProto[];
  readonly docString?: string;
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo: readonly ValueInfoProto[];
  readonly quantizationAnnotation: readonly TensorAnnotation[];
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly attribute: readonly AttributeProto[];
  readonly docString?: string;
}

export interface AttributeProto {
  readonly name?: string;
  readonly refAttrName?: string;
  readonly type?: number;
  readonly f?: number;
  readonly i?: Int64;
  readonly s?: Uint8Array;
  readonly t?: TensorProto | null;
  readonly g?: GraphProto | null;
  readonly sparseTensor?: SparseTensorProto | null;
  readonly floats: readonly number[];
  readonly ints: readonly Int64[];
  readonly strings: readonly Uint8Array[];
  readonly tensors: readonly TensorProto[];
  readonly graphs: readonly GraphProto[];
  readonly sparseTensors: readonly SparseTensorProto[];
}

/** The fields of a TensorProto that hold its elements. */
export type DataField =
  | 'rawData'
  | 'floatData'
  | 'int32Data'
  | 'stringData'
  | 'int64Data'
  | 'doubleData'
  | 'uint64Data';

export interface TensorProto {
  readonly dims: readonly Int64[];
  readonly dataType?: number;
  readonly name?: string;
  readonly rawData?: Uint8Array;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly stringData: readonly Uint8Array[];
  readonly int64Data: readonly Int64[];
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly Int64[];
  readonly docString?: string;
  readonly externalData: readonly StringStringEntryProto[];
  /** 1: the elements lie in another file, named by `externalData`. */
  readonly dataLocation?: number;
  /** Elements left where they lie: the encoded content of one data field, which is then empty here. Not a field of the file. */
  readonly payload?: { readonly field: DataField; readonly bytes: Payload };
}

export interface SparseTensorProto {
  readonly values?: TensorProto | null;
  readonly indices?: TensorProto | null;
  readonly dims: readonly Int64[];
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: TypeProto | null;
  readonly docString?: string;
}

export interface TypeProto {
  readonly tensorType?: TensorTypeProto | null;
  readonly denotation?: string;
}

export interface TensorTypeProto {
  readonly elemType?: number;
  readonly shape?: TensorShapeProto | null;
}

export interface TensorShapeProto {
  readonly dim: readonly DimensionProto[];
}

export interface DimensionProto {
  readonly dimValue?: Int64;
  readonly dimParam?: string;
  readonly denotation?: string;
}

export interface TensorAnnotation {
  readonly tensorName?: string;
  readonly quantParameterTensorNames: readonly StringStringEntryProto[];
}

export interface FunctionProto {
  readonly name?: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly string[];
  readonly attributeProto: readonly AttributeProto[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSetIdProto[];
  readonly valueInfo: readonly ValueInfoProto[];
}

/** Every message by its name in the schema. */
export interface Messages {
  readonly ModelProto: ModelProto;
  readonly OperatorSetIdProto: OperatorSetIdProto;
  readonly StringStringEntryProto: StringStringEntryProto;
  readonly GraphProto: GraphProto;
  readonly NodeProto: NodeProto;
  readonly AttributeProto: AttributeProto;
  readonly TensorProto: TensorProto;
  readonly SparseTensorProto: SparseTensorProto;
  readonly ValueInfoProto: ValueInfoProto;
  readonly TypeProto: TypeProto;
  readonly TensorTypeProto: TensorTypeProto;
  readonly TensorShapeProto: TensorShapeProto;
  readonly DimensionProto: DimensionProto;
  readonly TensorAnnotation: TensorAnnotation;
  readonly FunctionProto: FunctionProto;
}

export type MessageName = keyof Messages;

/** A number for an int64 that is known to be small (a dimension, an axis, an opset). */
export function toNumber(value: Int64 | undefined | null, absent = 0): number {
  if (value === undefined || value === null) return absent;
  return typeof value === 'number' ? value : value.toNumber();
}
