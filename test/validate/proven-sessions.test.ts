import { expect, it, onTestFinished } from 'vitest';
import { makeScratch } from '#model/scratch.js';
import { ProvenSessions } from '#validate/proven-sessions.js';
import type { Runtime, Session } from '#validate/runtime.js';
import { contentsOf } from '../helpers/scratch.ts';
import { variedModel } from '../helpers/tiny-model.ts';

it('a session ends with the opening of the next, so that few are open and the device never has none', async () => {
  const scratch = makeScratch();
  onTestFinished(() => scratch.remove());
  const said: string[] = [];
  let opened = 0;
  const open = async (): Promise<Session> => {
    const name = opened++;
    said.push(`open ${name}`);
    return {
      version: '',
      outputs: [],
      run: async () => ({}),
      release: async () => void said.push(`end ${name}`),
    };
  };
  const runtime: Runtime = {
    open,
    keep: async () => {},
    give: async () => ({}),
    adapter: () => null,
    isRunning: () => true,
    close: async () => {},
  };
  const sessions = new ProvenSessions(runtime, scratch, { provider: 'cpu', adapter: null, software: false });
  for (let i = 0; i < 3; i++) expect(await sessions.with(variedModel(), async () => i)).toBe(i);
  expect(said).toEqual(['open 0', 'open 1', 'end 0', 'open 2', 'end 1']);
  expect(contentsOf(scratch.folder)).toEqual(['graph-2.onnx']);
  await sessions.finish();
  expect(said.at(-1)).toBe('end 2');
  expect(contentsOf(scratch.folder)).toEqual([]);
});
