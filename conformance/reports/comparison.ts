/** What has changed between two reports. Pure. */
import { EXIT, type VerdictName } from '../judging/verdict.ts';
import { plain } from './markdown.ts';
import { masked } from './masks.ts';
import type { ReportCase, Report } from './report.ts';

export interface Change {
  readonly id: string;
  /** As of the later report, where the case is in it. */
  readonly level: string;
  /** undefined: the report does not know the case. */
  readonly before: VerdictName | undefined;
  readonly after: VerdictName | undefined;
  /** Of the later report, where the case is in it. */
  readonly reason: string;
}

export interface Comparison {
  readonly before: string;
  readonly after: string;
  /** The reports come from different contracts: promises may have been added, reworded or dated anew. */
  readonly otherContract: boolean;
  /** Did not fail before: a failure that is waived is a failure. */
  readonly failing: readonly Change[];
  /** Could be judged before, or was not there. */
  readonly errored: readonly Change[];
  readonly passing: readonly Change[];
  /** Was judged before; now skipped, or only observed. */
  readonly skipped: readonly Change[];
  /** In the earlier report alone. */
  readonly absent: readonly Change[];
  /** Failed before and fails still, in another way. */
  readonly otherwise: readonly Change[];
}

type Outcome = 'broken' | 'kept' | 'error' | 'unjudged' | 'absent';

const OUTCOMES: Readonly<Record<VerdictName, Outcome>> = {
  fail: 'broken',
  warn: 'broken',
  waived: 'broken',
  pass: 'kept',
  stale: 'kept',
  error: 'error',
  note: 'unjudged',
  skip: 'unjudged',
};

export function compared(before: Report, after: Report): Comparison {
  const earlier = new Map(masked(before).cases.map((one) => [one.id, one]));
  const later = new Map(masked(after).cases.map((one) => [one.id, one]));
  const pairs = [...new Set([...later.keys(), ...earlier.keys()])].map(
    (id) => [earlier.get(id), later.get(id)] as const,
  );
  const changes = (wanted: (was: Outcome, is: Outcome, pair: (typeof pairs)[number]) => boolean): Change[] =>
    pairs
      .filter((pair) => wanted(outcomeOf(pair[0]), outcomeOf(pair[1]), pair))
      .map(([was, is]) => {
        const { id, level, reason } = (is ?? was)!;
        return { id, level, before: was?.verdict, after: is?.verdict, reason: is ? reason : '' };
      });
  const became = (outcome: Outcome): Change[] => changes((was, is) => is === outcome && was !== outcome);
  return {
    before: before.target.name,
    after: after.target.name,
    otherContract: before.suite.contractHash !== after.suite.contractHash,
    failing: became('broken'),
    errored: became('error'),
    passing: became('kept'),
    skipped: changes((was, is) => is === 'unjudged' && was !== 'unjudged' && was !== 'absent'),
    absent: became('absent'),
    otherwise: changes((was, is, [a, b]) => was === 'broken' && is === 'broken' && failureOf(a!) !== failureOf(b!)),
  };
}

/** 1 when anything newly fails, else 3 when anything can no longer be judged. */
export function comparisonExit({ failing, errored }: Comparison): number {
  if (failing.length > 0) return EXIT.violated;
  return errored.length > 0 ? EXIT.unjudged : EXIT.good;
}

function outcomeOf(one: ReportCase | undefined): Outcome {
  return one ? OUTCOMES[one.verdict] : 'absent';
}

/** How it failed, of a masked report: without how long it took, and how long the answer was. */
function failureOf({ evidence, reason }: ReportCase): string {
  const said = evidence?.got === undefined ? reason : `${evidence.expected}, ${evidence.got}`;
  return said.replaceAll(/about \d+ m?s\b|…? \(\d+ characters\)/g, '…');
}

const KINDS = [
  ['failing', 'newly failing'],
  ['errored', 'newly not to be judged'],
  ['passing', 'newly passing'],
  ['skipped', 'newly skipped'],
  ['absent', 'absent'],
  ['otherwise', 'failing in another way'],
] as const satisfies readonly (readonly [keyof Comparison, string])[];

const OTHER_CONTRACT = 'The reports come from different contracts.';

const nothing = (comparison: Comparison): boolean => KINDS.every(([kind]) => comparison[kind].length === 0);
const headline = ({ before, after }: Comparison): string => `From ${before} to ${after}`;
const step = ({ before, after }: Change): string => `${before ?? 'absent'} → ${after ?? 'absent'}`;

/** For a terminal. */
export function comparisonText(comparison: Comparison): string {
  return [
    nothing(comparison) ? `${headline(comparison)}: nothing has changed.` : `${headline(comparison)}:`,
    ...(comparison.otherContract ? [OTHER_CONTRACT] : []),
    ...KINDS.flatMap(([kind, title]) =>
      comparison[kind].map((change) => {
        const reason = change.reason === '' ? '' : `: ${change.reason}`;
        return `  ${title}  ${change.id} (${change.level}), ${step(change)}${reason}`;
      }),
    ),
  ].join('\n');
}

/** For a comment on a pull request, or a step summary. */
export function comparisonMarkdown(comparison: Comparison): string {
  return [
    `### ${plain(headline(comparison))}`,
    '',
    ...(comparison.otherContract ? [OTHER_CONTRACT, ''] : []),
    ...(nothing(comparison) ? ['Nothing has changed.', ''] : []),
    ...KINDS.filter(([kind]) => comparison[kind].length > 0).flatMap(([kind, title]) => [
      `**${title}** (${comparison[kind].length})`,
      '',
      '| requirement | level | verdict | reason |',
      '| --- | --- | --- | --- |',
      ...comparison[kind].map(
        (change) => `| \`${change.id}\` | ${change.level} | ${step(change)} | ${plain(change.reason)} |`,
      ),
      '',
    ]),
  ].join('\n');
}
