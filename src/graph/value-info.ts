import { create } from '../model/codec.ts';
import type { Element } from '../model/elements.ts';
import { ELEMENTS, elementName, elementNumber } from '../model/elements.ts';
import type { DimensionProto, SparseTensorProto, TensorProto, ValueInfoProto } from '../model/proto.ts';
import { toNumber } from '../model/proto.ts';

/** A size, the name of a size that varies, or null where nothing is known. */
export type Dim = number | string | null;
export type Shape = readonly Dim[];

/** What is known of a value. A shape whose dimensions are all null still tells the rank. */
export interface ValueFacts {
  readonly element: Element | null;
  readonly shape: Shape | null;
}

export const UNKNOWN: ValueFacts = { element: null, shape: null };

const KNOWN_ELEMENTS = new Set<string>(Object.values(ELEMENTS));

/** The element type of that number, or null for none and for those that this library does not handle. */
export function elementOf(dataType: number | undefined): Element | null {
  const name = elementName(dataType);
  return KNOWN_ELEMENTS.has(name) ? (name as Element) : null;
}

/** Files hold -1, 0 and '?' where they mean that a dimension varies. */
function dimOf({ dimValue, dimParam }: DimensionProto): Dim {
  if (dimParam && dimParam !== '?') return dimParam;
  const size = toNumber(dimValue);
  return size > 0 ? size : null;
}

/** What a declaration says of its value; nothing where it is not a tensor. */
export function declaredFacts(info: ValueInfoProto | null): ValueFacts {
  const type = info?.type?.tensorType;
  if (!type) return UNKNOWN;
  return { element: elementOf(type.elemType), shape: type.shape ? type.shape.dim.map(dimOf) : null };
}

/** Type and shape of a stored tensor. */
export function tensorFacts({ dataType, dims }: TensorProto): ValueFacts {
  return { element: elementOf(dataType), shape: dims.map((dim) => toNumber(dim)) };
}

/** The same of a sparse one. */
export function sparseFacts({ values, dims }: SparseTensorProto): ValueFacts {
  return { element: elementOf(values?.dataType), shape: dims.map((dim) => toNumber(dim)) };
}

/** The declaration of a tensor; without a shape where `shape` is null, with open dimensions where those are. */
export function tensorInfo(name: string, element: Element, shape: Shape | null): ValueInfoProto {
  const dim = (each: Dim) =>
    create(
      'DimensionProto',
      each === null ? {} : typeof each === 'number' ? { dimValue: each } : { dimParam: each },
    );
  const tensorType = create('TensorTypeProto', {
    elemType: elementNumber(element),
    ...(shape && { shape: create('TensorShapeProto', { dim: shape.map(dim) }) }),
  });
  return create('ValueInfoProto', { name, type: create('TypeProto', { tensorType }) });
}
