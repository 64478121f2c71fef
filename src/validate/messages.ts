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
}

export type Request =
  | { readonly kind: 'open'; readonly session: number; readonly opening: Opening }
  | {
      readonly kind: 'run';
      readonly session: number;
      readonly feeds: WireTensors;
      readonly outputs: readonly string[];
    }
  | { readonly kind: 'release'; readonly session: number };

/** A request with a number that its answer carries too. */
export type Asked = Request & { readonly id: number };

export type Answer =
  | { readonly id: number; readonly failed: string }
  | {
      readonly id: number;
      readonly opened: { readonly version: string; readonly outputs: readonly string[] };
    }
  | { readonly id: number; readonly ran: WireTensors }
  | { readonly id: number; readonly released: true };
