import { InferenceSession, Tensor } from 'onnxruntime-node';

/*
 * What no training step can be faster than: the seconds of a product [N, D] × [D, C], and of reading and writing [D, C]. One
 * line of JSON.
 *
 * usage: floor.mjs PRODUCT COPY N D C, two graphs of `writeFloor`
 */

const ROUNDS = 15;
const WARM_UP = 3;
const [product, copy, ...sizes] = process.argv.slice(2);
const [n, dim, classes] = sizes.map(Number);

function wave(dims) {
  const made = new Float32Array(dims[0] * dims[1]);
  for (let i = 0; i < made.length; i++) made[i] = Math.sin(i);
  return new Tensor('float32', made, dims);
}

const feeds = { x: wave([n, dim]), w: wave([dim, classes]) };

/** The median over runs. All nodes run, but nothing large is asked for: the binding would copy it. */
async function seconds(path) {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3 });
  const times = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const start = performance.now();
    await session.run(feeds, ['done']);
    if (round >= 0) times.push((performance.now() - start) / 1000);
  }
  await session.release();
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
}

process.stdout.write(`${JSON.stringify({ product: await seconds(product), copy: await seconds(copy) })}\n`);
