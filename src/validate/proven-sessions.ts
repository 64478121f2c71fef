import { isMarginError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { Scratch } from '../model/scratch.ts';
import { writeScratchModel } from '../model/scratch-model.ts';
import type { Device } from './device.ts';
import { type Placement, type Proof, placementIn } from './proof.ts';
import type { Runtime, Session } from './runtime.ts';

interface Opened {
  readonly session: Session;
  /** Of its profile, before what ONNX Runtime adds. */
  readonly name: string;
  /** Takes its model away. */
  readonly remove: () => void;
  /** Whether the work with it is. */
  isDone: boolean;
}

/** Sessions on one device, with the proof of where their nodes ran. */
export class ProvenSessions {
  readonly #runtime: Runtime;
  readonly #scratch: Scratch;
  readonly #device: Device;
  readonly #open = new Set<Opened>();
  readonly #profiles: string[] = [];
  #strict: boolean;
  #written = 0;

  constructor(runtime: Runtime, scratch: Scratch, device: Device) {
    this.#runtime = runtime;
    this.#scratch = scratch;
    this.#device = device;
    // With the CPU's provider alone there is nowhere to fall to, and nothing to be strict about.
    this.#strict = device.provider !== 'cpu';
  }

  /**
   * Opens a model, strictly where that is possible, for some work; when that is done its session ends with the opening of
   * the next, for a model may take gigabytes. @throws MarginError RUNTIME_FAILED, WRITE_FAILED, and what the work throws
   */
  async with<T>(model: Model, work: (session: Session) => Promise<T>): Promise<T> {
    // Counted by what was written: a model that does not open has a file all the same.
    const name = `graph-${this.#written++}`;
    const path = this.#scratch.path(`${name}.onnx`);
    const remove = await writeScratchModel(path, model);
    const profile = this.#scratch.path(`${name}-profile`);
    const opening = { model: path, provider: this.#device.provider, profile };
    const session = (await this.#openStrictly(opening)) ?? (await this.#runtime.open(opening));
    // Those before are ended only now: a device that has no session is given up, and must be opened anew for the next.
    await this.#endDone();
    const opened: Opened = { session, name: `${name}-profile`, remove, isDone: false };
    this.#open.add(opened);
    const result = await work(session);
    opened.isDone = true;
    return result;
  }

  async #endDone(): Promise<void> {
    for (const opened of this.#open) if (opened.isDone) await this.#end(opened);
  }

  /** The session if every node can run on the device, else null. */
  async #openStrictly(opening: Parameters<Runtime['open']>[0]): Promise<Session | null> {
    if (!this.#strict) return null;
    try {
      return await this.#runtime.open({ ...opening, strict: true });
    } catch (error) {
      if (!isMarginError(error) || !/fallback|cpu ep|assigned to the default CPU/i.test(error.saw ?? ''))
        throw error;
      this.#strict = false;
      return null;
    }
  }

  async #end(opened: Opened): Promise<void> {
    this.#open.delete(opened);
    await opened.session.release();
    opened.remove();
    const profile = this.#scratch.read(opened.name);
    if (profile !== null) this.#profiles.push(profile);
  }

  /** Ends the sessions that are left, and says what is known of all nodes. */
  async finish(): Promise<Proof> {
    for (const opened of this.#open) await this.#end(opened);
    const { provider, adapter, software } = this.#device;
    const nodes: Placement = placementIn(this.#profiles, provider);
    return { level: this.#strict ? 'strict' : 'profiled', provider, adapter, software, nodes };
  }
}
