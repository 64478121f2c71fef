import { describe, expect, it } from 'vitest';
import { ancestors, descendants } from '#graph/live.js';
import { viewGraph } from '#graph/view.js';
import { create } from '#model/codec.js';
import type { NodeProto } from '#model/proto.js';
import { bodyOf, node } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

function over(nodes: readonly NodeProto[]) {
  const view = viewGraph(modelOf({ node: nodes }));
  return {
    up: (...roots: string[]) => [...ancestors(roots, view.producer, view.reads)].map(view.index).sort(),
    down: (...roots: string[]) => [...descendants(roots, view.consumers)].map(view.index).sort(),
  };
}

describe('ancestors and descendants', () => {
  const graph = over([
    node('Relu', 'x', 'a'),
    node('Relu', 'a', 'b'),
    node('If', 'flag', 'c', { then_branch: bodyOf([], 'a') }),
    node('Add', 'b c', 'y'),
    node('Relu', 'x', 'aside'),
  ]);

  it('go up through captures of bodies', () => {
    expect([graph.up('y'), graph.up('c', 'aside'), graph.up('x'), graph.up()]).toEqual([
      [0, 1, 2, 3],
      [0, 2, 4],
      [],
      [],
    ]);
  });

  it('go down through captures of bodies', () => {
    expect([graph.down('a'), graph.down('x'), graph.down('y')]).toEqual([[1, 2, 3], [0, 1, 2, 3, 4], []]);
  });

  it('end where a file goes in circles', () => {
    const circle = over([node('Add', 'x b', 'a'), node('Relu', 'a', 'b')]);
    expect([circle.up('b'), circle.down('a')]).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('do not mind a node of 200,000 inputs and outputs', () => {
    const many = Array.from({ length: 200_000 }, (_, i) => `v${i}`);
    const wide = create('NodeProto', { opType: 'Sum', input: many, output: many.map((name) => `${name}'`) });
    const graph = over([node('Relu', 'x', 'v199999'), wide, node('Relu', "v0'", 'y')]);
    expect([graph.up('y'), graph.down('x')]).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });
});
