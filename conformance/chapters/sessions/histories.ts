/**
 * `sessions.histories.*`: what pairs of calls do not find. Sequences of calls, by hand and drawn by chance, are held
 * against a model of what each session was told; see `conformance/histories/`.
 */

import type { Dial } from '../../dial/dial.ts';
import type { Liar } from '../../dial/mutant.ts';
import { tryHistories, type Plan } from '../../histories/histories.ts';
import { kept, must, should } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import {
  agentHeaderApart,
  anew,
  beginsAnewAfter,
  cached,
  keysInWholeCallsOnly,
  lastUsers,
  secondTurn,
  twoAtOnce,
  userFrom,
} from './forgetting.ts';
import { anonymous, keys, users } from './liars.ts';
import { afterLeaving, crowd, form, isolation, long, memory, parallel, spellings } from './plans.ts';

const tried =
  (plan: (dial: Dial) => Plan) =>
  (dial: Dial): Promise<void> =>
    tryHistories(dial, plan(dial));

/** Names the session of a call without a user by some of its messages; by none of them, it has no name. */
const beginning = (some: (list: readonly Json[]) => readonly Json[]): Liar =>
  anonymous(({ messages }) => {
    const named = Array.isArray(messages) ? some(messages) : [];
    return named.length > 0 ? JSON.stringify(named) : undefined;
  });

const slug = (name: string): string => name.replace(/[^a-z0-9]+/gi, '-');
const short = (length: number) => (name: string) => name.slice(0, length);

/** The cases, one for each plan. */
export const histories = [
  must('sessions.histories.memory', {
    says: 'a session knows all that it was told, whatever other calls come in between',
    holds: tried(memory),
    catches: {
      'ignores the session key of a stream': keysInWholeCallsOnly,
      'begins anew after a call that it refused': anew({ after: ({ status }) => status === 400 }),
      'begins anew after a run that failed': anew({ after: ({ status }) => status >= 500 }),
      'begins anew with a stream that fails': anew({ before: (sent) => /play:fail-.*"stream":true/s.test(sent) }),
      'begins anew after a call that is too large': anew({ after: ({ status }) => status === 413 }),
      'begins anew after a long text': anew({ before: ({ length }) => length > 8000 }),
      'answers equal calls from a cache': cached(() => true),
      'answers equal calls at a temperature of 0 from a cache': cached((sent) => sent.includes('"temperature":0')),
      'has no session for a name of every object': users((user) => (user === '__proto__' ? undefined : user)),
    },
  }),
  must('sessions.histories.isolation', {
    says: 'a session knows nothing that only another one was told, however alike their names are',
    holds: tried(isolation),
    catches: {
      'cuts users at 64 characters': users(short(64)),
      'cuts users at 128 characters': users(short(128)),
      'keeps the end of a long user': users((user) => user.slice(-64)),
      'cuts session keys at 64 characters': keys(short(64)),
      'makes a slug of users': users(slug),
      'makes a slug of session keys': keys(slug),
      'makes a number of users that are digits': users((user) => (/^[\d.]+$/.test(user) ? String(Number(user)) : user)),
      'takes letters with an accent for the plain ones': users((user) => user.normalize('NFD').replace(/\p{M}/gu, '')),
      'drops what is not in the first plane of Unicode': users((user) => user.replace(/[\u{10000}-\u{10ffff}]/gu, '')),
      'decodes users': users((user) => {
        try {
          return decodeURIComponent(user);
        } catch {
          return user;
        }
      }),
      'cuts users at the end of a line': users((user) => user.split('\n')[0]),
      'cuts users at the @': users((user) => user.split('@')[0]),
      'cuts users at the first colon': users((user) => user.split(':')[0]),
      'keeps what follows the last slash of a user': users((user) => user.split('/').at(-1)),
      'keeps what follows the last hyphen of a user': users((user) => user.split('-').at(-1)),
      'cuts users at a null character': users((user) => user.split('\0')[0]),
      'cuts session keys at the last colon': keys((key) => key.replace(/:[^:]*$/, '')),
      'takes users with one hash for one': users((user) => user.replace(/BB/g, 'Aa')),
      'has one session for all whose user is null': userFrom(({ user }) => (user === null ? 'null' : undefined)),
      'has one session for all streams without a user': anonymous(({ stream }) => (stream ? 'stream' : undefined)),
      'takes the first message for the user': beginning((list) => list.slice(0, 1)),
      'takes the first message of a user for the user': beginning((list) =>
        list.filter(({ role }) => role === 'user').slice(0, 1),
      ),
      'takes the messages in front of the last one for the user': beginning((list) => list.slice(0, -1)),
      'takes prompt_cache_key for the user': anonymous(({ prompt_cache_key }) => prompt_cache_key),
    },
  }),
  // 2026.5.28 to 2026.7.1 may shut a session whose client left.
  should('sessions.histories.after-leaving', {
    says: 'a session goes on as it was when its client left a stream',
    mustSince: '2026.8.2',
    needs: ['scripted'],
    holds: tried(afterLeaving),
    catches: {
      'forgets the session of a client that left': anew({ left: true }),
      'turns away a client that left before': anew({ left: true, refuses: true }),
    },
  }),
  kept('sessions.histories.parallel', {
    says: 'of two calls of one session at once both are answered and remembered',
    source: 'https://github.com/openclaw/openclaw/issues/69112',
    holds: tried(parallel),
    catches: {
      'does not remember the second of two calls': twoAtOnce('forgets'),
      'gives the second of two calls the answer of the first': twoAtOnce('joins'),
      'turns the second of two calls away': twoAtOnce('refuses'),
    },
  }),
  must('sessions.histories.spellings', {
    says: 'a user has one session with an agent, however a call names the agent',
    holds: tried(spellings),
    catches: {
      'has a session for each spelling of the model': users(
        (user, { model }) => `${user}-${String(model).split(/[:/]/)[0]}`,
      ),
      'has other sessions for the agent header': agentHeaderApart,
    },
  }),
  must('sessions.histories.crowd', {
    says: 'a session is still there after calls of 33 other ones',
    needs: ['scripted'],
    holds: tried(crowd),
    catches: {
      'remembers the last 32 users': lastUsers(32),
      'remembers the last 8 users': lastUsers(8),
    },
  }),
  // A window of ten turns forgets, without a word, what the client was told to rely on.
  kept('sessions.histories.long', {
    says: 'a session knows all that it was told in fourteen calls',
    needs: ['scripted'],
    holds: tried(long),
    catches: {
      'begins anew with the eleventh call': beginsAnewAfter(10),
      'begins anew with the thirteenth call': beginsAnewAfter(12),
    },
  }),
  kept('sessions.histories.form', {
    says: 'a stream has the same form at every turn of a session',
    holds: tried(form),
    catches: {
      'has no role from the second call of a user on': secondTurn(
        lie.chunks((chunk) => (chunk.choices?.[0]?.delta?.role === undefined ? chunk : [])),
      ),
      'has no sentinel from the second call of a user on': secondTurn(
        lie.frames((data) => (data === '[DONE]' ? [] : [data])),
      ),
    },
  }),
];
