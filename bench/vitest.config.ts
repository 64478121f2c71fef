import { defineConfig } from 'vitest/config';

/** `npm run bench`: measurements, run one after the other. They print tables and assert nothing about time. */
export default defineConfig({
  test: {
    include: ['bench/**/*.bench.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    // ONNX Runtime keeps a queue for its makers otherwise, and writes to it while it is measured.
    env: { ORT_DISABLE_TELEMETRY: '1' },
  },
});
