import { describe, expect, it } from 'vitest';
import { intAttribute } from '#graph/attributes.js';
import { viewGraph } from '#graph/view.js';
import { elementName } from '#model/elements.js';
import type { NodeProto } from '#model/proto.js';
import { readModel } from '#model/read.js';
import { rewrite } from '#rewrite/rewrite.js';
import { fixtureModel } from '../helpers/fixtures.ts';

/*
 * Whoever differentiates a training graph follows floats and stops at integers and booleans. With a straight-through
 * gradient nothing of the margin may be on that way: between logits and cosines there is a sum with what does not count,
 * the choice of the target's column, and the scale.
 */

const model = await readModel(fixtureModel('digits-cnn'));

const BOOLEAN = ['Less', 'Equal', 'Not', 'And'];

const stops = (node: NodeProto) =>
  BOOLEAN.includes(node.opType ?? '') ||
  (node.opType === 'Cast' && !elementName(intAttribute(node, 'to', 0)).startsWith('float'));

/** Operators on the way that a gradient takes from the logits back to the cosines. */
function wayBack(head: string, gradient: string): string[] {
  const view = viewGraph(rewrite(model, { head, parameters: { gradient } }).train);
  const seen = new Set<string>();
  const visit = (value: string): void => {
    const node = view.producer(value);
    if (node === null || value === 'margin/cos' || stops(node)) return;
    seen.add(node.opType ?? '');
    node.input.forEach(visit);
  };
  visit('logits');
  return [...seen].sort();
}

describe('gradients of a training graph', () => {
  it.each(['arcface', 'cosface', 'combined', 'x2-softmax', 'expface', 'li-arcface', 'sphereface2'])(
    '%s: a straight-through one stays out of the margin',
    (head) => {
      const linear = ['Add', 'Cast', 'GatherElements', 'Mul', 'ScatterElements', 'Where'];
      expect(linear).toEqual(expect.arrayContaining(wayBack(head, 'straight-through')));
      expect(wayBack(head, 'straight-through')).toContain('Cast');
      expect(wayBack(head, 'exact')).not.toContain('Cast');
    },
  );

  it('an exact one goes through it', () => {
    expect(wayBack('arcface', 'exact')).toContain('Sqrt');
    expect(wayBack('expface', 'exact')).toContain('Log');
  });
});
