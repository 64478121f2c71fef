import { describe, expect, it } from 'vitest';
import { inlineFunctions } from '#graph/inline.js';
import { printGraph } from '#graph/print.js';
import { create } from '#model/codec.js';
import type { FunctionProto, NodeProto } from '#model/proto.js';
import { refusalOf } from '../helpers/refusal.ts';
import { attributes, bodyOf, node } from '../helpers/tiny-graph.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const mine = { domain: 'mine' };
const opset = (version: number, domain = '') => create('OperatorSetIdProto', { domain, version });
const output = (...names: string[]) => names.map((name) => create('ValueInfoProto', { name }));

function functionOf(name: string, input: string, out: string, nodes: NodeProto[], rest = {}): FunctionProto {
  return create('FunctionProto', {
    name,
    domain: 'mine',
    input: input.split(' '),
    output: out.split(' '),
    node: nodes,
    opsetImport: [opset(17)],
    ...rest,
  });
}

/** The nodes of a model with these calls and functions, written out, as text. */
function inlined(nodes: NodeProto[], functions: FunctionProto[], out = 'y'): string[] {
  const model = modelOf({ node: nodes, output: output(out) }, { functions });
  const lines = printGraph(inlineFunctions(model)).split('\n');
  return lines.filter((line) => line.includes(' = ') || line.startsWith('function'));
}

/** An attribute that takes the value of the caller's. */
const reference = (name: string, refAttrName: string) =>
  create('AttributeProto', { name, refAttrName, type: 2 });

const twice = functionOf('Twice', 'a', 'b', [node('Add', 'a a', 'b', {}, { name: 'add' })]);

describe('functions written out', () => {
  it('take the values that they are called with', () => {
    expect(inlined([node('Twice', 'x', 'y', {}, mine)], [twice])).toEqual(['y = Add(x, x) # y/add']);
  });

  it('give values inside the name of the call, free of others', () => {
    const chain = functionOf('Chain', 'a', 'b', [node('Neg', 'a', 't'), node('Abs', 't', 'b')]);
    const calls = ['one', 'two'].map((name, i) =>
      node('Chain', i === 0 ? 'x' : 'm', i === 0 ? 'm' : 'y', {}, { ...mine, name }),
    );
    expect(inlined([node('Relu', 'i', 'one/t'), ...calls], [chain])).toEqual([
      'one/t = Relu(i)',
      'one/t_1 = Neg(x)',
      'm = Abs(one/t_1)',
      'two/t = Neg(m)',
      'y = Abs(two/t)',
    ]);
  });

  it('may call others', () => {
    const outer = functionOf('Outer', 'a', 'b', [
      node('Twice', 'a', 't', {}, { ...mine, name: 'in' }),
      node('Relu', 't', 'b'),
    ]);
    expect(inlined([node('Outer', 'x', 'y', {}, { ...mine, name: 'o' })], [twice, outer])).toEqual([
      'o/t = Add(x, x) # o/in/add',
      'y = Relu(o/t)',
    ]);
  });

  it('take attributes from the call, then their defaults, and leave out what nobody gives', () => {
    const body = create('NodeProto', {
      opType: 'Flatten',
      input: ['a'],
      output: ['b'],
      attribute: [reference('axis', 'from'), reference('other', 'absent')],
    });
    const flat = functionOf('Flat', 'a', 'b', [body], { attributeProto: attributes({ from: 2 }) });
    expect(inlined([node('Flat', 'x', 'y', { from: 3 }, mine)], [flat])).toEqual(['y = Flatten(x) {axis=3}']);
    expect(inlined([node('Flat', 'x', 'y', {}, mine)], [flat])).toEqual(['y = Flatten(x) {axis=2}']);
  });

  it('rename what bodies of If capture, and resolve attributes there', () => {
    const inner = create('NodeProto', {
      opType: 'Flatten',
      input: ['a'],
      output: ['t'],
      attribute: [reference('axis', 'from')],
    });
    const choose = functionOf('Choose', 'c a', 'b', [
      node('If', 'c', 'b', { then_branch: bodyOf([inner], 't') }),
    ]);
    const call = node('Choose', 'cond x', 'y', { from: 2 }, mine);
    expect(inlined([call], [choose])[1]?.trim()).toBe('t = Flatten(x) {axis=2}');
  });

  it('leave out inputs that are left out, and give out what they take in', () => {
    const pass = functionOf('Pass', 'a b', 'a', []);
    expect(inlined([node('Pass', 'x -', 'y', {}, mine)], [pass])).toEqual(['y = Identity(x)']);
    const pair = functionOf('Pair', 'a b', 'c', [node('Clip', 'a b', 'c')]);
    expect(inlined([node('Pair', 'x', 'y', {}, mine)], [pair])).toEqual(['y = Clip(x, "")']);
  });

  it('bring the opsets that they need', () => {
    const other = functionOf('Other', 'a', 'b', [node('Thing', 'a', 'b', {}, { domain: 'theirs' })], {
      opsetImport: [opset(17), opset(3, 'theirs')],
    });
    const call = node('Other', 'x', 'y', {}, mine);
    const { proto } = inlineFunctions(modelOf({ node: [call], output: output('y') }, { functions: [other] }));
    expect(proto.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([
      ['', 17],
      ['theirs', 3],
    ]);
    expect(proto.functions).toEqual([]);
  });

  it('stay where a body still calls them', () => {
    const body = bodyOf([node('Twice', 'x', 't', {}, mine)], 't');
    const lines = inlined([node('If', 'c', 'y', { then_branch: body })], [twice]);
    expect(lines.some((line) => line.startsWith('function mine::Twice'))).toBe(true);
  });
});

describe('functions that cannot be written out', () => {
  const refused = async (functions: FunctionProto[], opType: string) => {
    const model = modelOf({ node: [node(opType, 'x', 'y', {}, mine)], output: output('y') }, { functions });
    const { code, saw } = await refusalOf(() => inlineFunctions(model));
    return [code, saw];
  };

  it('call themselves', async () => {
    const loop = functionOf('Loop', 'a', 'b', [node('Loop', 'a', 'b', {}, mine)]);
    expect(await refused([loop], 'Loop')).toEqual(['UNSUPPORTED_MODEL', 'function mine::Loop calls itself']);
  });

  it('unfold without end', async () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      functionOf(
        `F${i}`,
        'a',
        'b',
        Array.from({ length: 10 }, (_, j) =>
          node(i === 0 ? 'Neg' : `F${i - 1}`, 'a', `t${j}`, {}, i === 0 ? {} : mine),
        ),
      ),
    );
    expect(await refused(many, 'F11')).toEqual([
      'UNSUPPORTED_MODEL',
      'functions unfold into more than 100000 nodes',
    ]);
  });

  it('are of another opset', async () => {
    const old = functionOf('Old', 'a', 'b', [node('Relu', 'a', 'b')], { opsetImport: [opset(12)] });
    expect(await refused([old], 'Old')).toEqual([
      'UNSUPPORTED_MODEL',
      'function mine::Old is of opset 12, the model of 17',
    ]);
  });
});
