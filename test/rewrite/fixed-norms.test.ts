import { describe, expect, it } from 'vitest';
import { viewGraph } from '#graph/view.js';
import { readTensor } from '#model/tensors.js';
import { withFixedNorms } from '#rewrite/fixed-norms.js';
import { writtenModel } from '../helpers/written-model.ts';

const model = (attributes: string, outputs = 'y') =>
  viewGraph(
    writtenModel(`
      opset 17
      input x float32 [N, 2, 4, 4]
      initializer scale float32 [2] = 2.0, 3.0
      initializer bias float32 [2] = 0.5, -1.0
      initializer mean float32 [2] = 1.0, 4.0
      initializer variance float32 [2] = 3.0, 15.0
      ${outputs} = BatchNormalization(x, scale, bias, mean, variance) {${attributes}}
      output y
    `),
  );

describe('BatchNormalization as it is at inference', () => {
  it('is a product and a sum for each channel, and what it was made of goes', () => {
    const { nodes, graph, model: made } = withFixedNorms(model('epsilon=1.0'));
    expect(nodes.map(({ opType, input, output }) => [opType, input, output])).toEqual([
      ['Mul', ['x', 'y_slope'], ['y_scaled']],
      ['Add', ['y_scaled', 'y_offset'], ['y']],
    ]);
    const stored = graph.initializer.map((tensor) => [
      tensor.name,
      tensor.dims.map(Number),
      [...readTensor(made, tensor).data],
    ]);
    // 2/√(3 + 1) and 3/√(15 + 1); 0.5 − 1·1 and −1 − 4·0.75.
    expect(stored).toEqual([
      ['y_slope', [2, 1, 1], [1, 0.75]],
      ['y_offset', [2, 1, 1], [-0.5, -4]],
    ]);
  });

  it('stays where it is one of training', () => {
    for (const view of [model('training_mode=1', 'y, m, v'), model('epsilon=1.0', 'y, m, v')])
      expect(withFixedNorms(view)).toBe(view);
  });

  it('stays where its numbers are given from outside', () => {
    const view = viewGraph(
      writtenModel(`
        opset 17
        input x float32 [N, 2]
        input scale float32 [2]
        initializer bias float32 [2]
        y = BatchNormalization(x, scale, bias, bias, bias)
        output y
      `),
    );
    expect(withFixedNorms(view)).toBe(view);
  });
});
