/** What the histories of `sessions.histories.*` are made of: those that are written, and how others are drawn. */

import type { Arbitrary } from 'fast-check';
import type { Depth } from '../../dial/course.ts';
import type { Dial } from '../../dial/dial.ts';
import { compareReleases } from '../../editions.ts';
import { ALIKE_BEHIND, ALIKE_IN_FRONT, KEYS, USERS, alike } from '../../histories/alphabet.ts';
import type { Command, Failing, Moment, Opening } from '../../histories/commands.ts';
import type { FastCheck, Plan } from '../../histories/histories.ts';
import type { Client } from '../../histories/sessions-model.ts';

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
/** At a temperature of 0 equal calls have equal answers, unless the session was told something between them. */
const COLD: Client = { ...ANN, fields: { temperature: 0, seed: 7 } };
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

/** Sessions keep what they were told, whatever comes in between. */
export const memory = (dial: Dial): Plan => {
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
      [tells(COLD), asks(COLD), tells(COLD), asks(COLD), asks(COLD, true), tells(COLD, streamed), asks(COLD, true)],
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

/** Names that are nearly alike are sessions of their own, and calls without a name are none. */
export const isolation = ({ agents, course }: Dial): Plan => {
  const some = (names: readonly string[]): readonly string[] => names.slice(0, MEMBERS[course.depth]);
  const userFamilies = USERS.map((family) => some(family).map((user): Client => ({ user })));
  const keyFamilies = KEYS.map((family) => some(family).map((key): Client => ({ key })));
  const unnamed = UNNAMED_FORMS.map((client): Client[] => [client, client]);
  const byAgent = agents.length > 1 ? [[ANN, { ...ANN, agent: 1 }]] : [];
  const ofBoth: Client[] = [{ user: 'kit-{nonce}' }, { key: 'kit-{nonce}' }];
  const separated = course.depth === 'quick' ? [ALIKE_IN_FRONT] : [ALIKE_IN_FRONT, ALIKE_BEHIND];
  const separatedFamilies = separated.flatMap((names): Client[][] => [
    names.map((user) => ({ user })),
    names.map((key) => ({ key })),
  ]);
  const families = [...userFamilies, ...keyFamilies, ...separatedFamilies, ...unnamed, ...byAgent, ofBoth];
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

export const afterLeaving = (): Plan => ({
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

/** Calls of two sessions at the same time. */
export const parallel = (): Plan => {
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

/** One session, its agent named in each way that the edition takes. */
export const spellings = ({ agents, edition }: Dial): Plan => {
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

/** A session keeps more turns than a window of ten has. */
export const long = (): Plan => ({
  judges: ['memory'],
  written: [ANN, KEY].map((client) => [...Array.from({ length: 14 }, () => tells(client)), asks(client)]),
});

/** A session outlives the calls of many others. */
export const crowd = ({ course }: Dial): Plan => ({
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

/** Each answer has the form that its call asks for, whatever the calls before it asked for. */
export const form = (): Plan => ({
  judges: ['form'],
  written: [[tells(UNNAMED, streamed), tells(ANN, streamed), asks(ANN, true), tells(KEY, streamed), asks(KEY, true)]],
});
