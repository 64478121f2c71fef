/** Rewrites COUNT copies of a model in one process: many.mjs MODEL COUNT FOLDER. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rewriteAll } from '../dist/index.js';

const [model, count, folder] = process.argv.slice(2);
mkdirSync(join(folder, 'in'), { recursive: true });
for (let i = 0; i < Number(count); i++) copyFileSync(model, join(folder, `in/${i}.onnx`));

const out = join(folder, 'out');
const { done } = await rewriteAll(
  join(folder, 'in'),
  { head: 'arcface' },
  { out, validate: null, concurrency: 4 },
);
rmSync(folder, { recursive: true });
if (done !== Number(count)) throw new Error(`${done} of ${count}`);
