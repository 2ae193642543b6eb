import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Vitest leaves one core to itself, of two that is half.
    maxWorkers: '100%',
    include: ['{conformance,reference,scripts,fixtures}/**/*.test.ts'],
  },
});
