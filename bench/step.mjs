import { InferenceSession, Tensor } from 'onnxruntime-node';

/*
 * Training steps of a step graph in a process of its own. One line of JSON, as `step.py` prints it.
 *
 * usage: step.mjs GRAPH N D C SEEN ROUNDS WARM_UP NAME=INITIAL…
 *
 * SEEN below C is partial FC: the classes are drawn, and what is new of their rows is written back, by this host.
 */

const [path, ...rest] = process.argv.slice(2);
const [n, dim, classes, seen, rounds, warmUp] = rest.slice(0, 6).map(Number);
const scalars = rest.slice(6).map((given) => given.split('='));
const peak = () => process.resourceUsage().maxRSS / 1024;

/** As many numbers without a period that a row could have, made faster than by as many sines. */
function noise(length) {
  const piece = new Float32Array(1_048_573).map((_, i) => Math.sin(i * 1.7) + Math.sin(i * 0.3));
  const made = new Float32Array(length);
  for (let at = 0; at < length; at += piece.length) made.set(piece.subarray(0, length - at), at);
  return made;
}

const float = (data, dims) => new Tensor('float32', data, dims);
const int64 = (numbers) => new Tensor('int64', BigInt64Array.from(numbers, BigInt), [numbers.length]);

// A pattern is one more block of memory for all that the arena has already.
const session = await InferenceSession.create(path, { logSeverityLevel: 3, enableMemPattern: false });
const fixed = {
  embedding: float(noise(n * dim), [n, dim]),
  lr: float(Float32Array.of(0.1), []),
  ...Object.fromEntries(
    scalars.map(([name, initial]) => [name, float(Float32Array.of(Number(initial)), [])]),
  ),
};
const labels = Int32Array.from({ length: n }, (_, i) => (i * 37) % classes);
const carried = {
  weight: float(noise(classes * dim), [classes, dim]),
};
const before = peak();
// Filled, so that its memory is there before the first step, as PyTorch's is.
carried.weight_velocity = float(new Float32Array(classes * dim).fill(0), [classes, dim]);

// Tensors that are given to be written into would be written into and copied: the binding copies every output.
const asked = { loss: null, d_embedding: null, weight_next: null, weight_velocity_next: null };

/** A step over all classes: what is new takes the place of what was. */
async function whole() {
  const out = await session.run({ ...fixed, ...carried, labels: int64(labels) }, asked);
  carried.weight = out.weight_next;
  carried.weight_velocity = out.weight_velocity_next;
  return out.loss;
}

const order = Int32Array.from({ length: seen < classes ? classes : 0 }, (_, j) => j);
const placeOf = order.slice();

/** Puts the class at `from` of the order into the place `to`. */
function exchange(from, to) {
  const [a, b] = [order[from], order[to]];
  [order[from], order[to], placeOf[a], placeOf[b]] = [b, a, to, from];
}

/** The classes of the samples, then others at random, each once: the first `seen` of the order. */
function drawn() {
  let count = 0;
  for (const label of labels) if (placeOf[label] >= count) exchange(placeOf[label], count++);
  for (; count < seen; count++) exchange(count + Math.floor(Math.random() * (classes - count)), count);
  return order.subarray(0, seen);
}

/** A step over some of the classes. */
async function sampled() {
  const rows = drawn();
  const fed = {
    ...fixed,
    ...carried,
    rows: int64(rows),
    labels: int64(labels.map((label) => placeOf[label])),
  };
  const out = await session.run(fed, asked);
  for (const [name, { data }] of Object.entries(carried)) {
    const next = out[`${name}_next`].data;
    for (let i = 0; i < seen; i++) data.set(next.subarray(i * dim, (i + 1) * dim), rows[i] * dim);
  }
  return out.loss;
}

const step = seen < classes ? sampled : whole;
const times = [];
let loss;
for (let round = -warmUp; round < rounds; round++) {
  const start = performance.now();
  loss = await step();
  if (round >= 0) times.push((performance.now() - start) / 1000);
}
process.stdout.write(`${JSON.stringify({ times, loss: loss.data[0], megabytes: peak() - before })}\n`);
