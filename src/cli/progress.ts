import type { Sink } from './io.ts';
import { dim, line } from './text.ts';

/** Ends the step before and begins one. */
export type Step = (what: string) => void;

const PATIENCE = 500;

/** Does work in steps; those that take more than half a second are told of, in a dim line each. */
export async function withProgress<T>(sink: Sink, work: (step: Step) => Promise<T>): Promise<T> {
  let end = () => {};
  try {
    return await work((what) => {
      end();
      end = begin(what, sink);
    });
  } finally {
    end();
  }
}

/** Tells of a step while it runs, or at its end where it let nobody speak before. Gives what ends it. */
function begin(what: string, sink: Sink): () => void {
  const start = performance.now();
  let told = false;
  const tell = (text: string) => {
    told = true;
    line(sink, dim(text));
  };
  const timer = setTimeout(() => tell(`${what} …`), PATIENCE);
  return () => {
    clearTimeout(timer);
    const took = performance.now() - start;
    if (!told && took > PATIENCE) tell(`${what}: ${(took / 1000).toFixed(1)} s`);
  };
}
