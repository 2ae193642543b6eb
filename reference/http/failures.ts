/** The error for anything that was thrown: the response for the client, the cause for the operator's log. */

import { RunFailure } from '../backends/backend.ts';
import { Refusal, invalid, internal } from '../errors.ts';

/** By the status of the model provider. Only a 400 concerns the call itself, so only its message is passed on. */
const RUN_FAILURES: Readonly<Record<number, (words: string) => Refusal>> = {
  400: (words) => invalid(words),
  // Not a 401: the client's credential for this gateway is valid, the gateway's own for the provider is not.
  401: () => new Refusal(502, 'authentication_error', 'The model provider refused the credentials of this gateway.'),
  402: () => new Refusal(402, 'insufficient_quota', 'The quota at the model provider is used up.'),
  408: () => new Refusal(504, 'api_error', 'The model provider did not answer in time.'),
  429: () => new Refusal(429, 'rate_limit_error', 'The model provider limits the rate of requests.'),
  504: () => new Refusal(504, 'api_error', 'The model provider did not answer in time.'),
};

/**
 * The error that a client receives for anything that was thrown; 500 `internal error` unless it is a `Refusal` or
 * `RunFailure`.
 */
export function refusalFrom(cause: unknown): Refusal {
  if (cause instanceof Refusal) return cause;
  const refusal = cause instanceof RunFailure ? RUN_FAILURES[cause.status]?.(cause.message) : undefined;
  return refusal ?? internal();
}

/** The cause of an error for the operator's log: never the provider's message, which may contain its secrets. */
export function causeOf(cause: unknown): string {
  if (cause instanceof RunFailure) return `the model provider answered ${cause.status}`;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : 'a value that is no error was thrown';
}
