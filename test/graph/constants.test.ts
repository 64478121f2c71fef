import { describe, expect, it } from 'vitest';
import { givenInts, storedInts, storedTensor } from '#graph/constants.js';
import { viewGraph } from '#graph/view.js';
import { withFields } from '#model/codec.js';
import { refusalOf } from '../helpers/refusal.ts';
import { type Held, int64s, node, zeros } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const view = viewGraph(
  modelOf({
    initializer: [int64s('axes', [1, -1]), int64s('none', []), zeros('large', [2000])],
    node: [
      node('Constant', '', 'held', { value: int64s('', [7]) }),
      node('Constant', '', 'list', { value_ints: [3, 4] }),
      node('Constant', '', 'foreign', { value: int64s('', [7]) }, { domain: 'mine' }),
      node('Shape', 'x', 'computed'),
    ],
  }),
);

describe('stored tensors', () => {
  it('are initializers and what standard Constants hold', () => {
    expect(storedTensor(view, 'axes')?.name).toBe('axes');
    expect(storedTensor(view, 'held')?.dims).toEqual([1]);
    expect(['foreign', 'computed', 'x', ''].map((name) => storedTensor(view, name))).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('are read as integers where they are short', () => {
    expect(['axes', 'none', 'held', 'list'].map((name) => storedInts(view, name))).toEqual([
      [1, -1],
      [],
      [7],
      [3, 4],
    ]);
    expect(['large', 'computed', 'x', ''].map((name) => storedInts(view, name))).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it('that are damaged are refused', async () => {
    const damaged = withFields(int64s('axes', [1, 2]), { dims: [3] });
    const view = viewGraph(modelOf({ initializer: [damaged] }));
    expect((await refusalOf(() => storedInts(view, 'axes'))).code).toBe('UNREADABLE_MODEL');
  });
});

describe('a list that is an attribute or an input', () => {
  const cases: readonly (readonly [string, Record<string, Held>, unknown])[] = [
    ['x', { axes: [2] }, [2]],
    ['x axes', { axes: [2] }, [2]],
    ['x axes', {}, [1, -1]],
    ['x list', {}, [3, 4]],
    ['x none', {}, 'absent'],
    ['x', { axes: [] }, 'absent'],
    ['x -', {}, 'absent'],
    ['x', {}, 'absent'],
    ['x computed', {}, 'computed'],
  ];
  it.each(cases)('inputs "%s", attributes %j: %j', (input, held, expected) => {
    expect(givenInts(view, node('Squeeze', input, 'y', held), 'axes', 1)).toEqual(expected);
  });
});
