/** For the tests and the soak: calls that no client makes on purpose, of odd and long credentials, users, keys, headers and queries. */

import { request } from 'node:http';
import { AGENT_HEADER, KEY_HEADER } from '../headers.ts';

export interface OddCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What breaks a pattern, an escape, a parser or a mask. */
const PIECES = (
  '\\ % %25 %5c &# &amp; \\u00 " \' ( (a+)+$ [ { } * + ? . | sk- :// @ [redacted] __proto__ token= =41 a ' +
  'bearer_abcd" Bearer_ Basic_ _'
)
  .split(' ')
  .map((piece) => piece.replace(/(?<!_)_(?!_)/, ' '));
const SENT = 'hostile-Token-5f8e';

/**
 * @param chance Numbers from 0 to 1.
 * @param credential What opens the gateway; half of the calls have it.
 */
export function oddCall(chance: () => number, credential: string): OddCall {
  const one = <T>(of: readonly T[]): T => of[Math.floor(chance() * of.length)]!;
  const odd = (longest: number): string => {
    const length = Math.ceil(chance() ** 3 * longest);
    const pieces = chance() < 0.5 ? [one(PIECES)] : [one(PIECES), one(PIECES), SENT, credential];
    let text = '';
    while (text.length < length) text += one(pieces);
    return text;
  };
  const offered = chance() < 0.5 ? credential : odd(4_000);
  const body = {
    model: 'openclaw',
    messages: [{ role: 'user', content: odd(2_000) }],
    user: odd(300),
    [odd(40)]: odd(100),
  };
  return {
    path: `/v1/chat/completions${chance() < 0.2 ? `/${encodeURIComponent(odd(200))}` : ''}?${escape(odd(500))}`,
    headers: {
      authorization: `${one(['Bearer', 'bearer', 'Basic', ''])} ${offered}`.trim(),
      'content-type': 'application/json',
      ...(chance() < 0.5 && { [KEY_HEADER]: odd(200) }),
      [one(['x-odd', 'x-api-key', 'cookie', AGENT_HEADER])]: odd(3_000),
    },
    body: chance() < 0.1 ? odd(20_000) : JSON.stringify(chance() < 0.9 ? body : { ...body, token: [odd(50)] }),
  };
}

/** Its status; 0 when there was no answer. */
export async function sent(base: string, { path, headers, body }: OddCall): Promise<number> {
  const { hostname, port } = new URL(base);
  return await new Promise((resolve) => {
    request({ hostname, port, path, method: 'POST', headers, agent: false }, (response) => {
      response.resume().on('close', () => resolve(response.statusCode ?? 0));
    })
      .on('error', () => resolve(0))
      .end(body);
  });
}
