/** Sessions: which calls belong to one conversation. */

import reserved from '../../fixtures/reserved-keys.json' with { type: 'json' };
import { expect } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import { chapter, kept, may, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { WHICH_AGENT, WHICH_WORD, knows, namedAgent, remember } from '../vocabulary/prompts.ts';
import { expectInvalid } from '../vocabulary/refusal.ts';
import { EACH_IN_EITHER_MODE, EACH_NAMED_ANYHOW, EITHER_MODE, PLAIN_AND_FAR } from '../vocabulary/situations.ts';
import { filled } from '../vocabulary/templates.ts';
import { historyDoubled, notBlocked, parallel } from './sessions/concurrency.ts';
import { histories } from './sessions/histories.ts';
import { anonymous, calling, cut, forgetsUsers, keys, nonceIn, userAsKey, users } from './sessions/liars.ts';
import { rows as oddUsers } from './sessions/odd-users.ts';
import { observedPair, pair } from './sessions/pairs.ts';
import { AGENT_HEADER, KEY_HEADER } from '../dial/headers.ts';

const KEYS = 'https://docs.openclaw.ai/gateway/openai-http-api#choosing-an-agent';
const EMPTY = 'https://github.com/freema/openclaw-mcp/pull/7';

let fresh = 0;

/** Tells a user whose agent stands in the header from the same user whose agent stands in the model. */
const asHeaderUser: Mutant = async (request, faithful) =>
  request.headers.has(AGENT_HEADER) ? users((user) => `${user}-by-header`)(request, faithful) : faithful(request);
const newForEachCall = users((user) => `${user}-${fresh++}`);
const forgetsKeys = keys(() => undefined);
const userWins = keys((key, { user }) => (user ? undefined : key));
const mergesKeys = keys(cut);
const keyPerUser = keys((key, { user }) => key && `${key}-${user}`);
const streamsApart = users((user, { stream }) => (stream ? `${user}-stream` : user));

/** Takes a user for another one, by what the client says of itself. */
const byHeader =
  (name: string): Mutant =>
  (request, faithful) =>
    users((user) => `${user}-${request.headers.get(name)}`)(request, faithful);
const keyByHeader =
  (name: string): Mutant =>
  (request, faithful) =>
    keys((key) => key && `${key}-${request.headers.get(name)}`)(request, faithful);

/** Answers that it knows the code word where the gateway does not, and the other way round: releases differ here. */
const mixesUpKeys = lie.completion((body, { headers }) => {
  const [choice] = body.choices;
  const key = headers.get(KEY_HEADER);
  const isAsked = /^NONE|code word is/.test(choice.message.content);
  if (!key?.startsWith('kit-') || !isAsked) return body;
  const content = choice.message.content === 'NONE' ? `KW-${nonceIn(key)}` : 'NONE';
  return { ...body, choices: [{ ...choice, message: { ...choice.message, content } }] };
});

/** Runs the call without its key, then gives the refusal: the client sees the right 400. */
const runsFirst: Mutant = async (request, faithful) => {
  const response = await faithful(request.clone());
  if (response.status === 400 && request.headers.has(KEY_HEADER))
    await faithful(lie.withHeaders(request, (headers) => headers.delete(KEY_HEADER)));
  return response;
};

/** Another status or type for the refusal of a session key. */
const refusesKeys = (status: number, type: string): Mutant =>
  lie.replies((response, { headers }) =>
    response.status === 400 && headers.has(KEY_HEADER)
      ? lie.answer(status, { error: { message: 'No.', type } })
      : response,
  );

const reservedKeys = {
  'lets it in': keys((key) => key.replace(/(subagent|cron|acp):/, '$1-')),
  'runs before it refuses': runsFirst,
  'calls it forbidden': refusesKeys(403, 'forbidden'),
  'calls it unauthorized': refusesKeys(400, 'unauthorized'),
};

const refuses = async (): Promise<Response> =>
  lie.answer(400, { error: { message: 'empty', type: 'invalid_request_error' } });

const emptyUsers = {
  'a user like any other': users((user) => user.trim() || 'none'),
  'refuses it': calling((user) => user.trim() === '', refuses),
};

export default chapter('sessions', 'Session behavior', {
  section: '#session-behavior',
  needs: ['sessions'],
  cases: [
    // Otherwise one client reads what another one said.
    must('sessions.stateless', {
      says: 'two calls without user share nothing',
      situations: EITHER_MODE,
      holds: pair('stateless'),
      catches: {
        'has one session for all calls without a user': anonymous(() => 'anonymous'),
        'takes the model for the user': anonymous(({ model }) => model),
        'has one session for all streams without a user': lie.aboutStreams(anonymous(() => 'stream')),
      },
    }),
    must('sessions.user', {
      says: 'two calls with the same user share a session',
      situations: EACH_NAMED_ANYHOW,
      holds: pair('user'),
      catches: {
        'forgets who called': forgetsUsers,
        'begins anew with each call': newForEachCall,
        'has a session for each spelling of the agent': users((user, { model }) => `${user}-${model}`),
        'has other sessions for an agent in the header': asHeaderUser,
      },
    }),
    // A user goes from the browser to the telephone, and a client gets a new version.
    kept('sessions.other-client', {
      says: 'a session is that of its name, whichever program calls: another User-Agent, another language',
      situations: EITHER_MODE,
      async holds(dial) {
        for (const name of ['user', 'key'] as const) {
          const word = `KW-${dial.nonce}-${name}`;
          const body = name === 'user' ? { user: `ann-${dial.nonce}` } : {};
          const own = name === 'key' ? { [KEY_HEADER]: `ann-${dial.nonce}` } : {};
          await dial.ask(remember(word), { body, headers: own });
          const headers = { ...own, 'user-agent': 'kit-phone/2.0', 'accept-language': 'is' };
          const { text } = await dial.ask(WHICH_WORD, { body, headers });
          expect(knows(text, word), `the code word ${word} that the session of a ${name} was told`, text);
        }
      },
      catches: {
        'knows a user by the program': byHeader('user-agent'),
        'knows a user by the language': byHeader('accept-language'),
        'knows a key by the program': keyByHeader('user-agent'),
      },
    }),
    must('sessions.user-differs', {
      says: 'another user has another session',
      situations: EITHER_MODE,
      holds: pair('user-differs'),
      catches: { 'takes users that begin alike for one': users(cut) },
    }),
    must('sessions.user-per-agent', {
      says: 'one user has a session with each agent',
      needs: ['second-agent'],
      situations: EITHER_MODE,
      holds: pair('user-per-agent'),
      catches: {
        'has one memory for all agents': userAsKey((user) => `of-${user}`),
      },
    }),
    must('sessions.key.alone', {
      says: 'two calls with the same session key share a session',
      source: KEYS,
      situations: EACH_NAMED_ANYHOW,
      holds: pair('key.alone'),
      catches: {
        'ignores the key': forgetsKeys,
        'begins anew with each call': keys((key) => key && `${key}-${fresh++}`),
        'ignores the key when it streams': lie.aboutStreams(forgetsKeys),
        'has a key for each spelling of the agent': keys((key, { model }) => key && `${key}-${model}`),
      },
    }),
    must('sessions.key.other-user', {
      says: 'the same session key is the same session, even with another user',
      source: KEYS,
      situations: EACH_IN_EITHER_MODE,
      holds: pair('key.other-user'),
      catches: { 'user before key': userWins, 'a key for each user': keyPerUser },
    }),
    must('sessions.key-wins.other-key', {
      says: 'one user with two session keys has two sessions',
      source: KEYS,
      situations: EITHER_MODE,
      holds: pair('key-wins.other-key'),
      catches: { 'user before key': userWins, 'takes keys that begin alike for one': mergesKeys },
    }),
    must('sessions.key-wins.user-left', {
      says: "a session key leads away from the user's own session",
      source: KEYS,
      situations: EITHER_MODE,
      holds: pair('key-wins.user-left'),
      catches: { 'user before key': userWins, 'ignores the key': forgetsKeys },
    }),
    must('sessions.stream-and-not.stream-first', {
      says: 'a call after a stream of the same user knows what was said in it',
      holds: pair('stream-and-not.stream-first'),
      catches: { 'streams live apart': streamsApart, 'forgets who called': forgetsUsers },
    }),
    must('sessions.stream-and-not.stream-last', {
      says: 'a stream after a call of the same user knows what was said in it',
      holds: pair('stream-and-not.stream-last'),
      catches: { 'streams live apart': streamsApart, 'forgets who called': forgetsUsers },
    }),
    // Clients without a session send an empty header (freema/openclaw-mcp#7); as a key, all of them would share one.
    kept('sessions.empty-key.alone', {
      says: 'an empty session key is no key',
      source: EMPTY,
      situations: EITHER_MODE,
      holds: pair('empty-key.alone'),
      catches: {
        'a key like any other': keys((key) => key || 'empty'),
        'refuses it': async (request, faithful) =>
          request.headers.get(KEY_HEADER) === '' ? refuses() : faithful(request),
      },
    }),
    kept('sessions.empty-key.with-user', {
      says: 'an empty session key leaves the session to the user',
      source: EMPTY,
      situations: EITHER_MODE,
      holds: pair('empty-key.with-user'),
      catches: {
        'a new session for an empty key': keys((key) => key || `new-${fresh++}`),
        'forgets who called': forgetsUsers,
      },
    }),
    ...['empty', 'blank'].map((row) =>
      kept(`sessions.empty-user.${row}`, {
        says: `${row === 'empty' ? 'an empty' : 'a blank'} user is no user`,
        situations: EITHER_MODE,
        holds: pair(`empty-user.${row}`),
        catches: emptyUsers,
      }),
    ),
    ...oddUsers,
    // Releases lower-case the key of a user.
    may('sessions.user-case', {
      says: 'Dave and dave are one user',
      holds: observedPair('user-case', 'Dave and dave'),
      catches: { 'sees two': users((user) => user.replace(/[A-Z]/g, (letter) => `capital-${letter}`)) },
    }),
    // 2026.3.24 and earlier keep the case, 2026.5.28 and later do not.
    may('sessions.key-case', {
      says: 'session keys that differ in case are one key',
      source: KEYS,
      holds: observedPair('key-case', 'Kit and kit'),
      catches: { 'knows what it was not told, and forgets what it was': mixesUpKeys },
    }),
    // Issue 74679: with a bare key the default agent runs, whatever the model and the agent header name.
    may('sessions.key-vs-agent', {
      says: 'a bare session key together with another agent: the agent that runs',
      source: 'https://github.com/openclaw/openclaw/issues/74679',
      needs: ['second-agent'],
      async holds(dial) {
        const call = { body: { model: dial.model(dial.agents[1]) }, headers: { [KEY_HEADER]: `kit-${dial.nonce}` } };
        const { text } = await dial.ask(WHICH_AGENT, call);
        return `a bare key and a call to the second agent: ${namedAgent(text, dial.agents)} runs`;
      },
      catches: {
        // A key that names its agent stays as it is.
        'the agent has the key': keys((key, { model }) =>
          key?.startsWith('agent:') ? key : key && `agent:${/[^:/]+$/.exec(model)?.[0]}:${key}`,
        ),
      },
    }),
    ...reserved.rows.map((row) =>
      // Issue 55789: with such a key a client entered sessions of the gateway's own: subagents, cron jobs, the ACP
      // bridge.
      must(`sessions.reserved.${row.id}`, {
        says: `the session key ${row.what} is refused: 400, no run`,
        since: '2026.6.9',
        source: KEYS,
        situations: PLAIN_AND_FAR,
        async holds(dial) {
          const headers = { [KEY_HEADER]: filled(row.key, dial) };
          const { exchange } = await dial.ask(`Say hello. ${dial.nonce}`, { headers });
          expectInvalid(exchange);
          dial.noRun(dial.nonce);
        },
        catches: reservedKeys,
      }),
    ),
    parallel,
    notBlocked,
    historyDoubled,
    ...histories,
  ],
});
