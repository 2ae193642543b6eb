/** What was measured of real clients is told by the ids that there are, and in the README as in the table. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import hurt from '../../fixtures/hurt-clients.json' with { type: 'json' };
import table from '../../fixtures/measured-clients.json' with { type: 'json' };
import { hurtText, type HurtClient } from './gateways/table.ts';
import { measuredText, REAL_CLIENTS, rowOf, type Measured } from './real.ts';
import { REQUIREMENTS } from './requirements.ts';

const rows: readonly Measured[] = table.rows.map((row) => ({ ...row, versions: { ...row.versions } }) as Measured);
const root = fileURLToPath(new URL('../..', import.meta.url));

test('each row is of a client in the list, and of a program that is there', () => {
  const ids = REAL_CLIENTS.map(({ id }) => id);
  expect(rows.length).toBeGreaterThanOrEqual(14);
  expect(rows.map(({ id }) => id)).toEqual(ids.filter((id) => rows.some((row) => row.id === id)));
  expect(rows.filter(({ program }) => !existsSync(`${root}${program}`))).toEqual([]);
});

test('each row names requirements that there are, each once', () => {
  const known = new Set(REQUIREMENTS.map(({ id }) => id));
  for (const { id, breaks, unseen, kept } of rows) {
    const named = [...Object.keys(breaks), ...unseen];
    expect(new Set(named).size, id).toBe(named.length);
    expect(
      named.filter((one) => !known.has(one)),
      id,
    ).toEqual([]);
    expect(kept + named.length, id).toBeLessThanOrEqual(known.size);
  }
});

test.each([
  ['clients', measuredText(rows)],
  ['hurt', hurtText(hurt.rows as unknown as readonly HurtClient[])],
])('the README shows the table of %s as it is', async (mark, markdown) => {
  const text = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const [, shown] = text.split(new RegExp(`<!-- /?${mark} -->`));
  expect(shown).toBe(`\n\n${await format(markdown, { printWidth: 120, parser: 'markdown' })}\n`);
});

test('a row holds what was found without what differs from run to run', () => {
  const verdict = {
    id: 'framing.crlf',
    level: 'MUST',
    says: '',
    source: '',
    verdict: 'fail',
    reason: String.raw`expected "say \"0bd15ae1\"" of lighthouse 0bd15ae1, got 127.0.0.1:4711`,
    durationMs: 7,
  } as const;
  const [client] = REAL_CLIENTS;
  expect(rowOf(client!, { openai: '7.0.0' }, [verdict, { ...verdict, id: 'framing.cr', verdict: 'pass' }])).toEqual({
    id: client!.id,
    versions: { openai: '7.0.0' },
    program: `conformance/clients/${client!.program}`,
    measured: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    kept: 1,
    breaks: { 'framing.crlf': String.raw`expected "say \"…\"" of lighthouse …, got 127.0.0.1:…` },
    unseen: [],
  });
});
