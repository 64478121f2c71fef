import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contents, contentsIn, freshFolder, runCommand, stateOf } from '../../helpers/faults.ts';
import { gemmModel } from '../../helpers/gemm-model.ts';
import { check, say, tally } from './findings.ts';
import { ROOT } from './place.ts';

/** Writes one of two versions over the other again and again, in its place and piece by piece, and rests between. */
const WRITER = `
  import { openSync, readFileSync, writeSync } from 'node:fs';
  const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  const versions = [0, 1].map((i) => readFileSync(i + '.onnx'));
  const fd = openSync('model.onnx', 'r+');
  for (let round = 0; ; round++) {
    const bytes = versions[round % 2];
    for (let at = 0; at < bytes.length; at += 1 << 17) {
      writeSync(fd, bytes, at, Math.min(1 << 17, bytes.length - at), at);
      pause(1);
    }
    pause(Math.random() * 1500);
  }`;

/** Two models of one size, every number of a last layer of 2 MB a little other. */
function twoVersions(): readonly [Uint8Array, Uint8Array] {
  const one = gemmModel({ classes: 1000, dim: 512 });
  const other = Uint8Array.from(one);
  // Before and behind the layer stand some hundred bytes of all else.
  for (let at = 1000; at < one.length - 1000; at += 4) other[at] = (other[at] ?? 0) ^ 1;
  return [one, other];
}

/** A source that another process writes to, of the same size all the time: what comes of it is of one version. */
export async function changingSource(rounds: number): Promise<void> {
  const work = join(ROOT, 'sources');
  const [place, model] = [join(work, 'place'), join(work, 'model.onnx')];
  const rewritten = async () => {
    freshFolder(place, null);
    const words = ['rewrite', '../model.onnx', '--head', 'arcface', '--no-validate', '-o', 'out'];
    return runCommand(place, words);
  };
  const versions = twoVersions();
  const made: Contents[] = [];
  for (const [i, bytes] of versions.entries()) {
    mkdirSync(work, { recursive: true });
    for (const path of [model, join(work, `${i}.onnx`)]) writeFileSync(path, bytes);
    await rewritten();
    made.push(contentsIn(join(place, 'out')));
  }
  const [one = {}, other = {}] = made;
  const seen = tally();
  const writer = spawn(process.execPath, ['--input-type=module', '--eval', WRITER], { cwd: work });
  try {
    for (let round = 0; round < rounds; round++) {
      const { code, err } = await rewritten();
      const { files, left } = stateOf(join(place, 'out'), one, other);
      const isRefused = code === 3 && /UNREADABLE_MODEL .* has changed since it was read/.test(err);
      seen.add(isRefused ? 'refused' : `${files === 'old' ? 'of the one' : 'of the other'} version`);
      const isEmpty = Object.keys(contentsIn(place)).length === 0;
      const fine = isRefused ? isEmpty : code === 0 && files !== 'mixed' && left.length === 0;
      check(fine, `a source that changes: exit ${code}, ${files}, ${err}`);
    }
  } finally {
    writer.kill('SIGKILL');
  }
  say(`  ${rounds} rewrites of a source that another process writes to: ${seen.text()}`);
}
