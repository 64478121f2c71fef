import { describe, expect, it } from 'vitest';
import { printGraph } from '#graph/print.js';
import { tensorInfo } from '#graph/value-info.js';
import { create } from '#model/codec.js';
import { modelFromBytes } from '#model/read.js';
import { makeTensor } from '#model/tensors.js';
import { encodeModel } from '#model/write.js';
import { attributes, bodyOf, int64s, node, zeros } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const opset = (domain: string, version: number) => create('OperatorSetIdProto', { domain, version });

const varied = modelOf(
  {
    input: [
      tensorInfo('image', 'float32', ['N', 3, null]),
      tensorInfo('anything', 'int64', null),
      create('ValueInfoProto', { name: 'a list' }),
    ],
    initializer: [
      zeros('fc.weight', [1000, 512]),
      makeTensor('fc.bias', [3], Float32Array.of(0.1, -2, 1e-20)),
      int64s('shape', [0, -1]),
      zeros('scalar', []),
      zeros('nothing', [0, 4]),
    ],
    sparseInitializer: [create('SparseTensorProto', { dims: [1000, 512], values: zeros('thin', [3]) })],
    node: [
      node(
        'Conv',
        'image fc.weight -',
        'conv',
        { pads: [1, 1, 1, 1], group: 2, auto_pad: 'NOTSET' },
        { name: 'conv' },
      ),
      node('Reshape', 'conv shape', 'flat', {}, { name: '/head/Reshape' }),
      node('Constant', '', 'c', { value: makeTensor('', [2], Float32Array.of(1, 0.5)) }),
      node('Dropout', 'flat', 'kept -'),
      node('If', 'flag', 'chosen', {
        then_branch: bodyOf(
          [node('Loop', '- -', 'out', { body: bodyOf([node('Relu', 's', 'r')], 'r', 's') })],
          'out',
        ),
        else_branch: bodyOf([], 'flat'),
      }),
      node('ZipMap', 'chosen', 'labels', {}, { domain: 'ai.onnx.ml' }),
    ],
    output: [tensorInfo('labels', 'float32', ['N', 1000])],
  },
  {
    producerName: 'a test',
    producerVersion: '1.0',
    opsetImport: [opset('', 17), opset('ai.onnx.ml', 3)],
    functions: [
      create('FunctionProto', {
        name: 'leak',
        domain: 'mine',
        input: ['x'],
        output: ['y'],
        attribute: ['slope'],
        node: [
          create('NodeProto', {
            opType: 'LeakyRelu',
            input: ['x'],
            output: ['y'],
            attribute: [create('AttributeProto', { name: 'alpha', refAttrName: 'slope', type: 1 })],
          }),
        ],
      }),
    ],
  },
);

describe('a graph as text', () => {
  it('is one line a thing', () => {
    expect(printGraph(varied)).toMatchInlineSnapshot(`
      "ir 8
      opset 17
      opset 3 ai.onnx.ml
      producer "a test" 1.0
      input image float32 [N, 3, ?]
      input anything int64 […]
      input "a list" ?
      initializer fc.weight float32 [1000, 512]
      initializer fc.bias float32 [3] = 0.1, -2.0, 1e-20
      initializer shape int64 [2] = 0, -1
      initializer scalar float32 [] = 0.0
      initializer nothing float32 [0, 4]
      initializer thin sparse [1000, 512]
      conv = Conv(image, fc.weight, "") {pads=[1, 1, 1, 1], group=2, auto_pad="NOTSET"}
      flat = Reshape(conv, shape) # /head/Reshape
      c = Constant() {value=<float32 [2] = 1.0, 0.5>}
      kept, "" = Dropout(flat)
      chosen = If(flag) {then_branch=<graph>, else_branch=<graph>}
        graph
          out = Loop("", "") {body=<graph>}
            graph
              input s ?
              r = Relu(s)
              output r ?
          output out ?
        graph
          output flat ?
      labels = ai.onnx.ml::ZipMap(chosen)
      output labels float32 [N, 1000]
      function mine::leak(x) → y
        y = LeakyRelu(x) {alpha=@slope}
      "
    `);
  });

  it('is the same when it was written and read', () => {
    expect(printGraph(modelFromBytes(encodeModel(varied)))).toBe(printGraph(varied));
  });

  it('cannot be made to show what is not there', () => {
    const trick = modelOf(
      {
        input: [tensorInfo('a\nnode = Fake()', 'float32', ['N\u202e', 2])],
        initializer: [zeros('w\u200b', [1])],
        node: [
          node(
            'Relu',
            '',
            '',
            { 'axis=1, x': 'red\u001b[31m \u2066"é日本"\u00a0' },
            {
              input: ['x, y', ''],
              output: ['back\\slash', 'half\u3164filled', 'no\u00a0break'],
              name: '# comment',
              domain: 'ev\u202eil',
            },
          ),
        ],
        output: [tensorInfo('größe/日本:0', 'float32', [])],
      },
      { producerName: 'C1\u0085 and\u2028more', opsetImport: [opset('do main', 1)] },
    );
    const text = printGraph(trick);
    expect(text).toMatchInlineSnapshot(`
      "ir 8
      opset 1 "do main"
      producer "C1\\u0085 and\\u2028more"
      input "a\\nnode = Fake()" float32 ["N\\u202e", 2]
      initializer "w\\u200b" float32 [1] = 0.0
      "back\\\\slash", "half\\u3164filled", "no\\u00a0break" = "ev\\u202eil::Relu"("x, y", "") {"axis=1, x"="red\\u001b[31m \\u2066\\"é日本\\"\\u00a0"} # "# comment"
      output größe/日本:0 float32 []
      "
    `);
    expect(text).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}\p{DI}]|[^\P{Cc}\n]/u);
  });

  it('is there for a model without a graph, and for attributes of every kind', () => {
    const bare = create('ModelProto', { opsetImport: [opset('', 7)] });
    expect(printGraph({ ...modelOf({}), proto: bare })).toBe('ir 0\nopset 7\n');
    const odd = create('NodeProto', {
      opType: 'Odd',
      output: ['y'],
      attribute: [
        create('AttributeProto', { name: 'f', type: 1, f: 3 }),
        create('AttributeProto', { name: 'fs', type: 6, floats: [Math.fround(0.1), Number.NaN, 1e30] }),
        create('AttributeProto', {
          name: 'strings',
          type: 8,
          strings: [Buffer.from('a b'), Buffer.from([255])],
        }),
        create('AttributeProto', { name: 'ts', type: 9, tensors: [zeros('', [100]), zeros('', [1])] }),
        create('AttributeProto', { name: 'gs', type: 10, graphs: [bodyOf([], 'g')] }),
        create('AttributeProto', { name: 'empty', type: 4 }),
        create('AttributeProto', { name: 'unset', type: 2 }),
        create('AttributeProto', { name: 'new', type: 99 }),
        ...attributes({ many: Array.from({ length: 20 }, (_, i) => i) }),
      ],
    });
    expect(printGraph(modelOf({ node: [odd] }))).toMatchInlineSnapshot(`
      "ir 8
      opset 17
      producer "a test"
      y = Odd() {f=3.0, fs=[0.1, NaN, 1e+30], strings=["a b", "�"], ts=[<float32 [100]>, <float32 [1] = 0.0>], gs=[<graph>], empty=<>, unset=0, new=<type 99>, many=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, … 20 in all]}
        graph
          output g ?
      "
    `);
  });
});
