/**
 * Mutants in front of a client: the wrong gateways that the suite's cases catch, as request handlers of MSW.
 *
 *     const server = setupServer(...mutantHandlers(url, mutantOf('streaming.done', 'forgets the sentinel')));
 *
 * A request to `url` goes through the mutant to the gateway that listens there.
 */
import { bypass, http, type HttpHandler } from 'msw';
import { cases } from './chapters/index.ts';
import type { Faithful, Liar, Mutant } from './dial/mutant.ts';
import { originOf } from './dial/target.ts';
import { UsageError } from './usage-error.ts';

/**
 * The mutants that a requirement's case catches, by defect; `CONTRACT.md` lists them all. Mutants of the raw socket are
 * left out, because no client of fetch can meet them.
 *
 * @throws {UsageError} when there is no such requirement.
 */
export function mutantsOf(id: string): Readonly<Record<string, Liar>> {
  const one = cases.find((candidate) => candidate.id === id);
  if (!one)
    throw new UsageError(`Failed to find mutants: expected the id of a requirement, got ${id}. See CONTRACT.md.`);
  return Object.fromEntries(
    Object.entries(one.catches).filter((entry): entry is [string, Liar] => typeof entry[1] === 'function'),
  );
}

/**
 * One mutant of a requirement.
 *
 * @param name the defect, as in `CONTRACT.md`.
 * @throws {UsageError} when there is no such requirement or mutant.
 */
export function mutantOf(id: string, name: string): Liar {
  const mutants = mutantsOf(id);
  const mutant = Object.hasOwn(mutants, name) ? mutants[name] : undefined;
  if (mutant) return mutant;
  const names = Object.keys(mutants).join('; ');
  throw new UsageError(
    `Failed to find a mutant of ${id}: expected one of ${names || 'none'}, got ${name}. Correct the name.`,
  );
}

/**
 * Request handlers that put a mutant in front of a gateway.
 *
 * @param url base URL of the gateway as the client has it, with or without `/v1`.
 * @param faithful the gateway behind the mutant. Default: the one at `url`, bypassing MSW.
 * @throws {UsageError} for a mutant of the raw socket.
 */
export function mutantHandlers(url: string, mutant: Mutant, faithful: Faithful = pastMsw): HttpHandler[] {
  if (typeof mutant !== 'function')
    throw new UsageError(
      'Failed to mount a mutant: expected a mutant of fetch, got one of the raw socket. Choose another.',
    );
  return [
    http.all(`${originOf(url)}/*`, async ({ request }) => {
      const { signal } = request;
      return streaming(await mutant(request, (passed, heard = { signal }) => faithful(passed, heard)));
    }),
  ];
}

const pastMsw: Faithful = (request, heard) => fetch(bypass(request), heard);

/** MSW reports a broken body to the client only when the transfer encoding is chunked. */
function streaming(response: Response): Response {
  if (!response.body || response.headers.has('content-length')) return response;
  // By entries: MSW 3 makes an empty copy of the headers of a response that was made from another one.
  const headers = new Headers([...response.headers]);
  headers.set('transfer-encoding', 'chunked');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
