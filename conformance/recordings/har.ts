/** Exchanges out of a HAR 1.2, as browsers, Playwright and mitmproxy write it: http://www.softwareishard.com/blog/har-12-spec/ */

import { z } from 'zod';
import type { Exchange } from '../wire/exchange.ts';
import { exchangeOf, headersOf } from './recorded.ts';

const Header = z.object({ name: z.string(), value: z.string() });

/** What is read of an entry; writers add much and leave much out. */
const Entry = z.object({
  startedDateTime: z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'expected a date'),
  time: z.number().nullish(),
  request: z.object({
    method: z.string(),
    url: z.string().refine((text) => URL.canParse(text), 'expected an address'),
    headers: z.array(Header),
    postData: z.object({ text: z.string().nullish() }).nullish(),
  }),
  response: z.object({
    status: z.number().int(),
    headers: z.array(Header),
    content: z
      .object({ size: z.number().nullish(), text: z.string().nullish(), encoding: z.string().nullish() })
      .nullish(),
    /** Chrome's and Playwright's, for an answer that broke. */
    _error: z.string().nullish(),
    _failureText: z.string().nullish(),
  }),
  timings: z.object({ receive: z.number().nullish() }).nullish(),
});

export const Har = z.object({ log: z.object({ entries: z.array(z.unknown()) }) });

/** An entry as an exchange; undefined where no answer came. What its form lacks is thrown by `zod`. */
export function harExchange(entry: unknown, maxBytes: number): Exchange | undefined {
  const { startedDateTime, time, request, response, timings } = Entry.parse(entry);
  const { status, content, _error: error, _failureText: failure } = response;
  if (status < 100 || status > 599) return undefined;
  const text = content?.text ?? undefined;
  const bytes = Buffer.from(text ?? '', content?.encoding === 'base64' ? 'base64' : 'utf8');
  // A browser may keep no body, or no body of a stream.
  const isMissing = text === undefined && (content?.size ?? 0) !== 0;
  const endedAt = Math.max(0, time ?? 0);
  return exchangeOf(
    {
      method: request.method,
      url: request.url,
      headers: request.headers.map(({ name, value }) => [name, value] as const),
      body: request.postData?.text ?? undefined,
    },
    {
      status,
      headers: headersOf(response.headers),
      bytes: isMissing ? undefined : bytes,
      isCut: Boolean(error ?? failure),
    },
    { beganAt: Date.parse(startedDateTime), headersAt: Math.max(0, endedAt - (timings?.receive ?? 0)), endedAt },
    maxBytes,
  );
}
