import type { Sink } from '#cli/io.js';
import { main } from '#cli/main.js';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A sink that keeps what is written. */
export function keepingSink(colour = false): { readonly sink: Sink; readonly text: () => string } {
  const written: string[] = [];
  return { sink: { write: (text) => void written.push(text), colour }, text: () => written.join('') };
}

/** Runs a command line in this process, without colour, and keeps what it says. */
export async function runMain(...argv: readonly string[]): Promise<Ran> {
  const [out, err] = [keepingSink(), keepingSink()];
  const code = await main(argv, { out: out.sink, err: err.sink });
  return { code, out: out.text(), err: err.text() };
}

/** The same with `--json`: the one object that it prints. */
export async function runJson(...argv: readonly string[]) {
  const ran = await runMain(...argv, '--json');
  return { ...ran, json: JSON.parse(ran.out) };
}
