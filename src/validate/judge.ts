import { extractFrom, withExtraOutputs } from '../graph/extract.ts';
import { tensorInfo } from '../graph/value-info.ts';
import { hasFixedNorms } from '../rewrite/train.ts';
import { alarmCheck, type Check, type CheckTitle, checkOf, type Result } from './checks.ts';
import type { Device } from './device.ts';
import { edgeBatches } from './edges.ts';
import { expectationsOf, outputsOf, type Rows, type Run, rowsOf } from './expectations.ts';
import type { Original } from './original.ts';
import type { ProvenSessions } from './proven-sessions.ts';
import type { Subject } from './recipe.ts';
import type { Session } from './runtime.ts';
import type { Feeds } from './samples.ts';
import { graphFeeds, noiseFor, type SeamFeed, seamFeeds, takenFeeds } from './seam-batches.ts';
import { backboneTolerance, fixedNormsTolerance, SAME, unroundedDrift } from './tolerances.ts';
import type { Feed, Fetched } from './wire-tensors.ts';

/** What the outputs of a run are compared with; the loss with that of the logits beside it. */
const against = (output: string) => (output === 'loss' ? 'float64, its own logits' : 'float64 reference');

/** Samples with labels, and what the original gave for them. */
export interface Evidence {
  readonly batches: readonly Feeds[];
  /** Labels of each batch, one a row of its embeddings. */
  readonly labels: readonly (readonly number[])[];
  readonly original: Original;
}

/** A subject with what all its checks need. */
interface Bench {
  readonly subject: Subject;
  readonly rows: Rows;
  readonly device: Device;
  /** The names of its outputs that are checked. */
  readonly outputs: readonly string[];
}

/** All checks of one graph on the device: over samples through the whole graph, and over its edges from the embedding on. */
export async function judge(
  subject: Subject,
  evidence: Evidence,
  sessions: ProvenSessions,
  device: Device,
): Promise<Check[]> {
  const rows = rowsOf(subject);
  const bench = { subject, rows, device, outputs: outputsOf(subject) };
  return [...(await judgeSamples(bench, evidence, sessions)), ...(await judgeEdges(bench, sessions))];
}

const titleOf = (
  { subject: { kind }, device: { provider } }: Bench,
  output: string,
  suffix = '',
): CheckTitle => ({
  name: `${kind} ${output}${suffix}`,
  graph: kind,
  output,
  provider,
  against: against(output),
});

/** The graph as a user runs it. The head is judged by the embedding that this very run gave. */
async function judgeSamples(bench: Bench, evidence: Evidence, sessions: ProvenSessions): Promise<Check[]> {
  const { subject, device, outputs } = bench;
  const { plan, embedding } = subject;
  const results = new Resulting(bench, unroundedDrift(plan.tail.embedding.element));
  const embeddings: Result[] = [];
  await sessions.with(withExtraOutputs(subject.model, [embedding]), async (session) => {
    for (const [i, batch] of evidence.batches.entries()) {
      const labels = evidence.labels[i] ?? [];
      const before = evidence.original.embeddings[i];
      if (before === undefined) throw new Error('the original was run with fewer batches');
      const noise = noiseFor(plan, labels.length);
      const feeds = graphFeeds(subject.kind, plan, batch, { labels, noise }, before.dims);
      const fetched = await session.run(feeds, [...outputs, embedding]);
      const x = numbersOf(fetched, embedding);
      embeddings.push(sameEmbedding(fetched[embedding]?.data ?? [], before, bench));
      results.add(fetched, { x, labels, noise });
    }
  });
  // With what training has left in its layers, where it changed any.
  const whose = plan.trainedLayers.length === 0 ? 'the original' : 'trained layers';
  const original = device.provider === 'cpu' ? whose : `${whose} on the CPU`;
  return [
    checkOf({ ...titleOf(bench, 'embedding'), output: embedding, against: original }, embeddings),
    ...outputs.map((output) => checkOf(titleOf(bench, output), results.of(output))),
  ];
}

function sameEmbedding(
  again: ArrayLike<unknown>,
  { element, dims, data }: Fetched,
  { subject: { kind, plan }, device }: Bench,
): Result {
  // In float64, which a backbone may compute in.
  const got = Float64Array.from(again as ArrayLike<number>, Number);
  const expected = Float64Array.from(data as Float32Array, Number);
  const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const sameNodes = kind === 'infer' || !hasFixedNorms(plan) ? SAME : fixedNormsTolerance(largest);
  const tolerance = device.provider === 'cpu' ? sameNodes : backboneTolerance(element, largest);
  return { got, expected, dims, tolerance, slack: null };
}

/** The part from the embedding on, at angles and lengths where heads go wrong. */
async function judgeEdges(bench: Bench, sessions: ProvenSessions): Promise<Check[]> {
  const { subject, outputs } = bench;
  const { element, shape } = subject.plan.tail.embedding;
  const seam = tensorInfo(subject.embedding, element, shape);
  return sessions.with(extractFrom(subject.model, [seam], outputs), async (session) => {
    const results = new Resulting(bench);
    for (const { x, labels } of edgeBatches(subject, bench.rows))
      await judgeRows(bench, session, x, labels, results);
    const checks = outputs.map((output) =>
      checkOf(titleOf(bench, output, ' at the edges'), results.of(output)),
    );
    return subject.kind === 'train' ? [...checks, await judgeBadLabels(bench, session)] : checks;
  });
}

async function judgeRows(
  bench: Bench,
  session: Session,
  x: Float32Array,
  labels: readonly number[],
  results: Resulting,
): Promise<void> {
  const { subject } = bench;
  const { dim } = subject.plan.tail.weight;
  for (const feed of seamFeeds(subject.plan, x, labels)) {
    const noise = noiseFor(subject.plan, feed.to - feed.from);
    const fetched = await session.run(feedsOf(subject, feed, noise), bench.outputs);
    const own = {
      x: x.subarray(feed.from * dim, feed.to * dim),
      labels: labels.slice(feed.from, feed.to),
      noise,
    };
    results.add(fetched, own);
  }
}

function feedsOf(
  { kind, embedding, plan }: Subject,
  { x, labels }: SeamFeed,
  noise: Run['noise'],
): Readonly<Record<string, Feed>> {
  return kind === 'train'
    ? { [embedding]: x, labels, ...takenFeeds(plan, noise, labels.dims) }
    : { [embedding]: x };
}

/** Labels just outside the classes. */
async function judgeBadLabels(bench: Bench, session: Session): Promise<Check> {
  const { plan } = bench.subject;
  const { classes, dim } = plan.tail.weight;
  const bad = [-1, classes, classes + 1].filter((label) => label !== plan.ignoreIndex);
  const losses: { label: number; loss: number }[] = [];
  for (const label of bad) {
    const x = new Float32Array(dim).fill(1);
    const [feed] = seamFeeds(plan, x, [label]);
    if (feed === undefined) continue;
    const fetched = await session.run(feedsOf(bench.subject, feed, noiseFor(plan, 1)), ['loss']);
    losses.push({ label, loss: numbersOf(fetched, 'loss')[0] ?? Number.NaN });
  }
  const title = { ...titleOf(bench, 'loss'), name: 'train loss of bad labels', against: 'no silent number' };
  return alarmCheck(title, losses);
}

/** What runs gave, output by output, beside what they should have given. */
class Resulting {
  readonly #bench: Bench;
  readonly #drift: number;
  readonly #byOutput = new Map<string, Result[]>();

  constructor(bench: Bench, drift = 0) {
    this.#bench = bench;
    this.#drift = drift;
  }

  add(fetched: Readonly<Record<string, Fetched>>, run: Omit<Run, 'got'>): void {
    const { subject, rows, device, outputs } = this.#bench;
    const got = (output: string) => numbersOf(fetched, output);
    const expectations = expectationsOf(subject, rows, { ...run, got }, device.provider, this.#drift);
    for (const [i, output] of outputs.entries()) {
      const expectation = expectations[i];
      if (expectation === undefined) throw new Error(`nothing is expected of ${output}`);
      // A batch may have been filled up; only the rows that are meant count.
      const meant = got(output).subarray(0, expectation.expected.length);
      this.#byOutput.set(output, [...this.of(output), { ...expectation, got: meant }]);
    }
  }

  of(output: string): readonly Result[] {
    return this.#byOutput.get(output) ?? [];
  }
}

function numbersOf(fetched: Readonly<Record<string, Fetched>>, name: string): Float32Array {
  const data = fetched[name]?.data;
  if (data instanceof Float32Array) return data;
  return Float32Array.from((data ?? []) as Float64Array, Number);
}
