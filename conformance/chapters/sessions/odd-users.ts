/** Odd values of `user`, `fixtures/odd-users.json`, as cases: one row, one case. */

import table from '../../../fixtures/odd-users.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described } from '../../dial/reading.ts';
import { kept } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { WHICH_WORD, knows } from '../../vocabulary/prompts.ts';
import { filled } from '../../vocabulary/templates.ts';
import { calling, forgetsUsers, userAsKey } from './liars.ts';
import { askedFor, wordOf } from './pairs.ts';
import { KEY_HEADER } from '../../dial/headers.ts';

interface Row {
  readonly id: string;
  readonly what: string;
  readonly user: string;
  readonly length?: number;
  readonly outside?: string;
}

const ROWS: readonly Row[] = table.rows;

async function judges(dial: Dial, row: Row): Promise<void> {
  const user = filled(row.user, dial).padEnd(row.length ?? 0, 'x');
  const answer = await askedFor(dial, { first: { user }, second: { user } });
  expect(knows(answer, wordOf(dial)), `the session that was told ${wordOf(dial)}`, answer);
  if (row.outside === undefined) return;
  const key = filled(row.outside, dial);
  const outside = await dial.ask(WHICH_WORD, { headers: { [KEY_HEADER]: key } });
  // A refused key discloses nothing either. Other cases may have told that session words of their own.
  expect(
    !outside.exchange.body.includes(wordOf(dial)),
    `the session ${key} not to know what this user said`,
    described(outside.exchange),
  );
}

/** Whether a gateway that expects plain names would find this user odd. */
const isOdd = (user: string): boolean => !/^[\w-]{0,64}$/.test(user.trim());

const failsOnIt = calling(isOdd, async () =>
  lie.answer(500, { error: { message: 'ENAMETOOLONG', type: 'api_error' } }),
);

/** Wrong gateways that let the user of a row leave its namespace, by the row's id. */
const LETS_OUT: Readonly<Record<string, Readonly<Record<string, Mutant>>>> = {
  slashes: { 'keeps what follows the last slash': userAsKey((user) => /\w\/([^/]+)$/.exec(user)?.[1]) },
  traversal: { 'takes it for a path': userAsKey((user) => /^(?:\.\.\/)+(.+)$/.exec(user)?.[1]) },
  main: { 'takes it for a session key': userAsKey((user) => (user === 'main' ? user : undefined)) },
  reserved: {
    'takes it for the rest of a session key': userAsKey((user) => (isOdd(user) ? `agent:main:${user}` : undefined)),
  },
  'whole-key': { 'takes it for a session key': userAsKey((user) => (isOdd(user) ? user : undefined)) },
};

/**
 * `sessions.user-odd.<row>`. `user` is free text of the client. A user that is read as a key or a path enters the
 * session of another one, and reads what was said there.
 */
export const rows = ROWS.map((row) =>
  kept(`sessions.user-odd.${row.id}`, {
    says: `a user ${row.what} has a session like any other`,
    // The one name without a nonce: no other case may tell that session a word in between.
    ...(row.user === 'main' && { lane: 'user main' }),
    holds: (dial) => judges(dial, row),
    catches: {
      'forgets who called': forgetsUsers,
      ...(row.user !== 'main' && { 'fails on it': failsOnIt }),
      ...LETS_OUT[row.id],
    },
  }),
);
