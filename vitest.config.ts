import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests import `#room/file.js`, the compiled code: what is judged is what is shipped. `npm test` builds first. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One worker less than there are cores, as is the default, would leave one of two idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
