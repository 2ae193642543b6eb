/** Completions: the answer to a call that is not streamed. */

import type { Dial } from '../../dial/dial.ts';
import { Violation } from '../../dial/expectation.ts';
import { described, jsonOf, type Unjudged } from '../../dial/reading.ts';

/** The JSON of an answer, of which only is known that it is an object. A violation for anything else. */
export async function completionOf(
  dial: Dial,
  prompt = `Say hello. ${dial.nonce}`,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Unjudged> {
  const { exchange } = await dial.ask(prompt, { body: fields });
  const body = jsonOf(exchange);
  if (exchange.status < 300 && typeof body === 'object' && body !== null) return body;
  throw new Violation('a completion', described(exchange));
}
