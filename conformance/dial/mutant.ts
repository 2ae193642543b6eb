/** A mutant: a faithful gateway behind a liar, which gets the request and the faithful gateway, and answers what it likes. */

import type { RawReply } from '../wire/socket.ts';

/** @param heard By what the gateway learns that the caller left; null: by nothing. Default: by the caller's own signal. */
export type Faithful = (request: Request, heard?: { readonly signal: AbortSignal | null }) => Promise<Response>;
export type Liar = (request: Request, faithful: Faithful) => Promise<Response>;
export type RawLiar = (sent: string, faithful: (sent: string) => Promise<RawReply>) => Promise<RawReply>;
export type Mutant = Liar | { readonly raw: RawLiar };
