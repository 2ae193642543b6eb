import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Vitest leaves one core to itself, of two that is half.
    maxWorkers: '100%',
    // A test waits for facts: a loaded machine is no reason to fail.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    include: ['{conformance,reference,scripts,fixtures}/**/*.test.ts'],
  },
});
