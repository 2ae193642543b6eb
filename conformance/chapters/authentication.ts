/** Authentication: a client is admitted with the gateway's secret as a bearer. */

import OpenAI from 'openai';
import type { Dial } from '../dial/dial.ts';
import { KEY_HEADER } from '../dial/headers.ts';
import { expect } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import { described, jsonOf } from '../dial/reading.ts';
import { Undecided } from '../undecided.ts';
import { chapter, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { ANY_CALL, EITHER_MODE } from '../vocabulary/situations.ts';
import type { Exchange } from '../wire/exchange.ts';
import {
  BREAKS,
  ADMITS_ALL,
  callOf,
  knownIsEnough,
  opens,
  rows,
  secretOf,
  staysClosed,
  staysClosedToNames,
  wrongSecret,
} from './authentication/credentials.ts';
import { lockout } from './authentication/lockout.ts';
import { neverOpen } from './authentication/never-open.ts';
import { rawCalls } from './authentication/raw-calls.ts';

/** The deployment accepts its own secret and refuses a wrong one of the same length. */
async function takesItsOwn(dial: Dial, deployment: string): Promise<void> {
  const door = dial.at(deployment);
  await staysClosed(door, { credential: wrongSecret(door) });
  await opens(door);
}

const ownSecret = {
  'refuses every client': lie.replies(lie.unauthorized),
  'admits every client': ADMITS_ALL,
} satisfies Record<string, Mutant>;

const NAMES_OPEN = {
  'takes a session key that it knows for a secret': knownIsEnough(({ headers }) => headers.get(KEY_HEADER)),
  'takes a user that it knows for a secret': knownIsEnough((_, body) => body?.user),
};

const UNGUARDED_STREAMS = lie.aboutStreams(ADMITS_ALL);
const UNGUARDED_USERS = lie.aboutUsers(ADMITS_ALL);

/** Expects the secret in no header and not in the body of a reply. */
function expectSecretKept(exchange: Exchange, secret: string, what: string): void {
  const readable = [...exchange.headers].map((pair) => pair.join(': ')).join('\n') + exchange.body;
  expect(!readable.includes(secret), `${what} without the secret`, described(exchange));
}

/** In characters. A shorter secret may stand in an answer by chance. */
const SHORTEST_SECRET = 8;

export default chapter('authentication', 'Authentication', {
  section: '#authentication',
  cases: [
    must('authentication.token', {
      says: 'in token mode gateway.auth.token is accepted, and no other secret',
      needs: ['deploy:token'],
      situations: EITHER_MODE,
      holds: (dial) => takesItsOwn(dial, 'token'),
      catches: ownSecret,
    }),
    must('authentication.token-env', {
      says: 'OPENCLAW_GATEWAY_TOKEN alone configures the token',
      needs: ['deploy:env-token'],
      holds: (dial) => takesItsOwn(dial, 'env-token'),
      catches: ownSecret,
    }),
    // There is one bearer for both modes; the token of the same configuration is no password.
    must('authentication.password', {
      says: 'in password mode gateway.auth.password is accepted as a bearer, and no other secret',
      needs: ['deploy:password'],
      situations: EITHER_MODE,
      holds: (dial) => takesItsOwn(dial, 'password'),
      catches: ownSecret,
    }),
    must('authentication.password-env', {
      says: 'OPENCLAW_GATEWAY_PASSWORD alone configures the password',
      needs: ['deploy:env-password'],
      holds: (dial) => takesItsOwn(dial, 'env-password'),
      catches: ownSecret,
    }),
    // 2026.2.1 refuses to start with this mode.
    must('authentication.none', {
      says: 'in mode none no credential is needed',
      since: '2026.2.19',
      needs: ['deploy:none'],
      situations: ANY_CALL,
      holds: (dial) => opens(dial.at('none'), { credential: null }),
      catches: {
        'asks for one all the same': lie.replies((response, { headers }) =>
          response.ok && !headers.has('authorization') ? lie.unauthorized() : response,
        ),
        'forbids it': lie.replies((response, { headers }) =>
          response.ok && !headers.has('authorization') ? lie.answer(403, {}) : response,
        ),
      },
    }),
    // With a 403 the SDK raises PermissionDeniedError, as if the secret were known and its rights too few.
    must('authentication.missing', {
      says: 'without an Authorization header: 401, no run',
      needs: ['credential'],
      core: true,
      situations: ANY_CALL,
      holds: (dial) => staysClosedToNames(dial, { credential: null }),
      catches: {
        ...NAMES_OPEN,
        'takes silence for trust': async (request, faithful) =>
          request.method !== 'POST' || request.headers.has('authorization') ? faithful(request) : lie.canned(),
        'forbids instead of asking': lie.insteadOf(401, () => lie.answer(403, {})),
        'guards whole answers alone': UNGUARDED_STREAMS,
        'guards calls without a user alone': UNGUARDED_USERS,
      },
    }),
    must('authentication.wrong', {
      says: 'with a wrong secret: 401, no run',
      needs: ['credential'],
      core: true,
      situations: ANY_CALL,
      holds: (dial) => staysClosedToNames(dial, { credential: wrongSecret(dial) }),
      catches: {
        ...NAMES_OPEN,
        'admits every client': ADMITS_ALL,
        'breaks over it': BREAKS,
        'guards whole answers alone': UNGUARDED_STREAMS,
        'guards calls without a user alone': UNGUARDED_USERS,
      },
    }),
    // Sent by clients whose key is not configured; a comparison with an unset secret would admit them.
    must('authentication.empty', {
      says: 'with an empty bearer: 401, no run',
      needs: ['credential'],
      core: true,
      situations: ANY_CALL,
      holds: (dial) => staysClosedToNames(dial, { credential: null, headers: { authorization: 'Bearer ' } }),
      catches: {
        ...NAMES_OPEN,
        'takes nothing for a secret': async (request, faithful) =>
          request.headers.get('authorization')?.trim() === 'Bearer' ? lie.canned() : faithful(request),
        'breaks over it': BREAKS,
      },
    }),
    ...rows,
    ...rawCalls,
    // Official SDKs retry 408, 409, 429 and 5xx twice; a retried 401 is one more wrong secret towards the lockout.
    should('authentication.envelope', {
      says: 'a 401 is JSON with error.message and error.type; the SDK raises AuthenticationError and does not retry',
      source: 'https://platform.openai.com/docs/guides/error-codes',
      needs: ['credential'],
      core: true,
      async holds(dial) {
        const call = callOf(dial) as unknown as OpenAI.ChatCompletionCreateParams;
        const failure: unknown = await dial.sdk.chat.completions
          .create(call, { maxRetries: 1, headers: { authorization: `Bearer ${wrongSecret(dial)}` } })
          .then(
            () => undefined,
            (cause: unknown) => cause,
          );
        const exchange = await dial.wire();
        expect(
          failure instanceof OpenAI.AuthenticationError,
          'the SDK to raise AuthenticationError',
          (failure as Error | undefined)?.constructor.name,
        );
        const retried = exchange.request.headers.find(([name]) => name.toLowerCase() === 'x-stainless-retry-count');
        expect(retried?.[1] === '0', 'the SDK to send one request', `${retried?.[1]} retries`);
        const { message, type } = jsonOf(exchange)?.error ?? {};
        const json = /json/i.test(exchange.headers.get('content-type') ?? '');
        expect(
          json && typeof message === 'string' && message !== '' && typeof type === 'string' && type !== '',
          'a 401 of JSON with error.message and error.type',
          described(exchange),
        );
      },
      catches: {
        'a word of text': lie.insteadOf(401, () => new Response('Unauthorized', { status: 401 })),
        'no type': lie.insteadOf(401, () => lie.answer(401, { error: { message: 'Unauthorized' } })),
        'the error as text': lie.insteadOf(401, () => lie.answer(401, { error: 'Unauthorized' })),
        'forbids instead of asking': lie.insteadOf(401, () =>
          lie.answer(403, { error: { message: 'No', type: 'forbidden' } }),
        ),
        'asks to try again': lie.headers((headers) => {
          headers.set('x-should-retry', 'true');
          headers.set('retry-after-ms', '1');
        }),
      },
    }),
    // Answers and errors end in logs and chat windows of clients: a secret in them is a secret lost.
    must('authentication.no-echo', {
      says: 'no answer contains a secret, the configured one or the one that was sent',
      source: 'https://github.com/openclaw/openclaw/issues/115718',
      needs: ['credential'],
      core: true,
      async holds(dial) {
        const secret = secretOf(dial);
        if (secret.length < SHORTEST_SECRET) throw new Undecided('the secret is too short to be told from other text');
        const wrong = `wrong-${dial.nonce}`;
        const refused = await dial.send(callOf(dial), { credential: wrong });
        expectSecretKept(refused, secret, 'a refusal');
        expectSecretKept(refused, wrong, 'a refusal');
        expectSecretKept(await dial.send('{"model":'), secret, 'an error');
        expectSecretKept(await dial.send(callOf(dial)), secret, 'an answer');
        expectSecretKept(await dial.send({ ...callOf(dial), stream: true }), secret, 'a stream');
      },
      catches: {
        'quotes what it refuses': lie.replies((response, { headers }) =>
          response.status === 401
            ? lie.answer(401, { error: { message: `No ${headers.get('authorization')} here`, type: 'unauthorized' } })
            : response,
        ),
        'helps with debugging': lie.replies(async (response, request) =>
          response.status === 400
            ? lie.answer(400, { ...((await response.json()) as object), headers: [...request.headers] })
            : response,
        ),
        'sends the credential back': lie.replies((response, request) => {
          const copy = new Response(response.body, response);
          if (response.ok) copy.headers.set('x-authorization', request.headers.get('authorization') ?? '');
          return copy;
        }),
      },
    }),
    ...neverOpen,
    ...lockout,
  ],
});
