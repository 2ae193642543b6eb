/** Exchanges out of a journal of the reference, `--journal FILE`: an entry a line. Bodies of answers are not in it. */

import { z } from 'zod';
import type { Exchange } from '../wire/exchange.ts';
import { exchangeOf, headersOf } from './recorded.ts';

const Line = z.object({
  method: z.string(),
  path: z.string(),
  query: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  status: z.number().int().min(100).max(599).nullable(),
  message: z.string().nullable(),
  timings: z.object({ arrived: z.number(), firstByte: z.number().nullable(), end: z.number().nullable() }),
});

/** A line as an exchange; undefined where nothing was answered. What its form lacks is thrown by `zod`. */
export function journalExchange(line: unknown, maxBytes: number): Exchange | undefined {
  const { method, path, query, headers, body, status, message, timings } = Line.parse(line);
  if (status === null || !path.startsWith('/')) return undefined;
  const host = /^[\w.:[\]-]{1,255}$/.test(headers.host ?? '') ? headers.host! : 'localhost';
  const url = `http://${host}${path}${query}`;
  return exchangeOf(
    {
      method,
      url: URL.canParse(url) ? url : `http://localhost${path}`,
      headers: Object.entries(headers),
      body: body === null || body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    },
    // The words of a refusal are all that is known of its body.
    { status, headers: headersOf([]), bytes: message === null ? undefined : Buffer.from(message), isCut: true },
    { beganAt: timings.arrived, headersAt: timings.firstByte ?? 0, endedAt: timings.end ?? timings.firstByte ?? 0 },
    maxBytes,
  );
}
