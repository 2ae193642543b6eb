/** The secret is sent where it belongs, and to no other server. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, Violation, Words } from '../../dial/expectation.ts';
import { ENDPOINT } from '../stand.ts';
import { Unseen, type Run } from '../stage.ts';
import { BOTH, HTTP, PAGE, type Trial, type Watched } from '../trial.ts';

/** What every request of every trial is held against. */
export const secretWatched: readonly Watched[] = [
  {
    id: 'secrets.bearer',
    level: 'MUST',
    says: 'every call has the secret as Authorization: Bearer',
    source: `${PAGE}#authentication`,
    kept({ calls, asked: { apiKey } }) {
      for (const { headers } of calls) {
        const given = headers.filter(([name]) => name === 'authorization').map(([, value]) => value);
        expect(given.length === 1, 'one header Authorization', new Words(String(given.length)));
        const [scheme, secret] = given[0]!.split(/ +/);
        expect(
          scheme?.toLowerCase() === 'bearer' && secret === apiKey,
          'the scheme Bearer and the secret in Authorization',
          new Words(
            `${scheme?.toLowerCase() === 'bearer' ? 'it' : 'another scheme'} and ${secret === apiKey ? 'the secret' : 'something else'}`,
          ),
        );
      }
      return calls.length > 0;
    },
  },
  {
    id: 'secrets.place',
    level: 'MUST',
    says: 'the secret stands in Authorization alone: not in the URL, another header or the body',
    source: `${PAGE}#authentication`,
    kept({ requests, asked: { apiKey } }) {
      for (const { url, headers, body } of requests) {
        if (holds(url, apiKey)) throw new Violation('the secret in Authorization alone', 'it in the URL too');
        const [other] = headers.find(([name, value]) => name !== 'authorization' && holds(value, apiKey)) ?? [];
        if (other !== undefined)
          throw new Violation('the secret in Authorization alone', `it in the header ${other.slice(0, 40)} too`);
        if (holds(body, apiKey)) throw new Violation('the secret in Authorization alone', 'it in the body too');
      }
      return requests.length > 0;
    },
  },
  {
    id: 'secrets.output',
    level: 'MUST',
    says: 'the secret is never printed, when a call fails neither',
    source: `${PAGE}#authentication`,
    kept({ text, complaint, calls, asked: { apiKey } }: Run) {
      if (holds(text, apiKey)) throw new Violation('no secret in the output', 'it in what the client printed');
      if (holds(complaint, apiKey))
        throw new Violation('no secret in the output', 'it in what the client printed of an error');
      return calls.length > 0;
    },
  },
];

/** Whether a text has the secret, as it is, percent-encoded or in base64. */
function holds(text: string, secret: string): boolean {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')].some((spelled) =>
    text.includes(spelled),
  );
}

/** Trials of `secrets.*`. */
export const secretTrials: readonly Trial[] = [
  {
    id: 'secrets.redirect',
    level: 'MUST',
    says: 'a redirect to another server does not take the secret there',
    source: `${HTTP}#section-15.4`,
    modes: BOTH,
    async holds(stage) {
      const arrived: { secret: boolean }[] = [];
      let key = '';
      await using elsewhere = await listening((headers) =>
        arrived.push({ secret: headers.some((value) => holds(value, key)) }),
      );
      const run = await stage.run({
        answer(_, at, { headers }) {
          if (at > 0) return undefined;
          key = (headers.find(([name]) => name === 'authorization')?.[1] ?? '').replace(/^\S+ +/, '');
          return { status: 307, headers: { location: `${elsewhere.url}${ENDPOINT}` }, pieces: [] };
        },
      });
      if (key === '') throw new Unseen('the client sent no secret');
      expect(run.ended, 'the client to end', new Words('it did not'));
      expect(
        !arrived.some(({ secret }) => secret),
        'no secret at the server that the redirect names',
        new Words('it there'),
      );
      return arrived.length > 0 ? 'followed without the secret' : 'not followed';
    },
  },
];

/** A server of another origin, which refuses what it is asked. */
async function listening(heard: (headers: readonly string[]) => void): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    heard([...request.rawHeaders, request.url ?? '']);
    response
      .writeHead(401, { 'content-type': 'application/json', connection: 'close' })
      .end('{"error":{"message":"elsewhere","type":"unauthorized"}}');
    request.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
