/** For the recipes: a gateway per test, and after each test the client lint finds nothing. */

import { expect } from 'vitest';
import { test as plain, type GatewayContext } from '../adapters/vitest.ts';
import { lint } from '../journal/client-lint.ts';

/** Vitest's `test` with the fixture `gateway`; it fails when the client lint finds something. */
export const test = plain.extend<Pick<GatewayContext, 'gatewayOptions'> & { readonly manners: void }>({
  // Delays [DONE], so that a client that disconnects before it is recorded as such.
  gatewayOptions: { journal: { holdDoneMs: 20 } },
  manners: [
    async ({ gateway }, use) => {
      await use();
      expect(lint(gateway.journal)).toEqual([]);
    },
    { auto: true },
  ],
});
