/** For the recipes: a gateway for each test, after which its client has done nothing wrong. */

import { expect } from 'vitest';
import { lint } from '../lint.ts';
import { test as plain, type GatewayContext } from '../vitest.ts';

export const test = plain.extend<Pick<GatewayContext, 'gatewayOptions'> & { readonly manners: void }>({
  // Whoever leaves without [DONE] is seen leaving.
  gatewayOptions: { journal: { holdDoneMs: 20 } },
  manners: [
    async ({ gateway }, use) => {
      await use();
      expect(lint(gateway.journal)).toEqual([]);
    },
    { auto: true },
  ],
});
