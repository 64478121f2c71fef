import { describe, expect, it } from 'vitest';
import { HEADS } from '#heads/index.js';
import { withFields } from '#model/codec.js';
import { deriveModel, type Model } from '#model/model.js';
import { readModel } from '#model/read.js';
import type { RewriteOptions } from '#rewrite/rewrite.js';
import { rewrite } from '#rewrite/rewrite.js';
import { type StepModelOptions, stepModel } from '#rewrite/step-model.js';
import { validate } from '#validate/validate.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { SOFTWARE_VULKAN, useSoftwareVulkan } from '../helpers/vulkan.ts';

const model = await readModel(fixtureModel('digits-cnn'));

const failedIn = (checks: readonly { ok: boolean; name: string }[]) =>
  checks.filter(({ ok }) => !ok).map(({ name }) => name);

const made = (options: RewriteOptions, step: StepModelOptions = {}) => stepModel(model, options, step);

describe('the graph of a step', () => {
  it.each(HEADS.map(({ name }) => name))('of %s makes what float64 makes', async (head) => {
    const step = made({ head }, { gradients: true });
    const { checks } = await validate(model, { step }, { provider: 'cpu', samples: 6 });
    expect(failedIn(checks)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['step loss', 'step weight_next', 'step d_embedding']),
    );
  });

  it.each<StepModelOptions>([
    { from: 'inputs' },
    { optimiser: 'adamw', weightDecay: 0.01 },
    { momentum: 0, weightDecay: 5e-4, clipNorm: 0.5 },
  ])('with %o does too', async (options) => {
    const step = made({ head: 'arcface', labelSmoothing: 0.1 }, options);
    const { checks } = await validate(model, { step }, { provider: 'cpu', samples: 6 });
    expect(failedIn(checks)).toEqual([]);
  });

  it.each(['softmax', 'arcface', 'subcenter-arcface', 'uniface', 'dynamic-arcface'])(
    'of %s over sampled classes does too',
    async (head) => {
      const parameters = head === 'uniface' ? { variant: 'bce' } : {};
      const classWeights = head === 'uniface' ? {} : { classWeights: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] };
      const options: StepModelOptions = { sampledClasses: 4, optimiser: 'adamw', gradients: true };
      const step = made({ head, parameters, ...classWeights }, options);
      const { checks } = await validate(model, { step }, { provider: 'cpu', samples: 6 });
      expect(failedIn(checks)).toEqual([]);
      const next = step.proto.graph?.output.find(({ name }) => name === 'weight_next');
      const [rows] = next?.type?.tensorType?.shape?.dim ?? [];
      expect(rows?.dimValue).toBe(head === 'subcenter-arcface' ? 12 : 4);
    },
  );

  it('of sampled classes is the step of all where all are sampled', async () => {
    const [all, sampled] = [made({ head: 'cosface' }), made({ head: 'cosface' }, { sampledClasses: 10 })];
    const least = async (step: Model) =>
      (await validate(model, { step }, { provider: 'cpu', samples: 4 })).checks.map(({ worst, name }) => [
        name,
        worst?.expected,
      ]);
    expect((await least(sampled))[0]).toEqual((await least(all))[0]);
  });

  it('is found out where it computes something else', async () => {
    const step = made({ head: 'cosface' });
    const wrong = withNode(step, 'weight_next', 'Add');
    const { ok, checks } = await validate(model, { step: wrong }, { provider: 'cpu', samples: 6 });
    expect(ok).toBe(false);
    expect(failedIn(checks)).toEqual(['step weight_next']);
  });

  it('belongs to the layer that the others belong to', async () => {
    const { train } = rewrite(model, { head: 'cosface' });
    const step = made({ head: 'cosface' });
    const { ok } = await validate(model, { train, step }, { provider: 'cpu', samples: 4 });
    expect(ok).toBe(true);
  });

  it.skipIf(SOFTWARE_VULKAN === null)(
    'runs on WebGPU (needs a Vulkan device, such as that of Debian’s chromium)',
    async () => {
      const step = made({ head: 'arcface', labelType: 'int32' });
      const { checks, proof } = await validate(model, { step }, { provider: 'webgpu', samples: 4 });
      expect(failedIn(checks)).toEqual([]);
      expect(proof.level).toBe('strict');
    },
  );
  useSoftwareVulkan();
});

/** The model with another operator where a value is made. */
function withNode(step: Model, value: string, opType: string): Model {
  const { graph } = step.proto;
  if (!graph) throw new Error('no graph');
  const node = graph.node.map((each) => (each.output.includes(value) ? withFields(each, { opType }) : each));
  return deriveModel(step, withFields(step.proto, { graph: withFields(graph, { node }) }));
}
