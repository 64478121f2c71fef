import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { asker } from './asker.ts';
import { listening } from './listening.ts';
import { type Keeping, OPENED, type Opening, openedMark, type WireTensors } from './messages.ts';
import { type Feed, type Fetched, fromWire, toWire } from './wire-tensors.ts';

export type { Provider } from './messages.ts';
export type { Feed, Fetched } from './wire-tensors.ts';

/** ONNX Runtime in a process of its own. Its death is an error of whatever was asked of it, and it can be started again. */
export interface Runtime {
  /** @throws MarginError RUNTIME_FAILED where no session can be made of the model on that provider */
  open(opening: Pick<Opening, 'model' | 'provider'> & Partial<Opening>): Promise<Session>;
  /** Has the process keep tensors under these names, for runs to be fed with. @throws MarginError RUNTIME_FAILED */
  keep(tensors: Readonly<Record<string, Feed>>): Promise<void>;
  /** Tensors that are kept, and lie in the process rather than on a device. @throws MarginError RUNTIME_FAILED */
  give(names: readonly string[]): Promise<Readonly<Record<string, Fetched>>>;
  /** The Vulkan device that WebGPU took, as the loader told it, and the driver; null where no such thing was said. */
  adapter(): Adapter | null;
  /** Whether the process is there to be asked. */
  isRunning(): boolean;
  close(): Promise<void>;
}

export interface Adapter {
  readonly name: string;
  readonly driver: string;
}

export interface Session {
  /** Of ONNX Runtime. */
  readonly version: string;
  readonly outputs: readonly string[];
  /** The outputs asked for, all where none are named. @throws MarginError RUNTIME_FAILED */
  run(
    feeds: Readonly<Record<string, Feed>>,
    outputs?: readonly string[],
    keeping?: Partial<Keeping>,
  ): Promise<Readonly<Record<string, Fetched>>>;
  /** Ends it; its profile is then complete. */
  release(): Promise<void>;
}

export interface RuntimeOptions {
  /** Seconds that one request may take; 300 unless given: a GPU compiles its programs at the first run. */
  readonly timeout?: number;
  /** Ends the process. */
  readonly signal?: AbortSignal | undefined;
  /** A folder for the process to remove if this one ends before it could. */
  readonly scratch?: string;
  /** Added to the environment of the process. */
  readonly env?: Readonly<Record<string, string>>;
}

const CHILD = fileURLToPath(new URL('./runtime-child.js', import.meta.url));
const PATIENCE = 300;

/** How much of what the process said last is kept, for the message if it dies. */
const KEPT = 1 << 16;

const ENVIRONMENT = {
  // The loader then tells which device each logical one is made on: the only way to learn what WebGPU runs on.
  VK_LOADER_DEBUG: 'driver,layer',
  // CUDA may else use TF32 for products of float32, which has 10 bits of fraction.
  NVIDIA_TF32_OVERRIDE: '0',
  // Else it keeps a number of the machine and a queue for its makers, and leaves a log each time.
  ORT_DISABLE_TELEMETRY: '1',
};

/**
 * Memory in pages of 2 MB, where the C library is glibc. Every output is copied into fresh memory, and to fetch that in pages
 * of 4 KB takes longer than the copy; for a single run large pages take longer to find. Who has settings of their own keeps them.
 */
export const LARGE_PAGES = { GLIBC_TUNABLES: process.env['GLIBC_TUNABLES'] ?? 'glibc.malloc.hugetlb=1' };

const ADAPTER = /Using "([^"]+)" with driver: "([^"]*)"/g;

/** Starts the process; nothing is loaded in this one. */
export function startRuntime({
  timeout = PATIENCE,
  signal,
  scratch,
  env = {},
}: RuntimeOptions = {}): Runtime {
  const child = fork(CHILD, scratch === undefined ? [] : [scratch], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...ENVIRONMENT, ...env },
    execArgv: [],
    signal,
    killSignal: 'SIGKILL',
  });
  const heard = listening();
  child.once('close', () => heard.end());
  let said = '';
  let adapter: Adapter | null = null;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT);
    heard.tell(said);
    for (const [, name = '', driver = ''] of said.matchAll(ADAPTER)) adapter = { name, driver };
  });
  const ask = asker(child, timeout, () => lastWords(said));
  let opened = 0;
  return {
    async open({ model, provider, strict = false, profile = null, resident = [] }) {
      const session = opened++;
      const opening = { model, provider, strict, profile, resident };
      const answer = await ask({ kind: 'open', session, opening }, `load the model on ${provider}`);
      // What the loader said of the adapter comes another way than the answer, and may be behind it.
      await heard.until(openedMark(session));
      const { version, outputs: all } = 'opened' in answer ? answer.opened : { version: '', outputs: [] };
      return {
        version,
        outputs: all,
        async run(feeds, outputs = all, { held = {}, keep = {}, picking = null } = {}) {
          const done = await ask(
            { kind: 'run', session, feeds: wired(feeds), outputs, keeping: { held, keep, picking } },
            `run the model on ${provider}`,
          );
          return unwired('ran' in done ? done.ran : {});
        },
        async release() {
          await ask({ kind: 'release', session }, 'end the session');
        },
      };
    },
    async keep(tensors) {
      await ask({ kind: 'keep', tensors: wired(tensors) }, 'take tensors in');
    },
    async give(names) {
      const answer = await ask({ kind: 'give', names }, 'give tensors out');
      return unwired('gave' in answer ? answer.gave : {});
    },
    adapter: () => adapter,
    isRunning: () => isRunning(child),
    close: () => closed(child),
  };
}

const wired = (feeds: Readonly<Record<string, Feed>>): WireTensors =>
  Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, toWire(feed)]));

const unwired = (tensors: WireTensors): Readonly<Record<string, Fetched>> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, fromWire(tensor)]));

/** One that could not be started has no number, and will not end. */
const isRunning = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null;

/** Ends the process and waits until it is gone. */
async function closed(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGKILL');
  await gone;
}

/** The end of what it said, without what the Vulkan loader tells. */
function lastWords(said: string): string {
  const lines = said
    .split('\n')
    .filter((line) => line.trim() !== '' && !OPENED.test(line) && !/^[A-Z| ]*(LAYER|DRIVER)/.test(line));
  return lines.length === 0 ? '' : `, saying: ${lines.slice(-3).join(' ')}`;
}
