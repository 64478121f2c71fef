import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { constant, input, matmul, mul, named, transpose } from '#expr/build.js';
import { emit } from '#expr/emit.js';
import { evaluate } from '#expr/evaluate.js';
import { TARGETS, type Target, VOCABULARIES } from '#expr/vocabulary.js';
import { tensorInfo } from '#graph/value-info.js';
import { create, encode } from '#model/codec.js';
import type { Element } from '#model/elements.js';
import { type Feed, type Runtime, startRuntime } from '#validate/runtime.js';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';
import { EXPR_CASES, type ExprCase } from './cases.ts';

/** Opsets at which an operator that we use changed, and the newest that ONNX Runtime takes. */
const OPSETS = [7, 8, 9, 11, 13, 17, 18, 21, 26];

/** IR versions under which the opsets came out; the runtime takes up to 13. */
const IR_VERSION = 8;

const folder = mkdtempSync(join(tmpdir(), 'onnx-margin-emit-'));

/** One model with every case as an output: inputs are shared, names are `<case number>/<name>`. */
function modelOf(cases: readonly ExprCase[], opset: number, target: Target): Uint8Array {
  const fresh = freshNames();
  const inputs = new Map(cases.flatMap((c) => Object.entries(c.inputs)));
  const bind = Object.fromEntries([...inputs.keys()].map((name) => [name, name]));
  const roots = Object.fromEntries(cases.map(({ expr }, i) => [`case${i}`, expr]));
  const { nodes, initializers } = emit(roots, { opset, bind, fresh, target });
  const graph = create('GraphProto', {
    name: 'cases',
    node: nodes,
    initializer: initializers,
    input: [...inputs].map(([name, { dtype, shape }]) => tensorInfo(name, dtype as Element, shape)),
    output: cases.map(({ expr }, i) => tensorInfo(`case${i}`, 'float32', expr.shape)),
  });
  const opsetImport = [create('OperatorSetIdProto', { domain: '', version: opset })];
  return encode('ModelProto', create('ModelProto', { irVersion: IR_VERSION, opsetImport, graph }));
}

function feedsOf(cases: readonly ExprCase[]): Record<string, Feed> {
  const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;
  return Object.fromEntries(
    cases.flatMap(({ inputs }) =>
      Object.entries(inputs).map(([name, { dtype, value }]) => {
        const data =
          dtype === 'int64' ? BigInt64Array.from(value.data, BigInt) : arrays[dtype].from(value.data);
        return [name, { element: dtype, dims: value.shape, data }];
      }),
    ),
  );
}

/** Float32 arithmetic: a few roundings of 2⁻²⁴ each; WebGPU's exp and log are good to about 1e-6. */
const BOUNDS = { cpu: 2e-6, webgpu: 2e-5 };

async function check(
  runtime: Runtime,
  provider: 'cpu' | 'webgpu',
  opset: number,
  target: Target = 'onnxruntime',
): Promise<void> {
  const path = join(folder, `${opset}.${target}.onnx`);
  writeFileSync(path, modelOf(EXPR_CASES, opset, target));
  const session = await runtime.open({ model: path, provider });
  const outputs = await session.run(feedsOf(EXPR_CASES));
  for (const [i, { name, expr, inputs }] of EXPR_CASES.entries()) {
    const bindings = Object.fromEntries(Object.entries(inputs).map(([key, { value }]) => [key, value]));
    const [expected] = evaluate([expr], bindings);
    const got = outputs[`case${i}`];
    expect(got?.dims, name).toEqual(expected?.shape);
    expected?.data.forEach((value, k) => {
      const error = Math.abs(Number(got?.data[k]) - value) / Math.max(1, Math.abs(value));
      expect(error, `${name}[${k}]: ${got?.data[k]} for ${value}`).toBeLessThan(BOUNDS[provider]);
    });
  }
  await session.release();
}

describe('what is emitted computes what is evaluated', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = startRuntime(SOFTWARE_VULKAN === null ? {} : { env: SOFTWARE_VULKAN });
  });
  afterAll(async () => {
    await runtime.close();
    rmSync(folder, { recursive: true });
  });

  it.each(OPSETS)('opset %i on the CPU', async (opset) => check(runtime, 'cpu', opset));

  const written = TARGETS.filter((target) => target !== 'onnxruntime').flatMap((target) => {
    const [first, last] = VOCABULARIES[target].opsets;
    return [9, 10, ...OPSETS.slice(3)]
      .filter((opset) => first <= opset && opset <= last)
      .map((opset) => [target, opset] as const);
  });
  it.each(written)('for %s at opset %i on the CPU', async (target, opset) =>
    check(runtime, 'cpu', opset, target),
  );

  it.skipIf(SOFTWARE_VULKAN === null).each(OPSETS)(
    'opset %i on WebGPU (needs a Vulkan device, such as the one in Debian’s chromium)',
    async (opset) => check(runtime, 'webgpu', opset),
  );
});

describe('emit', () => {
  const fresh = freshNames();
  const x = input('x', 'float32', ['N', 2]);

  it('writes equal expressions once, whatever they are called', () => {
    const product = () => mul(x, constant(3));
    const { nodes } = emit(
      { a: named('first', product()), b: named('second', product()) },
      { opset: 17, bind: { x: 'x' }, fresh },
    );
    expect(nodes.map(({ opType }) => opType)).toEqual(['Mul', 'Identity']);
  });

  it('adds no scalar in a Gemm, which ends the process on WebGPU', () => {
    const y = input('y', 'float32', ['N', 2]);
    const { initializers } = emit(
      { out: matmul(x, transpose(y)) },
      { opset: 7, bind: { x: 'x', y: 'y' }, fresh: freshNames() },
    );
    expect(initializers.map(({ dims }) => dims.map(Number))).toEqual([[1]]);
  });

  it('gives the same names every time', () => {
    const names = () =>
      emit(
        { out: mul(mul(x, 2), mul(x, 3)) },
        { opset: 17, bind: { x: 'x' }, fresh: freshNames() },
      ).nodes.map(({ name }) => name);
    expect(names()).toEqual(names());
  });

  it('reports a default that was left to it', () => {
    const lambda = input('lambda', 'float32', [], { shape: [], data: Float64Array.of(5) });
    const { defaults, used } = emit({ out: mul(x, lambda) }, { opset: 17, bind: { x: 'x' }, fresh });
    expect(defaults.map(({ name }) => name)).toEqual(['lambda']);
    expect([...used]).toEqual(['x', 'lambda']);
  });
});

/** Names that are free, in a graph that has none yet. */
function freshNames(): (wanted: string) => string {
  const taken = new Set<string>();
  return (wanted) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
}
