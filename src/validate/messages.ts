import type { NumberArray } from '../model/number-array.ts';

/*
 * What parent and child say to each other. Everything here survives a structured clone, and nothing of ONNX Runtime's own
 * types is in it, so that the child alone knows that library.
 */

export const PROVIDERS = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** What a user may ask for; `auto` is the best GPU present, else the CPU. */
export const PROVIDER_CHOICES = ['auto', ...PROVIDERS] as const;
export type ProviderChoice = (typeof PROVIDER_CHOICES)[number];

/** A tensor on its way in or out; float16 lies in a Uint16Array as its bits, bool is 0 or 1. */
export interface WireTensor {
  readonly element: string;
  readonly dims: readonly number[];
  readonly data: NumberArray;
}

export type WireTensors = Readonly<Record<string, WireTensor>>;

/** How a session is made. */
export interface Opening {
  /** The path of a model. */
  readonly model: string;
  readonly provider: Provider;
  /** Creation fails where any node would run elsewhere than on `provider`. */
  readonly strict: boolean;
  /** Where to leave a profile: the beginning of a path. */
  readonly profile: string | null;
  /** Outputs that are to stay on the device, where the provider can leave them there. */
  readonly resident: readonly string[];
}

/** Tensors that the process keeps under names of their own, so that they need not travel between runs. */
export interface Keeping {
  /** Inputs that are fed with a tensor that is kept, by its name. */
  readonly held: Readonly<Record<string, string>>;
  /** Outputs that are kept rather than given, by the name to keep them under. */
  readonly keep: Readonly<Record<string, string>>;
  /** What a run takes some rows of; null: nothing. */
  readonly picking: Picking | null;
}

/**
 * Rows of tensors that are kept. A run is fed those that one of its inputs names, and what it makes of them goes back into
 * their places.
 */
export interface Picking {
  /** The input that names the rows, and is fed as it is. */
  readonly rows: string;
  /** Inputs that are fed with rows of a tensor that is kept. */
  readonly inputs: Readonly<Record<string, Picked>>;
  /** Outputs that go back to where such rows came from. */
  readonly back: Readonly<Record<string, Picked>>;
}

export interface Picked {
  /** The name that the tensor is kept under. */
  readonly kept: string;
  /** How many numbers a row has. */
  readonly width: number;
  /** The shape of what a run is fed. */
  readonly dims: readonly number[];
}

export type Request =
  | { readonly kind: 'open'; readonly session: number; readonly opening: Opening }
  | {
      readonly kind: 'run';
      readonly session: number;
      readonly feeds: WireTensors;
      readonly outputs: readonly string[];
      readonly keeping: Keeping;
    }
  | { readonly kind: 'keep'; readonly tensors: WireTensors }
  | { readonly kind: 'give'; readonly names: readonly string[] }
  | { readonly kind: 'release'; readonly session: number };

/** A request with a number that its answer carries too. */
export type Asked = Request & { readonly id: number };

/** What the process says on stderr once a session is open, behind all that was said of its device. */
export const openedMark = (session: number): string => `onnx-margin: session ${session} is open\n`;
export const OPENED = /^onnx-margin: session \d+ is open$/;

export type Answer =
  | { readonly id: number; readonly failed: string }
  | {
      readonly id: number;
      readonly opened: { readonly version: string; readonly outputs: readonly string[] };
    }
  | { readonly id: number; readonly ran: WireTensors }
  | { readonly id: number; readonly kept: true }
  | { readonly id: number; readonly gave: WireTensors }
  | { readonly id: number; readonly released: true };
