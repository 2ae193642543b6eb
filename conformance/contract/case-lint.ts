/** What every case keeps to, whoever wrote it. Pure: cases in, one line for each that does not. */
import { NEWEST, OLDEST, compareReleases, isRelease } from '../editions.ts';
import { levelAt, type Case, type Chapter } from '../vocabulary/chapter.ts';

/** `chapter.thing`, or `chapter.thing.row`. */
export const ID = /^[a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)?$/;
/** What `npm run new` leaves for its author to write. */
export const FILL_IN = 'FILL IN';

/** Longest promise and longest name of a mutant, in characters: each is read in one glance. */
const LONGEST = { says: 120, mutant: 70 };
/** Words with which a promise may begin although they begin with a capital. */
const NAMES = /^(?:Dave|Chinese|Hebrew|Unicode)\b/;

/**
 * @param deployments the names of `fixtures/deployments.json`.
 * @returns one line for each fault, the case's id first; none when all is well.
 */
export function lint(chapters: readonly Chapter[], deployments: readonly string[]): string[] {
  const cases = chapters.flatMap((chapter) => chapter.cases);
  return [
    ...chapters.flatMap(({ name, cases }) => cases.filter(({ id }) => !id.startsWith(`${name}.`)).map(misplaced(name))),
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
    [one.says.length > LONGEST.says, `a promise has ${LONGEST.says} characters at most, not ${one.says.length}`],
    [/^[A-Z][a-z]+\b/.test(one.says) && !NAMES.test(one.says), 'a promise begins in lower case, or with a name'],
    [one.says.endsWith('.'), 'a promise has no full stop'],
    [[one.says, ...mutants].some((text) => text.includes(FILL_IN)), 'something is left to be filled in'],
    [mutants.length === 0, 'a case catches one mutant at least'],
    [mutants.some((name) => name.trim() === '' || name.length > LONGEST.mutant), 'a mutant has a short name'],
    [!URL.canParse(one.source) || !one.source.startsWith('https://'), 'a source is a link'],
    [needed.some((name) => !deployments.includes(name)), 'a deployment that is needed is one of the fixtures'],
    ...datesOf(one),
  ].flatMap(([faulty, fault]) => (faulty ? [String(fault)] : []));
}

function datesOf(one: Case): [boolean, string][] {
  const { since, until, mustSince } = one;
  const dates = [since, until, mustSince].filter((date) => date !== undefined);
  const known = (date: string): boolean =>
    isRelease(date) && compareReleases(date, OLDEST) >= 0 && compareReleases(date, NEWEST) <= 0;
  if (!dates.every(known)) return [[true, `a date is a release from ${OLDEST} to ${NEWEST}`]];
  const after = (date: string | undefined): boolean => date !== undefined && compareReleases(date, since) <= 0;
  return [
    [after(until), 'a promise ends after it began'],
    [after(mustSince), 'a promise becomes a MUST after it began'],
    [mustSince !== undefined && levelAt(one, since) === 'MUST', 'a promise becomes a MUST that was none'],
  ];
}

/**
 * What a case does and catches, as its author wrote it out. A case that leaves the judging to a function, and a row of a
 * table, differ by what they hand in: of them nothing can be said, undefined.
 */
function workings(one: Case): string | undefined {
  const text = one.holds.toString();
  const isRow = one.id.split('.').length > 2;
  return isRow || !text.startsWith('async holds(') ? undefined : JSON.stringify([text, Object.keys(one.catches)]);
}

function twins(cases: readonly Case[], key: (one: Case) => string | undefined, what: string): string[] {
  return [...Map.groupBy(cases, key)]
    .filter(([key, { length }]) => key !== undefined && length > 1)
    .map(([, alike]) => `${alike.map(({ id }) => id).join(', ')}: two cases share ${what}`);
}
