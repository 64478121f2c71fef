import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { sayOnStderr } from '../model/stderr.ts';
import { endWithParent } from './end-with-parent.ts';
import { keptTensors } from './kept-tensors.ts';
import {
  type Answer,
  type Asked,
  type Keeping,
  type Opening,
  openedMark,
  type Picked,
  type WireTensor,
  type WireTensors,
} from './messages.ts';
import { pickRows, putRows } from './picked-rows.ts';

/*
 * The process in which ONNX Runtime runs: a native abort cannot be caught, and a run blocks the event loop, so both must
 * happen where nobody else is.
 */

// Before anything that takes time: the parent may end meanwhile.
endWithParent(process.argv[2]);

const ort = await import('onnxruntime-node');

interface Open {
  readonly session: InferenceSession;
  /** Outputs that stay on the device. */
  readonly resident: readonly string[];
}

const sessions = new Map<number, Open>();
const kept = keptTensors<Tensor>();

function optionsOf(
  { provider, strict, profile }: Opening,
  resident: readonly string[],
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    logSeverityLevel: 3,
    // A pattern is one more block of memory, as large as all that the first run took.
    enableMemPattern: false,
    ...(strict ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
    ...(resident.length > 0
      ? { preferredOutputLocation: Object.fromEntries(resident.map((name) => [name, 'gpu-buffer'])) }
      : {}),
    ...(profile === null ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}

function sessionOf(number: number): Open {
  const session = sessions.get(number);
  if (session === undefined) throw new Error(`there is no session ${number}`);
  return session;
}

function tensorOf({ element, dims, data }: WireTensor): Tensor {
  return new ort.Tensor(element as 'float32', data as Float32Array, [...dims]);
}

const mapped = <A, B>(record: Readonly<Record<string, A>>, change: (each: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, each]) => [name, change(each)]));

async function run(
  number: number,
  feeds: WireTensors,
  outputs: readonly string[],
  { held, keep, picking }: Keeping,
): Promise<WireTensors> {
  const { session, resident } = sessionOf(number);
  const rows = picking === null ? [] : (feeds[picking.rows]?.data ?? []);
  const picked = mapped(picking?.inputs ?? {}, (each) => rowsOf(each, rows));
  const back = Object.entries(picking?.back ?? {});
  // Where outputs stay on the device, the binding counts on the same ones in every run.
  const unasked = resident.filter((name) => !Object.hasOwn(keep, name) && !outputs.includes(name));
  const results = await session.run(
    { ...mapped(feeds, tensorOf), ...mapped(held, kept.get), ...picked },
    // No buffers are given to be written into: the binding (1.30) copies every output of the CPU all the same.
    Object.fromEntries(
      [...outputs, ...unasked, ...Object.keys(keep), ...back.map(([name]) => name)].map((name) => [
        name,
        null,
      ]),
    ),
  );
  for (const name of unasked) results[name]?.dispose();
  for (const [output, name] of Object.entries(keep)) {
    const result = results[output];
    if (result === undefined) throw new Error(`there is no output ${output}`);
    kept.set(name, result);
  }
  for (const [output, { kept: name, width }] of back)
    putRows(floatsOf(kept.get(name)), rows, width, floatsOf(results[output]));
  const given = Object.entries(results).filter(([name]) => outputs.includes(name));
  return mapped(Object.fromEntries(given), ({ type, dims, data }) => ({
    element: type,
    dims,
    data: data as Float32Array,
  }));
}

/** Rows of a tensor that is kept. */
function rowsOf({ kept: name, width, dims }: Picked, rows: ArrayLike<number | bigint>): Tensor {
  const into = new Float32Array(rows.length * width);
  pickRows(floatsOf(kept.get(name)), rows, width, into);
  return new ort.Tensor('float32', into, [...dims]);
}

/** The numbers of a tensor that lies in this process. */
function floatsOf(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new Error(`a tensor of ${tensor?.type} has no rows to be picked`);
}

async function answerTo(asked: Asked): Promise<Answer> {
  const { id } = asked;
  switch (asked.kind) {
    case 'open': {
      const { model, provider } = asked.opening;
      // Of the providers in Node, WebGPU alone leaves outputs where they were made.
      const resident = provider === 'webgpu' ? asked.opening.resident : [];
      const session = await ort.InferenceSession.create(model, optionsOf(asked.opening, resident));
      sessions.set(asked.session, { session, resident });
      sayOnStderr(openedMark(asked.session));
      return { id, opened: { version: ort.env.versions.node ?? '', outputs: session.outputNames } };
    }
    case 'run':
      return { id, ran: await run(asked.session, asked.feeds, asked.outputs, asked.keeping) };
    case 'keep':
      for (const [name, tensor] of Object.entries(asked.tensors)) kept.set(name, tensorOf(tensor));
      return { id, kept: true };
    case 'give':
      return {
        id,
        gave: Object.fromEntries(
          asked.names.map((name) => {
            const { type, dims, data } = kept.get(name);
            return [name, { element: type, dims, data: data as Float32Array }];
          }),
        ),
      };
    case 'release': {
      const { session } = sessionOf(asked.session);
      session.endProfiling();
      await session.release();
      sessions.delete(asked.session);
      return { id, released: true };
    }
  }
}

// One after another: what one run keeps the next may be fed with.
let last: Promise<unknown> = Promise.resolve();

process.on('message', (asked: Asked) => {
  last = last
    .then(() => answerTo(asked))
    .catch(
      (error: unknown): Answer => ({
        id: asked.id,
        failed: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((answer) => process.send?.(answer));
});
