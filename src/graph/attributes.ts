import type { AttributeProto, GraphProto, NodeProto, TensorProto } from '../model/proto.ts';
import { toNumber } from '../model/proto.ts';

/** The attribute of that name, or null. */
export function attribute(node: NodeProto, name: string): AttributeProto | null {
  return node.attribute.find((each) => each.name === name) ?? null;
}

/** An int attribute, or `absent` where the node does not have it. */
export function intAttribute(node: NodeProto, name: string, absent: number): number {
  const found = attribute(node, name);
  return found === null ? absent : toNumber(found.i);
}

/** A list of ints, or null where the node does not have it: an empty list is not the same. */
export function intsAttribute(node: NodeProto, name: string): readonly number[] | null {
  const found = attribute(node, name);
  return found === null ? null : found.ints.map((each) => toNumber(each));
}

/** A float attribute, or `absent` where the node does not have it. */
export function floatAttribute(node: NodeProto, name: string, absent: number): number {
  const found = attribute(node, name);
  return found === null ? absent : (found.f ?? 0);
}

/** A string attribute as UTF-8, or `absent` where the node does not have it. */
export function stringAttribute(node: NodeProto, name: string, absent: string): string {
  const found = attribute(node, name);
  return found === null ? absent : new TextDecoder().decode(found.s);
}

/** A tensor attribute, or null where the node does not have it. */
export function tensorAttribute(node: NodeProto, name: string): TensorProto | null {
  return attribute(node, name)?.t ?? null;
}

/** The bodies that a node carries (If, Loop, Scan …), in attribute order. */
export function subgraphs(node: NodeProto): readonly GraphProto[] {
  return node.attribute.flatMap(({ g, graphs }) => (g ? [g, ...graphs] : graphs));
}
