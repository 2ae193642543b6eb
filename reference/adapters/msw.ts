/**
 * `openclaw-compat-kit/reference/msw`: the reference without a port, as request handlers of MSW.
 *
 *     const gateway = await referenceHandlers();
 *     const server = setupServer(...gateway.handlers);
 */

import { http, HttpResponse, type HttpHandler } from 'msw';
import { fetching } from './fetch.ts';
import { opened, type Reference, type ReferenceOptions } from './start.ts';

export interface MountedReference extends Reference {
  readonly handlers: readonly HttpHandler[];
}

/** Where a mounted reference is reached. */
export interface Origin {
  /** Default: `http://gateway.test`, where no server can listen. */
  readonly origin?: string;
}

/**
 * A gateway that answers what is sent to an origin, as the one of `startReference` does: in pieces, and it hears of
 * clients that leave. WebSockets are not taken.
 *
 * @throws {Error} in one line, when an option is none.
 */
export async function referenceHandlers({
  origin = 'http://gateway.test',
  ...options
}: ReferenceOptions & Origin = {}): Promise<MountedReference> {
  const handlers: HttpHandler[] = [];
  const reference = await opened(options, {}, async (gateway) => {
    const { fetch, close } = fetching(gateway.callback());
    handlers.push(http.all(`${origin}/*`, ({ request }) => fetch(request).catch(() => HttpResponse.error())));
    return { url: origin, close: async () => close() };
  });
  return { ...reference, handlers };
}
