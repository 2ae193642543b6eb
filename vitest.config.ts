import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that judge gateways by the hundred, or start commands by the dozen: `npm run test:long`. */
const LONG = [
  'conformance/clients/proof.test.ts',
  'conformance/commands/gate.test.ts',
  'conformance/commands/newer.test.ts',
  'conformance/judging/stability.test.ts',
  'conformance/lab/difference/recording-file.test.ts',
  'conformance/lab/released.test.ts',
  'conformance/proof/proof.test.ts',
  'conformance/reports/html/html.browser.test.ts',
  'conformance/testing/hostile.test.ts',
  'reference/testing/long-answers.test.ts',
  'reference/testing/told.test.ts',
  'scripts/examples.test.ts',
  'scripts/new.test.ts',
  'scripts/readme.test.ts',
];
const ALL = ['{conformance,reference,scripts,fixtures}/**/*.test.ts'];

export default defineConfig({
  test: {
    // Many tests wait for a gateway, so one more than there are cores.
    maxWorkers: availableParallelism() + 1,
    // A test waits for facts: a loaded machine is no reason to fail.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'quick', include: ALL, exclude: LONG } },
      { extends: true, test: { name: 'long', include: LONG } },
    ],
  },
});
