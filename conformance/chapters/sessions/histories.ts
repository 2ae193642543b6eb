/**
 * `sessions.histories.*`: what pairs of calls do not find. Sequences of calls, by hand and drawn by chance, are held
 * against a model of what each session was told; see `conformance/histories/`.
 */

import type { Arbitrary } from 'fast-check';
import type { Depth } from '../../dial/course.ts';
import type { Dial } from '../../dial/dial.ts';
import type { Liar } from '../../dial/mutant.ts';
import { compareReleases } from '../../editions.ts';
import { KEYS, USERS, alike } from '../../histories/alphabet.ts';
import type { Command, Failing, Moment, Opening } from '../../histories/commands.ts';
import { tryHistories, type FastCheck, type Plan } from '../../histories/histories.ts';
import type { Client } from '../../histories/sessions-model.ts';
import { kept, must, should } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import {
  agentHeaderApart,
  anew,
  keysInWholeCallsOnly,
  lastUsers,
  secondTurn,
  twoAtOnce,
  userFrom,
} from './forgetting.ts';
import { anonymous, keys, users } from './liars.ts';

const tells = (client: Client, how: { streamed?: true; long?: true; opening?: Opening } = {}): Command => ({
  does: 'tells',
  client,
  ...how,
});
const asks = (client: Client, streamed = false, opening?: Opening): Command => ({
  does: 'asks',
  client,
  streamed,
  opening,
});
const fails = (client: Client, reply: Failing, streamed = false): Command => ({
  does: 'fails',
  client,
  reply,
  streamed,
});
const leaves = (client: Client, when: Moment): Command => ({ does: 'leaves', client, when });
const streamed = { streamed: true } as const;

const ANN: Client = { user: '{nonce}-ann' };
const KEY: Client = { key: 'kit-{nonce}-key' };
const UNNAMED: Client = {};

const OPENINGS = ['a turn', 'a rule', 'a rule and a turn'] as const satisfies Opening[];

const tellsOrAsks = (fc: FastCheck, client: Arbitrary<Client>): Arbitrary<Command>[] => {
  const manner = { client, streamed: fc.boolean(), opening: fc.constantFrom(undefined, undefined, ...OPENINGS) };
  return [
    fc.record({ does: fc.constant('tells' as const), ...manner, long: fc.boolean() }),
    fc.record({ does: fc.constant('asks' as const), ...manner }),
  ];
};

/** What happens to a session between what it is told and what it is asked; only a scripted agent fails on demand. */
const failures = ({ scripted }: Dial): Command[][] => {
  if (!scripted) return [];
  return [
    [tells(ANN), fails(ANN, 'fail-500'), fails(ANN, 'fail-400', true), asks(ANN)],
    [tells(KEY, streamed), fails(KEY, 'fail-500'), fails(KEY, 'fail-400-after-text', true), asks(KEY, true)],
  ];
};

const FAILING = ['fail-400', 'fail-500', 'fail-400-after-text'] as const satisfies Failing[];

const memory = (dial: Dial): Plan => {
  const { agents, course, scripted } = dial;
  const second = { ...ANN, agent: 1 };
  const other = agents.length > 1 ? [second] : [];
  const keyOfAnn = { ...ANN, ...KEY };
  const clients = [ANN, KEY, keyOfAnn, UNNAMED, { user: '__proto__' }, ...other];
  return {
    judges: ['memory'],
    written: [
      [
        tells(ANN),
        asks(ANN, true),
        tells(KEY, streamed),
        asks(KEY),
        tells(keyOfAnn),
        asks(KEY, true),
        { does: 'is refused', client: ANN, status: 400 },
        { does: 'is refused', client: ANN, status: 401 },
        tells(UNNAMED),
        ...other.flatMap((client) => [tells(client), asks(client, true)]),
        tells(ANN, { long: true, streamed: true }),
        { does: 'tells again', client: ANN },
        asks(ANN),
        tells({ user: '__proto__' }),
        asks({ user: '__proto__' }),
      ],
      ...failures(dial),
      ...(course.depth === 'quick'
        ? []
        : [[tells(ANN), { does: 'is refused', client: ANN, status: 413 }, asks(ANN)] as const]),
    ],
    clients: (fc) => fc.constant(clients),
    commands: (fc, client) => [
      ...tellsOrAsks(fc, client),
      fc.record({ does: fc.constant('tells again' as const), client, streamed: fc.boolean() }),
      fc.record({
        does: fc.constant('is refused' as const),
        client,
        status: fc.constantFrom(400 as const, 401 as const),
      }),
      ...(scripted
        ? [
            fc.record({
              does: fc.constant('fails' as const),
              client,
              reply: fc.constantFrom(...FAILING),
              streamed: fc.boolean(),
            }),
          ]
        : []),
    ],
  };
};

/** Calls of no session, however they say so. */
const UNNAMED_FORMS: readonly Client[] = [UNNAMED, { user: null }, { fields: { prompt_cache_key: 'kit-{nonce}' } }];

/** How many names of each family are tried. */
const MEMBERS: Readonly<Record<Depth, number>> = { quick: 2, standard: 3, deep: Infinity };

const isolation = ({ agents, course }: Dial): Plan => {
  const some = (names: readonly string[]): readonly string[] => names.slice(0, MEMBERS[course.depth]);
  const userFamilies = USERS.map((family) => some(family).map((user): Client => ({ user })));
  const keyFamilies = KEYS.map((family) => some(family).map((key): Client => ({ key })));
  const unnamed = UNNAMED_FORMS.map((client): Client[] => [client, client]);
  const byAgent = agents.length > 1 ? [[ANN, { ...ANN, agent: 1 }]] : [];
  const ofBoth: Client[] = [{ user: 'kit-{nonce}' }, { key: 'kit-{nonce}' }];
  const families = [...userFamilies, ...keyFamilies, ...unnamed, ...byAgent, ofBoth];
  return {
    judges: ['isolation'],
    written: [
      ...families.map(([first, ...others]) => [tells(first!), ...others.map((client) => asks(client))]),
      [tells(UNNAMED, streamed), asks(UNNAMED, true)],
      // What calls without a user begin with names no session; and no two users are one because they begin alike.
      [tells(UNNAMED, { opening: 'a turn' }), asks(UNNAMED, false, 'a turn')],
      [tells(UNNAMED, { opening: 'a rule', streamed: true }), asks(UNNAMED, false, 'a rule')],
      [tells(UNNAMED, { opening: 'a rule and a turn' }), asks(UNNAMED, true, 'a rule and a turn')],
      [
        tells(ANN, { opening: 'a turn' }),
        asks({ user: '{nonce}-bob' }, false, 'a turn'),
        asks(UNNAMED, true, 'a turn'),
      ],
    ],
    clients: (fc) => {
      const pair = fc.integer({ min: 13, max: 400 }).map(alike);
      return fc.oneof(
        fc.constantFrom(...families),
        pair.map((names) => names.map((user) => ({ user }))),
        pair.map((names) => names.map((key) => ({ key }))),
      );
    },
    commands: tellsOrAsks,
  };
};

const MOMENTS = ['before the first word', 'in the middle', 'after the finish'] as const;

const afterLeaving = (): Plan => ({
  judges: ['memory'],
  written: [
    [tells(ANN), ...MOMENTS.flatMap((when) => [leaves(ANN, when), asks(ANN)]), tells(ANN, streamed), asks(ANN, true)],
  ],
  clients: (fc) => fc.constant([ANN, KEY]),
  commands: (fc, client) => [
    ...tellsOrAsks(fc, client),
    fc.record({ does: fc.constant('leaves' as const), client, when: fc.constantFrom(...MOMENTS) }),
  ],
});

const parallel = (): Plan => {
  const bob: Client = { user: '{nonce}-bob' };
  return {
    judges: ['memory', 'isolation'],
    written: [
      [
        tells(ANN),
        { does: 'tells two at once', both: [ANN, ANN] },
        asks(ANN),
        tells(bob),
        { does: 'tells two at once', both: [ANN, bob], streamed: true },
        asks(bob),
        { does: 'tells two at once', both: [bob, bob], streamed: true },
        asks(bob, true),
        asks(ANN),
      ],
    ],
    clients: (fc) => fc.constant([ANN, bob, KEY]),
    commands: (fc, client) => [
      ...tellsOrAsks(fc, client),
      fc.record({
        does: fc.constant('tells two at once' as const),
        both: fc.tuple(client, client),
        streamed: fc.boolean(),
      }),
    ],
  };
};

const spellings = ({ agents, edition }: Dial): Plan => {
  const slash = compareReleases(edition, '2026.3.24') >= 0 ? (['openclaw/'] as const) : [];
  const ways = (['openclaw:', 'agent:', 'header', ...slash] as const).map((by): Client => ({ ...ANN, by }));
  const everyAgent = agents.slice(0, 2).map((_, agent) => ways.map((client) => ({ ...client, agent })));
  return {
    judges: ['memory'],
    written: everyAgent.map((names) => [...names.map((one) => tells(one)), ...names.map((one) => asks(one))]),
    clients: (fc) => fc.constant(everyAgent.flat()),
    commands: tellsOrAsks,
  };
};

const crowd = ({ course }: Dial): Plan => ({
  judges: ['memory'],
  written: [
    [
      tells(ANN),
      tells(KEY),
      { does: 'lets others call', size: course.depth === 'deep' ? 100 : 33 },
      asks(ANN),
      asks(KEY),
    ],
  ],
});

const form = (): Plan => ({
  judges: ['form'],
  written: [[tells(UNNAMED, streamed), tells(ANN, streamed), asks(ANN, true), tells(KEY, streamed), asks(KEY, true)]],
});

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
      'keeps what follows the last slash of a user': users((user) => user.split('/').at(-1)),
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
