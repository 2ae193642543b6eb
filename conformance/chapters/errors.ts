/** Errors: their shape, their classes in the official SDK, and what they must not disclose. */

import OpenAI from 'openai';
import classes from '../../fixtures/error-classes.json' with { type: 'json' };
import failures from '../../fixtures/provider-failures.json' with { type: 'json' };
import type { Answered, Dial } from '../dial/dial.ts';
import { Violation, expect } from '../dial/expectation.ts';
import type { Liar, Mutant } from '../dial/mutant.ts';
import { described, jsonOf, type Unjudged } from '../dial/reading.ts';
import type { Need } from '../dial/target.ts';
import { chapter, kept, may, should } from '../vocabulary/chapter.ts';
import type { Situation } from '../dial/situation.ts';
import * as lie from '../vocabulary/liars.ts';
import type { Json } from '../vocabulary/liars.ts';
import { play } from '../vocabulary/prompts.ts';
import { expectSound } from '../vocabulary/refusal.ts';
import { PLAIN_AND_FAR } from '../vocabulary/situations.ts';
import * as refusals from '../watching/refusals.ts';
import { Seen } from '../watching/seen.ts';
import { anyAnswer, oneError } from './errors/leaks.ts';

const ERRORS = 'https://platform.openai.com/docs/guides/error-codes/api-errors';
const issue = (number: number): string => `https://github.com/openclaw/openclaw/issues/${number}`;

/** A row of `fixtures/error-classes.json`. */
interface Row {
  readonly id: string;
  readonly body?: object | undefined;
  readonly credential?: null | undefined;
  readonly deployment?: string | undefined;
  readonly reply?: string | undefined;
  readonly envelope: boolean;
  readonly statuses: readonly number[];
  readonly classes: readonly string[];
  readonly since: string;
}

const rows: readonly Row[] = classes.rows;

function again(response: Response, really: boolean): Response {
  const headers = new Headers(response.headers);
  if (really) headers.set('x-should-retry', 'true');
  return new Response(response.body, { status: response.status, headers });
}

/** Makes the call of a row, which is to fail. */

function provoke(dial: Dial, { body, credential, deployment, reply }: Row): Promise<Answered> {
  const there = deployment === undefined ? dial : dial.at(deployment);
  const prompt = reply === undefined ? 'Say hello.' : play(reply);
  return there.ask(`${prompt} ${dial.nonce}`, {
    ...(body && { body: { ...body } }),
    ...(credential === null && { credential }),
  });
}

function needsOf({ credential, deployment, reply }: Row): Need[] {
  return [
    ...(credential === null ? ['credential' as const] : []),
    ...(deployment ? [`deploy:${deployment}` as const] : []),
    ...(reply ? ['scripted' as const] : []),
  ];
}

/** A stream that has begun tells a failed run in an event; what is refused before the run is refused in either mode. */
const situationsOf = ({ reply }: Row): readonly Situation[] => (reply ? [{}, { naming: 'user' }] : PLAIN_AND_FAR);

/** The SDK's error for a refusal. A violation when there is none. */
function refusalOf({ failure, exchange }: Answered): InstanceType<typeof OpenAI.APIError> {
  if (failure instanceof OpenAI.APIError && exchange.status >= 400) return failure;
  throw new Violation('a refusal (4xx or 5xx) that the SDK raises', described(exchange));
}

/** The same refusal under another status. */
const under = (status: number): Mutant =>
  lie.insteadOfRefusal((response) => new Response(response.body, { status, headers: response.headers }));

/** Edits the error object of every refusal. */
const error = (edit: (told: Json) => Json): Mutant => lie.onRefusal((body) => ({ ...body, error: edit(body.error) }));
/** The error as the text of a completion with status 200, as releases before 2026.5.5 had it. */
const success = lie.replies(async (response) =>
  response.status >= 400 ? lie.canned(await response.text()) : response,
);

/** Another content type for refusals, and another body; without `text` the body stays. */
const inWords = (type: string, text?: string): Liar =>
  lie.insteadOfRefusal((response) => {
    const { body, status, headers } = new Response(text ?? response.body, response);
    headers.set('content-type', type);
    headers.delete('content-length');
    return new Response(body, { status, headers });
  });

const misshapen = {
  'an error in words': inWords('text/plain', 'No'),
  'a web page': inWords('text/html', '<h1>No</h1>'),
  'the error as a text': lie.onRefusal((body) => ({ error: body.error.message })),
  'no type': error(({ message }) => ({ message })),
  'no message': error(({ type }) => ({ type })),
  'says it is text': inWords('text/plain'),
};

const misclassed = {
  'another status': under(422),
  'a status that is not registered': under(499),
  'tells the error as the answer': success,
};

const [clientError, serverError] = [under(400), under(500)];
const oneType = error((told) => ({ ...told, type: 'error' }));

export default chapter('errors', 'Errors', {
  section: '',
  core: true,
  cases: [
    ...rows
      .filter(({ envelope }) => envelope)
      .map((row) =>
        // The SDK shows error.message of a JSON body alone: with text/plain its user reads nothing but a status.
        should(`errors.envelope.${row.id}`, {
          says: `an error (${row.id}) is JSON with message and type, and so is the SDK's`,
          since: row.since,
          source: ERRORS,
          needs: needsOf(row),
          situations: situationsOf(row),
          async holds(dial) {
            await expectSound(dial);
            const refused = await provoke(dial, row);
            const raised = refusalOf(refused);
            const { exchange } = refused;
            const json = /json/i.test(exchange.headers.get('content-type') ?? '');
            expect(json, 'JSON', described(exchange));
            const { message, type }: Unjudged = jsonOf(exchange)?.error ?? {};
            for (const [name, value] of Object.entries({ message, type })) {
              expect(typeof value === 'string' && value !== '', `error.${name} to be a text`, described(exchange));
            }
            expect(raised.message.includes(message), "the SDK's error to have the message", raised.message);
            expect(raised.type === type, "the SDK's error to have the type", raised.type);
          },
          catches: misshapen,
        }),
      ),
    ...rows.map((row) =>
      // Clients branch on the class: on AuthenticationError they ask for a key, on RateLimitError they wait.
      should(`errors.classes.${row.id}`, {
        says: `an error (${row.id}) becomes the SDK's ${row.classes.join(' or ')}`,
        since: row.since,
        source: 'https://github.com/openai/openai-node#handling-errors',
        core: row.deployment === undefined,
        needs: needsOf(row),
        situations: situationsOf(row),
        async holds(dial) {
          await expectSound(dial);
          const refused = await provoke(dial, row);
          const raised = refusalOf(refused);
          const name = raised.constructor.name;
          expect(row.statuses.includes(raised.status as number), `status ${row.statuses.join(' or ')}`, raised.status);
          expect(row.classes.includes(name), `the SDK to raise ${row.classes.join(' or ')}`, name);
        },
        catches: misclassed,
      }),
    ),
    // Issue 124038: `401 Incorrect API key provided` came with 200 as the agent's answer; no client can tell it from
    // one.
    kept('errors.provider-failure', {
      keptSince: '2026.5.12',
      says: 'a failed run is a 4xx or 5xx, not an answer with the error as its text',
      mustSince: '2026.5.5',
      source: issue(124038),
      needs: ['scripted'],
      async holds(dial) {
        await expectSound(dial);
        refusalOf(await dial.ask(`${play('fail-400')} ${dial.nonce}`));
      },
      catches: {
        'tells the error as the answer': success,
        'an error with status 200': under(200),
        'an answer without words': lie.replies((response) => (response.status >= 400 ? lie.canned('') : response)),
      },
    }),
    ...failures.rows.map(({ id, reply, statuses, types }) =>
      // Issue 81275: as a 500 the SDK repeats a call that can never succeed, and its user cannot mend it.
      should(`errors.provider-mapping.${id}`, {
        says: `a run that failed with the provider's ${id} is told as ${statuses.join(' or ')}`,
        since: '2026.5.18',
        source: issue(81275),
        needs: ['scripted'],
        async holds(dial) {
          await expectSound(dial);
          const { exchange } = await dial.ask(`${play(reply)} ${dial.nonce}`);
          expect(statuses.includes(exchange.status), `status ${statuses.join(' or ')}`, described(exchange));
          const type: unknown = jsonOf(exchange)?.error?.type;
          expect(types.includes(type as string), `an error of type ${types.join(' or ')}`, described(exchange));
        },
        catches: {
          'answers with the other class of error': statuses.includes(400) ? serverError : clientError,
          'tells the error as the answer': success,
          'one type for all': oneType,
        },
      }),
    ),
    ...oneError,
    // A client shows error.message to its user, whatever the call was that is refused.
    should('errors.envelope.any', {
      says: 'a refusal of any call is JSON with message and type',
      // Before, a secret of another alphabet was an uncaught failure, in plain text.
      since: '2026.2.26',
      source: ERRORS,
      watched: true,
      async holds(dial) {
        await expectSound(dial);
        for (const fields of [{}, { stream: true }, { user: dial.nonce }]) {
          const exchange = await dial.send(dial.body([], fields));
          expect(exchange.status >= 400, 'a refusal of a call without messages', described(exchange));
          refusals.expectEnvelope(new Seen(exchange));
        }
      },
      catches: {
        'refuses streams in words': lie.aboutRequest(/"stream":true/, inWords('text/plain', 'No')),
        'the error as a text for a user': lie.aboutRequest(
          /"user":/,
          lie.onRefusal((body) => ({ error: body.error.message })),
        ),
        'a web page for a wrong secret': lie.insteadOf(
          401,
          () => new Response('<h1>No</h1>', { status: 401, headers: { 'content-type': 'text/html' } }),
        ),
        'an object for the message': error((told) => ({ ...told, message: { text: told.message } })),
      },
    }),
    ...anyAnswer,
    // An agent acts: three runs for one call may send one mail three times.
    // The SDK obeys the header whatever the status is: its user waits for three refusals, and three are counted.
    kept('errors.not-again', {
      says: 'a refusal that stays the same does not tell the SDK to ask again (x-should-retry)',
      source: 'https://github.com/openai/openai-node#retries',
      core: true,
      async holds(dial) {
        await expectSound(dial);
        const calls = [dial.send(dial.body('', { messages: 'none' })), dial.send('{')];
        if (dial.deployment.credential !== undefined) calls.push(dial.send(dial.body('hi'), { credential: null }));
        for (const exchange of await Promise.all(calls)) {
          const told = exchange.headers.get('x-should-retry');
          expect(exchange.status >= 400, 'a refusal', described(exchange));
          expect(told !== 'true', `no x-should-retry: true beside ${exchange.status}`, told);
        }
      },
      catches: {
        'has every failure asked again': lie.replies((response) => again(response, response.status >= 400)),
        'has bad requests asked again': lie.replies((response) => again(response, response.status === 400)),
        'has strangers ask again': lie.replies((response) => again(response, response.status === 401)),
      },
    }),
    may('errors.retries', {
      says: 'how many runs one failing call makes with the SDK as it comes (it retries twice)',
      source: 'https://github.com/openai/openai-node#retries',
      needs: ['scripted', 'probe'],
      async holds(dial) {
        const body = dial.body(
          `${play('fail-401')} ${dial.nonce}`,
        ) as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming;
        await Promise.allSettled([dial.sdk.withOptions({ maxRetries: 2 }).chat.completions.create(body)]);
        const last = await dial.wire();
        const runs = dial.probe.asked(dial.nonce).length;
        return `${last.status}: ${runs} ${runs === 1 ? 'run' : 'runs'}`;
      },
      catches: {
        'asks not to be asked again': lie.aboutRequest(
          /play:fail/,
          lie.headers((headers) => headers.set('x-should-retry', 'false')),
        ),
        'answers with a client error': clientError,
      },
    }),
  ],
});
