import { describe, expect, it } from 'vitest';
import { fixedBatch, openBatch } from '#graph/open-batch.js';
import { printGraph } from '#graph/print.js';
import { declaredFacts } from '#graph/value-info.js';
import { viewGraph } from '#graph/view.js';
import { writtenModel } from '../helpers/written-model.ts';

/** The lines of the graph that a text becomes; what keeps it fixed; or null where it is open. */
function opened(text: string): readonly string[] | string | null {
  const result = openBatch(writtenModel(text));
  if (result === null) return null;
  if ('reason' in result) return `${result.node} ${result.reason}`;
  return printGraph(result.model).split('\n');
}

describe('openBatch', () => {
  it('gives the first axes of inputs and outputs a name', () => {
    const lines = opened(`
      opset 17
      input x float32 [2, 3]
      input table float32 [7, 3]
      output y float32 [2, 3]
      h = Relu(x)
      y = Tanh(h)`);
    expect(lines).toEqual(
      expect.arrayContaining(['input x float32 [batch, 3]', 'input table float32 [7, 3]']),
    );
    expect(lines).toContain('output y float32 [batch, 3]');
  });

  it('forgets the first axis of declarations between', () => {
    const text = 'opset 17\ninput x float32 [2, 3]\nvalue h float32 [2, 3]\noutput y float32 [2, 3]';
    const result = openBatch(writtenModel(`${text}\nh = Relu(x)\ny = Tanh(h)`));
    const [info] = result !== null && 'model' in result ? (result.model.proto.graph?.valueInfo ?? []) : [];
    expect(declaredFacts(info ?? null).shape).toEqual([null, 3]);
  });

  it('leaves a batch that is open alone', () => {
    expect(opened('opset 17\ninput x float32 [N, 3]\noutput y float32 [N, 3]\ny = Relu(x)')).toBeNull();
    expect(opened('opset 17\ninput x float32 [?, 3]\noutput y float32 [?, 3]\ny = Relu(x)')).toBeNull();
  });

  it('takes a name that no other axis has', () => {
    const lines = opened('opset 17\ninput x float32 [1, batch]\noutput y float32 [1, batch]\ny = Relu(x)');
    expect(lines).toContain('input x float32 [batch_1, batch]');
  });

  it.each([
    ['1, -1', '-1, 12'],
    ['1, 12', '-1, 12'],
    ['1, 3, 2, 2', '-1, 3, 2, 2'],
    ['3, 4', '-1, 4'],
  ])('writes a shape [%s] as [%s]', (before, after) => {
    const lines = opened(`
      opset 17
      input x float32 [1, 3, 4]
      initializer s int64 [${before.split(',').length}] = ${before}
      output y float32
      y = Reshape(x, s)`);
    expect(lines).toContain('y = Reshape(x, y_shape)');
    expect(lines?.toString()).not.toContain('initializer s');
    expect(lines).toContain(`y_shape = Constant() {value=<int64 [${after.split(',').length}] = ${after}>}`);
  });

  it.each(['-1, 12', '0, 12', '0, -1'])('leaves a shape [%s] as it is', (shape) => {
    const lines = opened(`
      opset 17
      input x float32 [1, 3, 4]
      initializer s int64 [2] = ${shape}
      output y float32
      y = Reshape(x, s)`);
    expect(lines).toContain('y = Reshape(x, s)');
  });

  it('takes the first size from before where another is not known', () => {
    const lines = opened(`
      opset 17
      input x float32 [1, 3, 4, 4]
      initializer scales float32 [4] = 1, 1, 0.5, 0.5
      initializer s int64 [2] = 1, -1
      output y float32
      h = Resize(x, -, scales)
      y = Reshape(h, s)`);
    expect(lines).toContain('y_shape = Constant() {value=<int64 [2] = 0, -1>}');
  });

  it('puts a token beside each sample', () => {
    const lines = opened(`
      opset 17
      input x float32 [1, 16, 8]
      initializer token float32 [1, 1, 8]
      output y float32
      y = Concat(token, x) {axis=1}`);
    expect(lines).toContain('y = Concat(token_each, x) {axis=1}');
    expect(lines).toContain('token_each = Expand(token, token_shape)');
  });

  it('gives each sample the state that all begin with', () => {
    const lines = opened(`
      opset 17
      input x float32 [1, 7, 8]
      initializer lw float32 [1, 16, 8]
      initializer lr float32 [1, 16, 4]
      initializer h float32 [1, 1, 4]
      initializer zero float32 [] = 0
      initializer full int64 [3] = 1, 1, 4
      t = Transpose(x) {perm=[1, 0, 2]}
      c = Expand(zero, full)
      y = LSTM(t, lw, lr, -, -, h, c) {hidden_size=4}
      output y float32`);
    expect(lines).toContain('y = LSTM(t, lw, lr, "", "", h_each, c_each) {hidden_size=4}');
    // Behind the axis of directions.
    expect(lines).toContain('h_place = Constant() {value=<int64 [1] = 1>}');
    expect(lines).toContain('h_shape = Concat(h_before, h_count, h_behind) {axis=0}');
  });

  it.each([
    ['y = Transpose(x) {perm=[1, 0, 2]}', '[6, 1, 16]', '[6, batch, 16]'],
    ['y = Unsqueeze(x, zero)', '[1, 1, 6, 16]', '[1, batch, 6, 16]'],
    ['y = Squeeze(u, zero)\nu = Unsqueeze(x, zero)', '[1, 6, 16]', '[batch, 6, 16]'],
    ['y = ReduceMean(x) {axes=[1], keepdims=0}', '[1, 16]', '[batch, 16]'],
    ['y = ReduceMean(t) {axes=[0], keepdims=0}', '[1, 16]', '[batch, 16]'],
    ['y = ArgMax(t) {axis=0, keepdims=0}', '[1, 16]', '[batch, 16]'],
    ['y = Gather(t, first) {axis=0}', '[1, 16]', '[batch, 16]'],
    ['y = Gather(x, first) {axis=1}', '[1, 16]', '[batch, 16]'],
    ['y = Add(x, m)', '[1, 6, 16]', '[batch, 6, 16]'],
    ['y = Add(x, l)', '[5, 1, 6, 16]', '[5, batch, 6, 16]'],
    // Behind the axis of time: heads beside samples, samples beside time, and each for itself again.
    ['y = Reshape(t, heads)', '[6, 2, 8]', '[6, ?, 8]'],
    ['y = Reshape(t, rows)', '[6, 16]', '[?, 16]'],
    ['y = Reshape(r, back)\nr = Reshape(t, rows)', '[6, 1, 16]', '[6, batch, 16]'],
    ['y, h, c = LSTM(t, lw, lr) {hidden_size=4}', '[6, 1, 1, 4]', '[6, 1, batch, 4]'],
    ['s, y, c = LSTM(t, lw, lr) {hidden_size=4}', '[1, 1, 4]', '[1, batch, 4]'],
    // A sum over samples has none.
    ['y = ReduceMean(x) {axes=[0], keepdims=1}', '[1, 6, 16]', '[1, 6, 16]'],
  ])('follows samples through %s', (nodes, before, after) => {
    const lines = opened(`
      opset 17
      input x float32 [1, 6, 16]
      initializer m float32 [6, 16]
      initializer l float32 [5, 1, 1, 1]
      initializer lw float32 [1, 16, 16]
      initializer lr float32 [1, 16, 4]
      initializer zero int64 [1] = 0
      initializer first int64 [] = 0
      initializer heads int64 [3] = 6, 2, 8
      initializer rows int64 [2] = 6, 16
      initializer back int64 [3] = 6, 1, 16
      t = Transpose(x) {perm=[1, 0, 2]}
      ${nodes.split('\n').reverse().join('\n')}
      output y float32 ${before}`);
    expect(lines).toContain(`output y float32 ${after}`);
  });

  it.each([
    ['an axis that goes', 'y = Squeeze(x) ', '[1, 3, 4]', 'Squeeze #0 takes the axis of the samples away'],
    [
      'something for each of several samples',
      'y = Concat(w, x) {axis=1}',
      '[2, 3, 4]',
      'Concat #0 reads "w", of which there is one for each of some samples',
    ],
  ])('is stopped by %s', (_, node, shape, reason) => {
    const text = `
      opset 11
      input x float32 ${shape}
      initializer w float32 ${shape}
      output y float32
      ${node}`;
    expect(opened(text)).toBe(reason);
  });

  it('is stopped by a token below opset 8, which has no Expand', () => {
    const text = `opset 7
      input x float32 [1, 16, 8]
      initializer token float32 [1, 1, 8]
      output y float32
      y = Concat(token, x) {axis=1}`;
    expect(opened(text)).toBe('Concat #0 would need Expand, which opset 8 brought');
  });

  it('asks for no operator by the name of what objects have', () => {
    const text = 'opset 17\ninput x float32 [1, 3]\noutput y float32 [1, 3]\ny = valueOf(x)';
    expect(opened(text)).toContain('y = valueOf(x)');
  });
});

it('fixedBatch tells how many samples a model takes', () => {
  const of = (inputs: string) => fixedBatch(viewGraph(writtenModel(`opset 17\n${inputs}\noutput y float32`)));
  expect(of('input x float32 [4, 3]')).toBe(4);
  expect(of('input x float32 [N, 3]\ninput t float32 [7]')).toBeNull();
  expect(of('input x float32 [?, 3]')).toBeNull();
  expect(of('input x float32')).toBeNull();
});
