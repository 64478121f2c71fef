import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { endWithParent } from './end-with-parent.ts';
import type { Answer, Asked, Opening, WireTensors } from './messages.ts';

/*
 * The process in which ONNX Runtime runs: a native abort cannot be caught, and a run blocks the event loop, so both must
 * happen where nobody else is.
 */

// Before anything that takes time: the parent may end meanwhile.
endWithParent(process.argv[2]);

const ort = await import('onnxruntime-node');

const sessions = new Map<number, InferenceSession>();

function optionsOf({ provider, strict, profile }: Opening): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    logSeverityLevel: 3,
    ...(strict ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
    ...(profile === null ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}

function sessionOf(number: number): InferenceSession {
  const session = sessions.get(number);
  if (session === undefined) throw new Error(`there is no session ${number}`);
  return session;
}

function feedsOf(feeds: WireTensors): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { element, dims, data }]) => [
      name,
      new ort.Tensor(element as 'float32', data as Float32Array, [...dims]),
    ]),
  );
}

async function run(number: number, feeds: WireTensors, outputs: readonly string[]): Promise<WireTensors> {
  const results = await sessionOf(number).run(feedsOf(feeds), [...outputs]);
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, dims, data }]) => [
      name,
      { element: type, dims, data: data as Float32Array },
    ]),
  );
}

async function answerTo(asked: Asked): Promise<Answer> {
  const { id, session: number } = asked;
  switch (asked.kind) {
    case 'open': {
      const session = await ort.InferenceSession.create(asked.opening.model, optionsOf(asked.opening));
      sessions.set(number, session);
      return { id, opened: { version: ort.env.versions.node ?? '', outputs: session.outputNames } };
    }
    case 'run':
      return { id, ran: await run(number, asked.feeds, asked.outputs) };
    case 'release': {
      const session = sessionOf(number);
      session.endProfiling();
      await session.release();
      sessions.delete(number);
      return { id, released: true };
    }
  }
}

process.on('message', (asked: Asked) => {
  answerTo(asked)
    .catch(
      (error: unknown): Answer => ({
        id: asked.id,
        failed: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((answer) => process.send?.(answer));
});
