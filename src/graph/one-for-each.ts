import { create, withFields } from '../model/codec.ts';
import type { NodeProto } from '../model/proto.ts';
import type { BatchAxis } from './batch-axis.ts';
import { intConstant, type Site, type StaysFixed, stays } from './batch-site.ts';

/** Where samples lie in a value. */
export interface Carrier {
  readonly carrier: string;
  readonly at: BatchAxis;
}

/** The node with one of each of these inputs for each sample; null where there are none. */
export function withOneForEach(
  site: Site,
  values: readonly string[],
  rank: number,
  where: Carrier,
): readonly NodeProto[] | StaysFixed | null {
  if (values.length === 0) return null;
  if (site.view.opset < 8) return stays(site, 'would need Expand, which opset 8 brought');
  const each = new Map<string, EachSample>();
  for (const value of values) {
    const single = singleOf(site, value, where.at.axis);
    if (single === null)
      return stays(site, `reads ${JSON.stringify(value)}, of which there is one for each of some samples`);
    each.set(value, forEachSample(site, value, single, { rank, ...where }));
  }
  const input = site.node.input.map((value) => each.get(value)?.made ?? value);
  return [...[...each.values()].flatMap(({ nodes }) => nodes), withFields(site.node, { input })];
}

/** What has no more than one of a value for all samples: itself, or what it was made of; null where there is no such thing. */
function singleOf({ view, shapes }: Site, value: string, axis: number): string | null {
  const shape = shapes(value).shape;
  if (shape?.[axis] === 1) return value;
  const maker = view.producer(value);
  const [source = ''] = maker?.opType === 'Expand' ? maker.input : [];
  const before = shapes(source).shape;
  if (!shape?.every((dim) => typeof dim === 'number') || before === null) return null;
  return (before.at(axis - shape.length) ?? 1) === 1 ? source : null;
}

interface EachSample {
  readonly made: string;
  readonly nodes: readonly NodeProto[];
}

/** A value with as many of what is there once as another has samples. */
function forEachSample(
  { fresh, shapes }: Site,
  value: string,
  single: string,
  { rank, carrier, at: { axis } }: Carrier & { readonly rank: number },
): EachSample {
  const name = (what: string) => fresh(`${value}_${what}`);
  const [sizes, place, count] = [name('sizes'), name('place'), name('count')];
  const [shape, made] = [name('shape'), name('each')];
  // To broadcast to 1 leaves a size as it is.
  const full = Array.from({ length: rank }, (_, i) => Number(shapes(value).shape?.[i] ?? 1) || 1);
  const rest = (where: string, part: readonly number[]) =>
    part.length === 0 ? [] : [intConstant(name(where), part)];
  const [before, behind] = [rest('before', full.slice(0, axis)), rest('behind', full.slice(axis + 1))];
  const node = (opType: string, input: readonly string[], output: string, along?: number) =>
    create('NodeProto', {
      opType,
      name: output,
      input,
      output: [output],
      attribute: along === undefined ? [] : [create('AttributeProto', { name: 'axis', type: 2, i: along })],
    });
  const parts = [...before.flatMap(({ output }) => output), count, ...behind.flatMap(({ output }) => output)];
  return {
    made,
    nodes: [
      node('Shape', [carrier], sizes),
      intConstant(place, [axis]),
      node('Gather', [sizes, place], count, 0),
      ...before,
      ...behind,
      node('Concat', parts, shape, 0),
      node('Expand', [single, shape], made),
    ],
  };
}
