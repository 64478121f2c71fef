import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '#model/model.js';
import { rewrite } from '#rewrite/rewrite.js';
import { findTail } from '#tail/find.js';
import { prepare } from '#tail/prepare.js';
import type { Tail } from '#tail/tail.js';
import { type Runtime, startRuntime } from '#validate/runtime.js';
import { validate } from '#validate/validate.js';
import { layerError } from '../helpers/layer-error.ts';
import { outputsOf } from '../helpers/outputs-of.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { writtenModel } from '../helpers/written-model.ts';
import { CATALOGUE, type Entry } from './catalogue.ts';
import { catalogueText } from './catalogue-text.ts';

const modelOf = ({ text }: Entry) => writtenModel(text.join('\n'));
/** A quantised layer rounds its input and its scores, to half a step of up to 0.05 here; others are the same numbers. */
const STEP = 0.05;

/**
 * float16 keeps 11 bits of the scores. Quantised ones are off by half a step before a bias is added, and ONNX Runtime
 * brings float weights to 8 bits itself where input and scores are quantised.
 */
function allowedFor({ quantised, embedding }: Tail): number {
  if (quantised) return 0.01;
  return embedding.element === 'float16' ? 1e-3 : 1e-6;
}

/** What was put into plain operators computes what it did before. */
async function expectAlike(runtime: Runtime, before: Model, after: Model): Promise<void> {
  const quantised = before.proto.graph?.node.some(({ opType = '' }) =>
    /Quant|Integer|QGemm|QLinear/.test(opType),
  );
  const [was, is] = [await outputsOf(runtime, before), await outputsOf(runtime, after)];
  expect(Object.keys(is)).toEqual(Object.keys(was));
  for (const [name, numbers] of Object.entries(was)) {
    const off = numbers.map((x, i) => Math.abs(x - (is[name]?.[i] ?? Number.NaN)));
    const largest = Math.max(1, ...numbers.map(Math.abs));
    expect(numbers.length).toBeGreaterThan(1);
    expect(Math.max(...off) / largest, name).toBeLessThan(quantised ? STEP : 1e-6);
  }
}

const titled = CATALOGUE.map((entry) => [`${entry.family}: ${entry.written}`, entry] as const);
const rewritten = titled.filter(([, { fate }]) => 'form' in fate);
const refused = titled.filter(([, { fate }]) => 'saw' in fate);

describe('forms of tails that are rewritten', () => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = startRuntime();
  });
  afterAll(async () => runtime.close());

  it.each(rewritten)('%s', async (_, entry) => {
    const model = modelOf(entry);
    const { view } = prepare(model);
    const { tail } = findTail(view, {});
    expect('form' in entry.fate && entry.fate.form).toBe(tail.form);
    expect(await layerError(runtime, view.model, tail)).toBeLessThan(allowedFor(tail));
    if (view.model !== model) await expectAlike(runtime, model, view.model);
    const made = rewrite(model, { head: 'arcface' });
    const { checks } = await validate(model, made, { provider: 'cpu', samples: 4 });
    expect(checks.length).toBeGreaterThan(6);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe('forms of tails that are refused', () => {
  it.each(refused)('%s', async (_, entry) => {
    const { code, saw } = await refusalOf(() => findTail(prepare(modelOf(entry)).view, {}));
    expect({ code, saw }).toEqual({ code: 'TAIL_NOT_FOUND', ...entry.fate });
  });
});

it('docs/tails.md says so', async () => {
  await expect(catalogueText(CATALOGUE)).toMatchFileSnapshot('../../docs/tails.md');
});
