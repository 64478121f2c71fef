import { describe, expect, it } from 'vitest';
import { heldInts, heldSizes } from '#graph/held-sizes.js';
import { inferShapes } from '#graph/shapes.js';
import { viewGraph } from '#graph/view.js';
import { writtenModel } from '../helpers/written-model.ts';

/** What the value `y` of some lines holds; `x` is [N, 17, 96]. */
function heldBy(...lines: string[]) {
  const view = viewGraph(
    writtenModel(['opset 13', 'input x float32 [N, 17, 96]', ...lines, 'output y int64'].join('\n')),
  );
  const sizes = heldSizes(view, inferShapes(view));
  return { sizes: sizes('y'), ints: heldInts(sizes, 'y') };
}

const int = (name: string, ...values: number[]) =>
  `initializer ${name} int64 [${values.length}] = ${values.join(', ')}`;
const SHAPE = 's = Shape(x)';

describe('sizes that nodes put together', () => {
  it.each([
    [['y = Shape(x)'], ['N', 17, 96]],
    [['y = Shape(x) {start=1}'], [17, 96]],
    [['y = Shape(x) {end=-1}'], ['N', 17]],
    [[SHAPE, 'initializer i int64 [] = 0', 'y = Gather(s, i)'], ['N']],
    [
      [SHAPE, int('i', 2, 0), 'y = Gather(s, i)'],
      [96, 'N'],
    ],
    [
      [SHAPE, int('a', 1), int('b', 9), 'y = Slice(s, a, b)'],
      [17, 96],
    ],
    [
      [SHAPE, int('a', -1), int('b', -9), int('c', 0), int('d', -1), 'y = Slice(s, a, b, c, d)'],
      [96, 17, 'N'],
    ],
    [
      [SHAPE, int('i', 0), int('k', -1, 4), 'n = Gather(s, i)', 'y = Concat(n, k) {axis=0}'],
      ['N', -1, 4],
    ],
    [[SHAPE, int('i', 1), int('k', 3), 'n = Gather(s, i)', 'y = Div(n, k)'], [5]],
    [
      [SHAPE, int('k', 1), 'y = Mul(s, k)'],
      ['N', 17, 96],
    ],
    [
      [SHAPE, int('k', 2), 'y = Mul(s, k)'],
      [null, 34, 192],
    ],
    [
      [SHAPE, int('k', 1), 'y = Add(s, k)'],
      [null, 18, 97],
    ],
    [
      [SHAPE, 'f = Cast(s) {to=1}', 'y = Cast(f) {to=7}'],
      ['N', 17, 96],
    ],
    [
      // What PyTorch writes for expand(-1, 1, 96): sizes of −1 are those of x.
      [
        int('told', -1, 1, 96),
        int('three', 3),
        'ones = ConstantOfShape(three) {value=<int64 [1] = 1>}',
        int('less', -1),
        'untold = Equal(told, less)',
        'y = Where(untold, ones, told)',
      ],
      [1, 1, 96],
    ],
  ] as const)('%j', (lines, expected) => {
    expect(heldBy(...lines).sizes).toEqual(expected);
  });

  it('are integers where none has a name', () => {
    expect(heldBy('y = Shape(x)').ints).toBeNull();
    expect(heldBy('y = Shape(x) {start=1}').ints).toEqual([17, 96]);
  });

  it('are not known of floats that are fed, of long lists and of what depends on itself', () => {
    expect(heldBy('y = Identity(x)').sizes).toBeNull();
    expect(heldBy(int('n', 1000), 'y = ConstantOfShape(n)').sizes).toBeNull();
    expect(heldBy('a = Identity(y)', 'y = Identity(a)').sizes).toBeNull();
  });

  it.each(['valueOf', 'constructor', '__proto__'])('are not known of an operator called %s', (op) => {
    expect(heldBy(SHAPE, `y = ${op}(s)`).sizes).toBeNull();
  });

  it('give the shapes that they are for', () => {
    const view = viewGraph(
      writtenModel(
        [
          'opset 13',
          'input x float32 [N, 17, 96]',
          SHAPE,
          int('i', 0),
          int('heads', -1, 4, 24),
          'n = Gather(s, i)',
          'split = Concat(n, heads) {axis=0}',
          'y = Reshape(x, split)',
          'output y',
        ].join('\n'),
      ),
    );
    expect(inferShapes(view)('y').shape).toEqual(['N', 17, 4, 24]);
  });
});
