import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{conformance,reference,scripts,fixtures}/**/*.test.ts'],
  },
});
