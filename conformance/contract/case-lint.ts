/** The rules that every case follows. Pure: cases in, one line for each violation. */
import { NEWEST, OLDEST, compareReleases, isRelease, lineOf } from '../editions.ts';
import type { Case, Chapter } from '../vocabulary/chapter.ts';

/** The form of an id: `chapter.thing`, or `chapter.thing.row`. */
export const ID = /^[a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)?$/;
/** The placeholder that `npm run new` writes. */
export const FILL_IN = 'FILL IN';

/** Longest promise and longest name of a mutant, in characters, so that each is read at once. */
const LONGEST = { says: 120, mutant: 70 };
/** Proper nouns, with which a promise may begin. */
const NAMES = /^(?:Dave|Chinese|Hebrew|Unicode)\b/;

/**
 * Checks every case of the contract.
 *
 * @param deployments the names in `fixtures/deployments.json`.
 * @returns one line for each fault, beginning with the case's id.
 */
export function lint(chapters: readonly Chapter[], deployments: readonly string[]): string[] {
  const cases = chapters.flatMap((chapter) => chapter.cases);
  return [
    ...chapters.flatMap(({ name, cases: own }) =>
      own.filter(({ id }) => !id.startsWith(`${name}.`)).map(misplaced(name)),
    ),
    ...cases.flatMap((one) => faultsOf(one, deployments).map((fault) => `${one.id}: ${fault}`)),
    ...twins(cases, ({ id }) => id, 'the id'),
    ...twins(cases, ({ says }) => says, 'the promise'),
    ...twins(cases, workings, 'what they do and catch'),
  ];
}

const misplaced =
  (name: string) =>
  ({ id }: Case): string =>
    `${id}: an id of chapter ${name} begins with ${name}.`;

function faultsOf(one: Case, deployments: readonly string[]): string[] {
  const mutants = Object.keys(one.catches);
  const needed = one.needs.flatMap((need) => (need.startsWith('deploy:') ? need.slice('deploy:'.length) : []));
  return [
    [!ID.test(one.id), 'an id has the form chapter.thing or chapter.thing.row'],
    [one.says === '' || one.says.includes('\n'), 'a promise is one line'],
    [one.says.length > LONGEST.says, `a promise has at most ${LONGEST.says} characters, not ${one.says.length}`],
    [/^[A-Z][a-z]+\b/.test(one.says) && !NAMES.test(one.says), 'a promise begins in lower case, or with a name'],
    [one.says.endsWith('.'), 'a promise has no full stop'],
    [[one.says, ...mutants].some((text) => text.includes(FILL_IN)), 'a placeholder is left to be filled in'],
    [mutants.length === 0, 'a case catches at least one mutant'],
    [mutants.some((name) => name.trim() === '' || name.length > LONGEST.mutant), 'a mutant has a short name'],
    [!URL.canParse(one.source) || !one.source.startsWith('https://'), 'a source is a link'],
    [needed.some((name) => !deployments.includes(name)), 'a deployment that is needed is one of the fixtures'],
    ...datesOf(one),
  ].flatMap(([faulty, fault]) => (faulty ? [String(fault)] : []));
}

function datesOf(one: Case): [boolean, string][] {
  const { since, until, mustSince, keptSince } = one;
  const dates = [since, until, mustSince, keptSince].filter((date) => date !== undefined);
  const known = (date: string): boolean =>
    isRelease(date) &&
    lineOf(date) === undefined &&
    compareReleases(date, OLDEST) >= 0 &&
    compareReleases(date, NEWEST) <= 0;
  if (!dates.every(known)) return [[true, `a date is a release of the main line from ${OLDEST} to ${NEWEST}`]];
  const after = (date: string | undefined): boolean => date !== undefined && compareReleases(date, since) <= 0;
  return [
    [after(until), 'a promise ends after it began'],
    [after(mustSince), 'a promise becomes a MUST after it began'],
    [keptSince !== undefined && compareReleases(keptSince, since) < 0, 'a promise is kept from its begin on, or later'],
    [mustSince !== undefined && one.level === 'MUST', 'a promise becomes a MUST that was none'],
  ];
}

/**
 * The source text of a case and the names of its mutants. undefined for a row of a table, and for a case that a function
 * makes: their texts are equal although their arguments differ.
 */
function workings(one: Case): string | undefined {
  const text = one.holds.toString();
  const isRow = one.id.split('.').length > 2;
  return isRow || !text.startsWith('async holds(') ? undefined : JSON.stringify([text, Object.keys(one.catches)]);
}

function twins(cases: readonly Case[], key: (one: Case) => string | undefined, what: string): string[] {
  return [...Map.groupBy(cases, key)]
    .filter(([shared, { length }]) => shared !== undefined && length > 1)
    .map(([, alike]) => `${alike.map(({ id }) => id).join(', ')}: two cases share ${what}`);
}
