import { isMarginError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { Scratch } from '../model/scratch.ts';
import { writeModel } from '../model/write.ts';
import type { Device } from './device.ts';
import { type Placement, type Proof, placementIn } from './proof.ts';
import type { Runtime, Session } from './runtime.ts';

/** Sessions on one device, with the proof of where their nodes ran. */
export class ProvenSessions {
  readonly #runtime: Runtime;
  readonly #scratch: Scratch;
  readonly #device: Device;
  readonly #open: { readonly session: Session; readonly profile: string }[] = [];
  #strict: boolean;
  #written = 0;

  constructor(runtime: Runtime, scratch: Scratch, device: Device) {
    this.#runtime = runtime;
    this.#scratch = scratch;
    this.#device = device;
    // With the CPU's provider alone there is nowhere to fall to, and nothing to be strict about.
    this.#strict = device.provider !== 'cpu';
  }

  /** Opens a model, strictly where that is possible. @throws MarginError RUNTIME_FAILED, WRITE_FAILED */
  async open(model: Model): Promise<Session> {
    // Counted by what was written: a model that does not open has a file all the same.
    const name = `graph-${this.#written++}`;
    const path = this.#scratch.path(`${name}.onnx`);
    await writeModel(path, model);
    const opening = {
      model: path,
      provider: this.#device.provider,
      profile: this.#scratch.path(`${name}-profile`),
    };
    const session = (await this.#openStrictly(opening)) ?? (await this.#runtime.open(opening));
    this.#open.push({ session, profile: `${name}-profile` });
    return session;
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

  /** Ends all sessions and says what is known of their nodes. */
  async finish(): Promise<Proof> {
    const profiles: string[] = [];
    for (const { session, profile } of this.#open.splice(0)) {
      await session.release();
      const text = this.#scratch.read(profile);
      if (text !== null) profiles.push(text);
    }
    const { provider, adapter, software } = this.#device;
    const nodes: Placement = placementIn(profiles, provider);
    return { level: this.#strict ? 'strict' : 'profiled', provider, adapter, software, nodes };
  }
}
