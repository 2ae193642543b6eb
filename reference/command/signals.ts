/** How a gateway that is a process of its own ends. */

import type { Gateway } from '../gateway.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** The first signal lets running streams end, a second one does not. */
export function endOnSignal(gateway: Gateway, sessions: Sessions): void {
  let since: number | undefined;
  const end = (): void => {
    // npm passes on what the terminal sent to both already: the same key press, not a second one.
    if (performance.now() - (since ?? Infinity) > 300) process.exit(130);
    since ??= performance.now();
    void gateway.close().then(() => {
      sessions.close();
      process.exit(0);
    });
  };
  process.on('SIGINT', end).on('SIGTERM', end);
}
