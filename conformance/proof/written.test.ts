/** What is written of the proof, held against the suite; what fires is found by `npm run proof`. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { NEWEST, inForce } from '../editions.ts';
import { catalogueOf } from './catalogue.ts';
import { LAWFUL } from './lawful.ts';
import { NULLS } from './nulls.ts';
import { scoreAsWritten, scoreLine } from './score.ts';
import { readWritten } from './written.ts';

/** The oldest and the newest edition of the proof. */
const EDITIONS = ['2026.2.1', NEWEST];
const catalogue = catalogueOf(cases);

describe.each(EDITIONS)('as of %s', (edition) => {
  const written = readWritten(edition)!;
  const current = new Map(cases.filter((one) => inForce(one, edition)).map((one) => [one.id, one]));
  const mutants = catalogue.filter(({ breaks }) => breaks.some((id) => current.has(id)));

  /** For the id of a case that was added or changed. */
  const mend = `npm run proof -- --write --edition ${edition} --only ID`;

  test(`fixtures/proof has an entry for every wrong gateway, and for no other; if not, run ${mend}`, () => {
    expect(written.mutants.map(({ id }) => id).toSorted()).toEqual(mutants.map(({ id }) => id).toSorted());
    expect(written.nulls.map(({ name }) => name)).toEqual(Object.keys(NULLS));
    expect(written.lawful).toEqual(Object.keys(LAWFUL));
  });

  test(`every requirement fires about a wrong gateway that breaks it; if not, run ${mend}`, () => {
    const fires = new Map(
      written.mutants.map((one) => [one.id, one.fires.flatMap(({ requirements }) => requirements)]),
    );
    // What a gateway breaks may have come with a later release, such as the chunk with the usage: then nothing fires.
    const alive = mutants.filter(({ id }) => edition === NEWEST || fires.get(id)?.length !== 0);
    expect(alive.length).toBeGreaterThanOrEqual(mutants.length - 5);
    const unseen = alive.flatMap(({ id, breaks }) =>
      breaks.filter((requirement) => current.has(requirement) && fires.get(id)?.includes(requirement) !== true),
    );
    expect(unseen).toEqual([]);
    const broken = new Set(mutants.flatMap(({ breaks }) => breaks));
    expect([...current.keys()].filter((id) => !broken.has(id))).toEqual([]);
  });

  test('a dead server is not judged, and every other null control is in violation', () => {
    const exits = Object.fromEntries(written.nulls.map(({ name, exit }) => [name, exit]));
    const { 'a server that hangs': hangs, 'a port that refuses': refuses, ...alive } = exits;
    expect([hangs, refuses]).toEqual([3, 3]);
    expect(new Set(Object.values(alive))).toEqual(new Set([1]));
  });

  test('no constant server earns a session, an agent or an error', () => {
    const earned = written.nulls.flatMap(({ passes }) => passes.flatMap(({ requirements }) => requirements));
    expect(earned.filter((id) => /^(?:sessions|agents|errors)\./.test(id))).toEqual([]);
  });

  test(`the README shows the score; if not, run ${mend}`, () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const [, shown] = /<!-- score -->([^]*)<!-- .score -->/.exec(readme)!;
    expect(shown).toContain(scoreLine(scoreAsWritten(written, current.size)));
  });
});

test('there are 200 wrong gateways and 25 lawful variants at least', () => {
  expect(catalogue.length).toBeGreaterThanOrEqual(200);
  expect(Object.keys(LAWFUL).length).toBeGreaterThanOrEqual(25);
});
