import { InferenceSession, Tensor } from 'onnxruntime-node';

/*
 * Training steps of a step graph in a process of its own. One line of JSON, as `step.py` prints it.
 *
 * usage: step.mjs GRAPH N D C ROUNDS WARM_UP NAME=INITIAL…
 */

const [path, ...rest] = process.argv.slice(2);
const [n, dim, classes, rounds, warmUp] = rest.slice(0, 5).map(Number);
const scalars = rest.slice(5).map((given) => given.split('='));
const peak = () => process.resourceUsage().maxRSS / 1024;

const noise = (length) => new Float32Array(length).map((_, i) => Math.sin(i * 1.7) + Math.sin(i * 0.3));
const float = (data, dims) => new Tensor('float32', data, dims);
const labels = BigInt64Array.from({ length: n }, (_, i) => BigInt((i * 37) % classes));
const session = await InferenceSession.create(path, { logSeverityLevel: 3 });
const fixed = {
  embedding: float(noise(n * dim), [n, dim]),
  labels: new Tensor('int64', labels, [n]),
  lr: float(Float32Array.of(0.1), []),
  ...Object.fromEntries(
    scalars.map(([name, initial]) => [name, float(Float32Array.of(Number(initial)), [])]),
  ),
};
// Two buffers for each tensor that is trained: what a step reads and what it writes. Fresh ones every time would cost as much
// as the arithmetic.
const matrix = () => float(new Float32Array(classes * dim), [classes, dim]);
let [now, next] = [0, 1].map(() => ({ weight: matrix(), weight_velocity: matrix() }));
now.weight.data.set(noise(classes * dim));
const before = peak();
const times = [];
let loss;
for (let round = -warmUp; round < rounds; round++) {
  const start = performance.now();
  const out = await session.run(
    { ...fixed, ...now },
    {
      loss: null,
      d_embedding: null,
      weight_next: next.weight,
      weight_velocity_next: next.weight_velocity,
    },
  );
  [now, next] = [next, now];
  if (round >= 0) times.push((performance.now() - start) / 1000);
  loss = out.loss.data[0];
}
process.stdout.write(`${JSON.stringify({ times, loss, megabytes: peak() - before })}\n`);
