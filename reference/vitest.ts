/**
 * `openclaw-compat-kit/reference/vitest`: a gateway for each test of a Vitest file.
 *
 *     test('asks', async ({ gateway }) => {
 *       const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.apiKey });
 *
 * Each test has a scope of its own, behind one port for all that run in a worker; concurrent tests may share a user or a
 * session key and never meet.
 */

import { test as plain, type TestAPI } from 'vitest';
import { startReference, type Reference, type ReferenceOptions } from './start.ts';

export interface GatewayContext {
  readonly gateway: Reference;
  /** What differs from `startReference()`: `test.extend({ gatewayOptions: { edition: '2026.2.1' } })`. */
  readonly gatewayOptions: ReferenceOptions;
  /** Behind whose port the gateways are. */
  readonly gatewayPort: Reference;
}

export const test: TestAPI<GatewayContext> = plain.extend<GatewayContext>({
  gatewayOptions: {},
  gatewayPort: [
    async ({}, use) => {
      await using reference = await startReference();
      await use(reference);
    },
    { scope: 'worker' },
  ],
  gateway: async ({ gatewayPort, gatewayOptions }, use) => {
    await using scope = await gatewayPort.scope(gatewayOptions);
    await use(scope);
  },
});
