/** Which clients break by a requirement is told by what was measured, worst first. */
import { expect, test } from 'vitest';
import table from '../../fixtures/hurt-clients.json' with { type: 'json' };
import { HARMS, HURT_CLIENTS, hurtBy, hurtGroups, hurtText, isMeasured } from './hurt-clients.ts';

const BROKEN = 'streaming.same-text';
const version = table.rows.find(({ id }) => id === 'openai 7')!.versions.openai!;

test('the clients of a requirement are named with their versions, worst first', () => {
  for (const id of table.requirements) {
    const ranks = hurtBy(id).map(({ outcome }) => HARMS.indexOf(outcome));
    expect(ranks, id).toEqual(ranks.toSorted((a, b) => a - b));
  }
  expect(hurtBy(BROKEN, ['openai 7'])).toEqual([
    {
      client: `openai 7 (${version})`,
      outcome: 'takes it for success',
      gateway: 'streaming.same-text: loses the first character',
    },
  ]);
  expect(hurtBy(BROKEN).map(({ client }) => client)).toContain('fetch');
});

test('clients that break alike stand together, each once', () => {
  const groups = hurtGroups(BROKEN);
  expect(groups.flatMap(({ clients }) => clients).toSorted()).toEqual(
    hurtBy(BROKEN)
      .map(({ client }) => client)
      .toSorted(),
  );
  const keys = groups.map(({ outcome, gateway }) => `${outcome} ${gateway}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(hurtText({ outcome: 'hangs', gateway: 'streaming.done: never ends', clients: ['a (1)', 'b'] })).toBe(
    'a (1); b: hangs (measured: streaming.done: never ends)',
  );
});

test('of what no client was put behind, none is named', () => {
  expect([isMeasured(BROKEN), isMeasured('authentication.wrong')]).toEqual([true, false]);
  expect([hurtBy('authentication.wrong'), hurtBy('constructor'), hurtGroups('errors.none')]).toEqual([[], [], []]);
  expect(hurtBy(BROKEN, [])).toEqual([]);
});

test('what breaks a client is among what was measured', () => {
  const broken = new Set(table.rows.flatMap(({ breaks }) => Object.keys(breaks)));
  expect([...broken].filter((id) => !isMeasured(id))).toEqual([]);
  expect(HURT_CLIENTS).toEqual(table.rows.map(({ id }) => id));
});
