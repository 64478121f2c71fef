import type { ChildProcess } from 'node:child_process';
import { MarginError } from '../errors.ts';
import type { Answer, Request } from './messages.ts';

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly fail: (saw: string) => void;
}

/**
 * Sends requests to the process of ONNX Runtime and matches answers with them; what is open when it ends fails with it.
 *
 * @param timeout seconds that an answer may take
 * @param lastSaid what the process said before it ended, for people
 */
export function asker(child: ChildProcess, timeout: number, lastSaid: () => string) {
  const pending = new Map<number, Pending>();
  let asked = 0;
  let ended: string | null = null;
  const end = (how: string) => {
    ended ??= how;
    for (const { fail } of pending.values()) fail(`${ended}${lastSaid()}`);
    pending.clear();
  };
  child.on('message', (answer: Answer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if ('failed' in answer) waiting?.fail(answer.failed);
    else waiting?.resolve(answer);
  });
  child.on('error', (error) => end(`the process of ONNX Runtime could not be used: ${error.message}`));
  // Not `exit`: by `close`, what it said last has been read.
  child.on('close', (code, signal) =>
    end(`the process of ONNX Runtime ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`),
  );
  return (request: Request, toDo: string) =>
    new Promise<Answer>((resolve, reject) => {
      const id = asked++;
      const fail = (saw: string) => {
        clearTimeout(timer);
        reject(runtimeFailed(toDo, saw));
      };
      const timer = setTimeout(() => {
        end(`no answer after ${timeout} s`);
        child.kill('SIGKILL');
      }, timeout * 1000);
      pending.set(id, {
        fail,
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
      });
      if (ended !== null) end(ended);
      else
        child.send({ id, ...request }, (error) => {
          if (error !== null) end(`the process of ONNX Runtime does not listen: ${error.message}`);
        });
    });
}

function runtimeFailed(toDo: string, saw: string): MarginError {
  return new MarginError({
    code: 'RUNTIME_FAILED',
    message: `ONNX Runtime could not ${toDo}.`,
    saw,
    expected: 'a model that ONNX Runtime runs',
    tryThis: ['--provider cpu', '--no-validate to write the graphs unchecked'],
  });
}
