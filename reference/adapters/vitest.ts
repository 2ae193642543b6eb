/**
 * `openclaw-compat-kit/reference/vitest`: a gateway for each test of a Vitest file.
 *
 *     test('asks', async ({ gateway }) => {
 *       const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.apiKey });
 *
 * Each test has a scope of its own, behind one port for all that run in a worker; concurrent tests may share a user or a
 * session key and never meet. When a test fails, what reached its gateway is shown.
 */

import { test as plain, type TestAPI } from 'vitest';
import type { Journal } from '../journal/journal.ts';
import { startReference, type Reference, type ScopeOptions } from './start.ts';

export interface GatewayContext {
  readonly gateway: Reference;
  /** What differs from `startReference()`: `test.extend({ gatewayOptions: { edition: '2026.2.1' } })`. */
  readonly gatewayOptions: ScopeOptions;
  /** Behind whose port the gateways are. */
  readonly gatewayPort: Reference;
}

export const test: TestAPI<GatewayContext> = plain.extend<GatewayContext>({
  gatewayOptions: {},
  gatewayPort: [
    // oxlint-disable-next-line no-empty-pattern -- Vitest reads the names of what a fixture needs off its parameter.
    async ({}, use) => {
      await using reference = await startReference();
      await use(reference);
    },
    { scope: 'worker' },
  ],
  gateway: async ({ gatewayPort, gatewayOptions, onTestFailed }, use) => {
    await using scope = await gatewayPort.scope(gatewayOptions);
    onTestFailed(({ task }) => void process.stderr.write(`${requestsOf(scope.journal, task.name)}\n`));
    await use(scope);
  },
});

/** What reached the gateway of a test that failed, a request a line. */
function requestsOf(journal: Journal, title: string): string {
  const lines = journal.entries().map(({ number, method, path, status, sessionKey, abortedBy }) => {
    const words = [number, method, path, status ?? 'unanswered', sessionKey, abortedBy && `ended by ${abortedBy}`];
    return `  ${words.filter((word) => word !== null).join(' ')}`;
  });
  return [`Requests of "${title}":`, ...(lines.length === 0 ? ['  none'] : lines)].join('\n');
}
