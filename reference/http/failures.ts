/** What was thrown, as the client is told it and as the operator is. */

import { RunFailure } from '../backends/backend.ts';
import { Refusal, invalid, internal } from '../errors.ts';

/** By the status that the model provider gave. Only a 400 is about the call, so only its words are passed on. */
const RUN_FAILURES: Readonly<Record<number, (words: string) => Refusal>> = {
  400: (words) => invalid(words),
  // Not a 401: the caller's credential for this gateway is good, the gateway's own for the provider is not.
  401: () => new Refusal(502, 'authentication_error', 'The model provider refused the credentials of this gateway.'),
  402: () => new Refusal(402, 'insufficient_quota', 'The quota at the model provider is used up.'),
  408: () => new Refusal(504, 'api_error', 'The model provider did not answer in time.'),
  429: () => new Refusal(429, 'rate_limit_error', 'The model provider limits the rate of requests.'),
  504: () => new Refusal(504, 'api_error', 'The model provider did not answer in time.'),
};

/** What a caller is told about anything that was thrown. */
export function refusalFrom(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const told = thrown instanceof RunFailure ? RUN_FAILURES[thrown.status]?.(thrown.message) : undefined;
  return told ?? internal();
}

/** What an operator is told: never the words of a provider, which may hold its secrets. */
export function causeOf(thrown: unknown): string {
  if (thrown instanceof RunFailure) return `the model provider answered ${thrown.status}`;
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'something unknown was thrown';
}
