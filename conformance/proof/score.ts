/** The result of a proof in numbers, as the lines that the README shows, and as a table. */

import { matches } from '../judging/judge.ts';
import type { Catalogued } from './catalogue.ts';
import type { Result } from './runner.ts';
import type { Written } from './written.ts';

/** One wrong, lawful or null gateway, weighed. */
export interface Weighed {
  readonly kind: Result['kind'];
  readonly name: string;
  /** What is not as written, a line each. */
  readonly wrong: readonly string[];
  /** The messages of the requirements that noticed it, by requirement; for a null control, those that it passed. */
  readonly by: Readonly<Record<string, string>>;
  /** The mutant was noticed by every requirement that it breaks. */
  readonly caught: boolean;
  readonly ms: number;
}

/** A proof in numbers. */
export interface Score {
  readonly edition: string;
  /** Cases in force. */
  readonly requirements: number;
  readonly mutants: number;
  readonly caught: number;
  /** Firings and errors that are written nowhere. */
  readonly overFires: number;
  readonly lawful: number;
  readonly silent: number;
  readonly nulls: number;
  readonly nullsAsWritten: number;
}

/** Counts; `requirements` are the cases in force. */
export function scoreOf(edition: string, requirements: number, weighed: readonly Weighed[]): Score {
  const of = (kind: Result['kind']): Weighed[] => weighed.filter((one) => one.kind === kind);
  const good = (all: readonly Weighed[]): number => all.filter(({ wrong }) => wrong.length === 0).length;
  return {
    edition,
    requirements,
    mutants: of('mutant').length,
    caught: of('mutant').filter(({ caught }) => caught).length,
    overFires: weighed.flatMap(({ wrong }) => wrong.filter((line) => line.includes('and should not:'))).length,
    lawful: of('lawful').length,
    silent: good(of('lawful')),
    nulls: of('null').length,
    nullsAsWritten: good(of('null')),
  };
}

/** The score of a proof in which everything is as `fixtures/proof` has it; `requirements` are the cases in force. */
export function scoreAsWritten({ edition, mutants, lawful, nulls }: Written, requirements: number): Score {
  return {
    edition,
    requirements,
    mutants: mutants.length,
    caught: mutants.filter(({ fires }) => fires.length > 0).length,
    overFires: 0,
    lawful: lawful.length,
    silent: lawful.length,
    nulls: nulls.length,
    nullsAsWritten: nulls.length,
  };
}

/** The score as the README shows it. The percentage is rounded down: 99.9 % are not 100 %. */
export function scoreLine(score: Score): string {
  const { edition, requirements, mutants, caught, overFires, lawful, silent, nulls, nullsAsWritten } = score;
  return [
    `- As of ${edition}, ${requirements} requirements catch **${caught} of ${mutants}** wrong gateways`,
    `(${mutants === 0 ? 0 : Math.floor((100 * caught) / mutants)} %) with ${overFires} over-fires;`,
    `${silent} of ${lawful} lawful variants stay silent,`,
    `${nullsAsWritten} of ${nulls} null controls earn what they should.`,
  ].join(' ');
}

const MARKS = ['<!-- score -->', '<!-- /score -->'] as const;
const SCORE = new RegExp(`${MARKS[0]}\\n+([^]*?)\\n+${MARKS[1]}`);

/** The README with the line of an edition, in place of its old one; the newest edition comes first. */
export function withScore(readme: string, score: Score): string {
  return readme.replace(SCORE, (_, text: string) => {
    const others = text.split('\n').filter((line) => line !== '' && !line.startsWith(`- As of ${score.edition},`));
    const lines = [...others, scoreLine(score)].toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    return [MARKS[0], '', ...lines, '', MARKS[1]].join('\n');
  });
}

/** A table as text, with a row for each chapter. */
export function scoreTable(mutants: readonly Catalogued[], weighed: readonly Weighed[]): string {
  const chapters = [...new Set(mutants.map(({ id }) => id.split('.')[0]!))];
  const rows = chapters.map((chapter) => {
    const mine = weighed.filter(
      ({ kind, name }) => kind === 'mutant' && matches({ id: name, chapter: name.split('.')[0]! }, chapter),
    );
    const caught = mine.filter((one) => one.caught);
    return [chapter, String(mine.length), String(caught.length), String(mine.flatMap(({ wrong }) => wrong).length)];
  });
  return [['chapter', 'mutants', 'caught', 'not as written'], ...rows]
    .map(([first, ...rest]) => first!.padEnd(16) + rest.map((cell) => cell.padStart(16)).join(''))
    .join('\n');
}
