import { describe, expect, it } from 'vitest';
import type { Shape } from '#graph/value-info.js';
import { slid } from '#graph/windows.js';
import { type Held, node } from '../helpers/tiny-graph.ts';

const slide = (spatial: Shape, held: Record<string, Held>, kernel: Shape | null = null) =>
  slid(node('MaxPool', 'x', 'y', held), spatial, kernel);

describe('what a window leaves of a dimension', () => {
  // Figures of ONNX's own shape inference.
  it.each([
    [{ kernel_shape: [3, 3] }, [8, 8], [6, 6]],
    [{ kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, [8, 8], [8, 8]],
    [{ kernel_shape: [3, 3], pads: [0, 0, 1, 2] }, [8, 8], [7, 8]],
    [{ kernel_shape: [2, 2], strides: [2, 2] }, [7, 8], [3, 4]],
    [{ kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }, [7, 8], [4, 4]],
    [{ kernel_shape: [3], strides: [2], dilations: [2] }, [9], [3]],
    [{ kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }, [7, 8], [4, 4]],
    [{ kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_LOWER' }, [7, 8], [4, 4]],
    [{ kernel_shape: [3, 3], auto_pad: 'VALID', pads: [1, 1, 1, 1] }, [7, 8], [5, 6]],
    // The third window would start in the padding: left out from opset 22 on, and by ONNX Runtime at every opset.
    [{ kernel_shape: [2], strides: [3], pads: [1, 1], ceil_mode: 1 }, [4], [2]],
    [{ kernel_shape: [3, 3] }, ['H', null], [null, null]],
    [{ kernel_shape: [9, 9] }, [8, 8], [null, null]],
    [{ kernel_shape: [3] }, [8, 8], [6, null]],
  ] as const)('%j of %j is %j', (held, spatial, expected) => {
    expect(slide(spatial, held)).toEqual(expected);
  });

  it('is that of the weight where the node does not say', () => {
    expect(slide([8, 8], {}, [5, 3])).toEqual([4, 6]);
    expect(slide([8, 8], { kernel_shape: [1, 1] }, [5, 3])).toEqual([8, 8]);
    expect(slide([8, 8], {})).toEqual([null, null]);
    expect(slide([8, 8], {}, ['k', null])).toEqual([null, null]);
  });

  it.each([
    { kernel_shape: [0] },
    { kernel_shape: [-3] },
    { kernel_shape: [3], strides: [0] },
    { kernel_shape: [3], strides: [-1] },
    { kernel_shape: [3], dilations: [0] },
    { kernel_shape: [3], strides: [0], auto_pad: 'SAME_UPPER' },
    { kernel_shape: [3], pads: [-100, -100] },
  ])('is not known where %j makes no sense', (held) => {
    expect(slide([8], held)).toEqual([null]);
  });
});
