import { describe, expect, it } from 'vitest';
import { writeModel } from '#model/write.js';
import type { Provider } from '#validate/runtime.js';
import { backwardModel, feedsOf, forwardInFloat64, upOf, valuesOf } from '../helpers/backward-model.ts';
import { useRuntime } from '../helpers/use-runtime.ts';
import { SOFTWARE_VULKAN } from '../helpers/vulkan.ts';
import { BACKWARD_CASES, type BackwardCase } from './cases.ts';

/** What has a node on the CPU, and why. */
const NOT_ALL: Readonly<Record<string, string>> = {
  Selu: 'no kernel for the operator itself',
  Softsign: 'no kernel for the operator itself',
  Dropout: 'no kernel for the operator itself',
  Sum: 'no kernel for the operator itself',
  LogSoftmax: 'no kernel for the operator itself',
  'ReduceMean over one axis': 'an open size is counted in integers',
  GlobalAveragePool: 'an open size is counted in integers',
};

const live = useRuntime();

async function gradients(one: BackwardCase, provider: Provider, strict: boolean) {
  const opset = Math.max(17, one.since ?? 7);
  const up = upOf(forwardInFloat64(one, opset, valuesOf(one)));
  const path = live.scratch.path(`${one.name.replaceAll(/\W/g, '-')}.onnx`);
  await writeModel(path, backwardModel(one, opset, up), { force: true });
  const session = await live.runtime.open({ model: path, provider, strict });
  const got = await session.run(feedsOf(one, up));
  await session.release();
  return got;
}

describe.skipIf(SOFTWARE_VULKAN === null)(
  'gradients on WebGPU, with no node on the CPU (needs a Vulkan device, such as that of Debian’s chromium)',
  () => {
    it.each(BACKWARD_CASES.map((each) => [each.name, each] as const))('%s', async (name, one) => {
      const cpu = await gradients(one, 'cpu', false);
      const gpu = await gradients(one, 'webgpu', !Object.hasOwn(NOT_ALL, name));
      for (const [output, { data }] of Object.entries(cpu)) {
        const expected = Array.from(data, Number);
        const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
        for (const [i, v] of expected.entries()) {
          // Exp, Tanh and Erf of shaders are good to about 1e-6, sums of them to a few of that.
          const off = Math.abs(Number(gpu[output]?.data[i]) - v) / largest;
          expect(off, `${output}[${i}]`).toBeLessThan(2e-5);
        }
      }
    });
  },
);
