/** Mutants: a faithful gateway behind a liar, which gets the request and the faithful gateway, and returns any response. */

import type { Fetch } from '../wire/exchange.ts';
import type { fetchDirect } from '../wire/fetch.ts';
import type { RawReply } from '../wire/socket.ts';

/**
 * Sends a request to the faithful gateway.
 *
 * @param heard the signal by which the gateway learns that the client disconnected; null: none. Default: the client's own.
 */
export type Faithful = (request: Request, heard?: { readonly signal: AbortSignal | null }) => Promise<Response>;
/** Stands in front of the faithful gateway: gets the client's request, and returns any response. */
export type Liar = (request: Request, faithful: Faithful) => Promise<Response>;
/** The same for raw connections; characters 0 to 255 are bytes. */
export type RawLiar = (sent: string, faithful: (sent: string) => Promise<RawReply>) => Promise<RawReply>;
/** A wrong gateway: a liar in front of a faithful one. */
export type Mutant = Liar | { readonly raw: RawLiar };

/** Sends with the liar in between. */
export const through =
  (liar: Liar, direct: typeof fetchDirect): Fetch =>
  (url, init) => {
    // Pass on the client's own signal: undici's copy of it is garbage-collected early, and an abort is then lost.
    const { signal = null, dispatcher } = init;
    const measured = dispatcher && { dispatcher };
    const asked = Object.defineProperty(new Request(url, init), 'signal', { value: signal });
    return liar(asked, (request, heard = { signal }) => direct(request, { ...heard, ...measured }));
  };
