import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tensorInfo } from '#graph/value-info.js';
import { create } from '#model/codec.js';
import type { Model } from '#model/model.js';
import { isAbandoned, ownMark } from '#model/owner.js';
import { makeTensor } from '#model/tensors.js';
import { writeModel } from '#model/write.js';
import { startRuntime } from '#validate/runtime.js';
import { fixtureModel } from '../helpers/fixtures.ts';
import { refusalOf } from '../helpers/refusal.ts';
import { contentsOf, scratchFolder } from '../helpers/scratch.ts';
import { modelOf } from '../helpers/tiny-model.ts';

const bin = fileURLToPath(new URL('../../bin/onnx-margin.js', import.meta.url));
const digits = fixtureModel('digits-cnn');

/** The processes that a process has started (Linux). */
function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** A process as the system knows it, number and time of start; null for one that has ended, waited for or not. */
function processOf(pid: number): string | null {
  try {
    const [, facts = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [state, ...rest] = facts.split(' ');
    return state === 'Z' ? null : `${pid} ${rest[18]}`;
  } catch {
    return null;
  }
}

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    await pause(20);
  }
}

/** `rewrite` in a process of its own, with folders of its own for its files and for temporary ones. */
function begin(folder: string): ChildProcess {
  const env = { ...process.env, TMPDIR: join(folder, 'tmp') };
  const words = [bin, 'rewrite', digits, '--head', 'arcface', '--provider', 'cpu', '-o', join(folder, 'out')];
  return spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

const ends = (child: ChildProcess) =>
  new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.on('close', (code, by) => resolve(by ?? code)),
  );

describe.skipIf(process.platform !== 'linux')('a rewrite that ends while ONNX Runtime works for it', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'by %s leaves no process and no folder',
    async (signal) => {
      const folder = scratchFolder();
      writeFileSync(join(folder, 'marker'), '');
      const temporary = join(folder, 'tmp');
      mkdirSync(temporary);
      const child = begin(folder);
      let said = '';
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
      const ended = ends(child);
      const runtime = await until(() => child.pid !== undefined && childrenOf(child.pid)[0]);
      const running = processOf(runtime);
      expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^onnx-margin-\w+$/)]);
      child.kill(signal);
      expect(await ended).toBe(signal);
      await until(() => processOf(runtime) !== running && readdirSync(temporary).length === 0);
      if (signal === 'SIGKILL') return;
      expect(said).toContain(`${signal}: interrupted; nothing was written, and what was there is as it was`);
      expect(contentsOf(folder)).toEqual(['marker', 'tmp']);
    },
  );

  it('also when a run never ends', async () => {
    const [folder, scratch] = [scratchFolder(), scratchFolder()];
    await writeModel(join(folder, 'endless.onnx'), endlessModel());
    const script = `
      import { startRuntime } from ${JSON.stringify(new URL('../../dist/validate/runtime.js', import.meta.url).href)};
      const runtime = startRuntime({ scratch: ${JSON.stringify(scratch)} });
      const session = await runtime.open({ model: 'endless.onnx', provider: 'cpu' });
      void session.run({ x: { element: 'float32', dims: [1], data: Float32Array.of(1) } });
      console.log('running');`;
    writeFileSync(join(folder, 'work.mjs'), script);
    const child = spawn(process.execPath, ['work.mjs'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = ends(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    const [runtime = 0] = childrenOf(child.pid ?? 0);
    const running = processOf(runtime);
    expect(existsSync(scratch)).toBe(true);
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    await until(() => processOf(runtime) !== running && !existsSync(scratch));
  });
});

/** A loop that counts to 2^60. */
function endlessModel(): Model {
  const scalar = (name: string, element: 'float32' | 'int64' | 'bool', shape: readonly number[] = []) =>
    tensorInfo(name, element, shape);
  const add = create('NodeProto', { opType: 'Add', input: ['v', 'v'], output: ['w'] });
  const same = create('NodeProto', { opType: 'Identity', input: ['c'], output: ['d'] });
  const g = create('GraphProto', {
    name: 'body',
    node: [add, same],
    input: [scalar('i', 'int64'), scalar('c', 'bool'), scalar('v', 'float32', [1])],
    output: [scalar('d', 'bool'), scalar('w', 'float32', [1])],
  });
  const attribute = [create('AttributeProto', { name: 'body', type: 5, g })];
  return modelOf({
    node: [create('NodeProto', { opType: 'Loop', input: ['n', '', 'x'], output: ['y'], attribute })],
    initializer: [makeTensor('n', [], BigInt64Array.of(2n ** 60n))],
    input: [scalar('x', 'float32', [1])],
    output: [scalar('y', 'float32', [1])],
  });
}

describe.skipIf(process.platform !== 'linux')('ONNX Runtime', () => {
  const only = () =>
    until(() => childrenOf(process.pid).find((pid) => commandOf(pid).includes('runtime-child')));
  const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8');

  it('that stands still is ended after the time that it was given', async () => {
    const runtime = startRuntime({ timeout: 2 });
    const pid = await only();
    process.kill(pid, 'SIGSTOP');
    const refusal = await refusalOf(() => runtime.open({ model: digits, provider: 'cpu' }));
    expect(refusal).toMatchObject({
      code: 'RUNTIME_FAILED',
      saw: expect.stringMatching(/^no answer after 2 s/),
    });
    await runtime.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it('that crashes is an error of what it was asked', async () => {
    const runtime = startRuntime();
    const session = await runtime.open({ model: digits, provider: 'cpu' });
    process.kill(await only(), 'SIGSEGV');
    const feeds = { image: { element: 'float32', dims: [1, 1, 8, 8], data: new Float32Array(64) } };
    expect(await refusalOf(() => session.run(feeds))).toMatchObject({
      code: 'RUNTIME_FAILED',
      saw: expect.stringMatching(/ended by SIGSEGV|does not listen/),
    });
    await runtime.close();
  });
});

describe('the mark of a temporary file', () => {
  it('says whether its process is no more', async () => {
    expect(isAbandoned(ownMark())).toBe(false);
    const script = `import('${new URL('../../dist/model/owner.js', import.meta.url).href}').then((o) => console.log(o.ownMark()))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    let mark = '';
    child.stdout?.on('data', (text) => {
      mark += text;
    });
    await ends(child);
    expect(isAbandoned(mark.trim())).toBe(true);
    expect(isAbandoned(mark.trim().replace(/^./, (c) => (c === '0' ? '1' : '0')))).toBe(false);
    expect(isAbandoned('anything')).toBe(false);
  });
});
