/** Compares two reports. Pure. */
import { EXIT, type VerdictName } from '../judging/verdict.ts';
import { HARMS, hurtBy, isMeasured, type Hurt } from './hurt-clients.ts';
import { plain } from './markdown.ts';
import { masked } from './masks.ts';
import type { ReportCase, Report } from './report.ts';

/** One requirement whose outcome differs between two reports. */
export interface Change {
  readonly id: string;
  /** From the later report when it has the case, else from the earlier one. */
  readonly level: string;
  /** undefined: the report does not have the case. */
  readonly before: VerdictName | undefined;
  readonly after: VerdictName | undefined;
  /** From the later report; '' when it does not have the case. */
  readonly reason: string;
}

/** A client that breaks by what newly fails, as it was measured behind wrong gateways. */
export interface NewlyHurt {
  /** With its version. */
  readonly client: string;
  /** Worst first. */
  readonly by: readonly (Pick<Hurt, 'outcome'> & { readonly ids: readonly string[] })[];
}

/** Two reports' differences, sorted by kind. */
export interface Comparison {
  /** The name of the earlier target. */
  readonly before: string;
  /** The name of the later target. */
  readonly after: string;
  /** The reports have different contract hashes: requirements may have been added, reworded or redated. */
  readonly otherContract: boolean;
  /** Fails, and did not before. A waived failure is a failure. */
  readonly failing: readonly Change[];
  /** Could not be judged; could be before, or was absent. */
  readonly errored: readonly Change[];
  /** Passes, and did not before. */
  readonly passing: readonly Change[];
  /** Was judged before; is now skipped, or only observed. */
  readonly skipped: readonly Change[];
  /** Only in the earlier report. */
  readonly absent: readonly Change[];
  /** Fails in both reports, with a different message. */
  readonly otherwise: readonly Change[];
  /** Of the clients that are asked about, those that break by what newly fails; worst first. */
  readonly hurt: readonly NewlyHurt[];
  /** Newly fails, and no client was measured by it. */
  readonly unmeasured: readonly string[];
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
  unseen: 'unjudged',
};

/**
 * The differences from `before` to `after`; volatile values are masked first.
 *
 * @param clients ids of the measured clients that are asked about. Default: all.
 */
export function compared(before: Report, after: Report, clients?: readonly string[]): Comparison {
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
  const failing = became('broken');
  const broken = failing.map(({ id }) => id);
  return {
    before: before.target.name,
    after: after.target.name,
    otherContract: before.suite.contractHash !== after.suite.contractHash,
    failing,
    errored: became('error'),
    passing: became('kept'),
    skipped: changes((was, is) => is === 'unjudged' && was !== 'unjudged' && was !== 'absent'),
    absent: became('absent'),
    otherwise: changes((was, is, [a, b]) => was === 'broken' && is === 'broken' && failureOf(a!) !== failureOf(b!)),
    hurt: newlyHurt(broken, clients),
    unmeasured: broken.filter((id) => !isMeasured(id)),
  };
}

function newlyHurt(broken: readonly string[], clients?: readonly string[]): NewlyHurt[] {
  const all = broken.flatMap((id) => hurtBy(id, clients).map((hurt) => ({ id, ...hurt })));
  const worst = (of: typeof all): number => Math.min(...of.map(({ outcome }) => HARMS.indexOf(outcome)));
  return [...Map.groupBy(all, ({ client }) => client)]
    .toSorted(([, one], [, other]) => worst(one) - worst(other))
    .map(([client, of]) => ({
      client,
      by: HARMS.map((outcome) => ({
        outcome,
        ids: of.filter((one) => one.outcome === outcome).map(({ id }) => id),
      })).filter(({ ids }) => ids.length > 0),
    }));
}

/**
 * The exit code where it is asked about clients: 1 when one is newly hurt, else 3 when something newly fails by which none was
 * measured, or can no longer be judged, else 0.
 */
export function clientsExit({ hurt, unmeasured, errored }: Comparison): number {
  if (hurt.length > 0) return EXIT.violated;
  return unmeasured.length + errored.length > 0 ? EXIT.unjudged : EXIT.good;
}

/** The exit code: 1 when a requirement newly fails, else 3 when one can no longer be judged, else 0. */
export function comparisonExit({ failing, errored }: Comparison): number {
  if (failing.length > 0) return EXIT.violated;
  return errored.length > 0 ? EXIT.unjudged : EXIT.good;
}

function outcomeOf(one: ReportCase | undefined): Outcome {
  return one ? OUTCOMES[one.verdict] : 'absent';
}

/** How a case of a masked report failed, without durations and lengths. */
function failureOf({ evidence, reason }: ReportCase): string {
  const failure = evidence?.got === undefined ? reason : `${evidence.expected}, ${evidence.got}`;
  return failure.replaceAll(/about \d+ m?s\b|…? \(\d+ characters\)/g, '…');
}

const KINDS = [
  ['failing', 'newly failing'],
  ['errored', 'no longer judged'],
  ['passing', 'newly passing'],
  ['skipped', 'newly skipped'],
  ['absent', 'absent'],
  ['otherwise', 'failing differently'],
] as const satisfies readonly (readonly [keyof Comparison, string])[];

const OTHER_CONTRACT = 'The reports come from different contracts.';

const nothing = (comparison: Comparison): boolean => KINDS.every(([kind]) => comparison[kind].length === 0);
const headline = ({ before, after }: Comparison): string => `From ${before} to ${after}`;
const harms = ({ by }: NewlyHurt): string => by.map(({ outcome, ids }) => `${outcome} (${ids.join(', ')})`).join('; ');
const step = ({ before, after }: Change): string => `${before ?? 'absent'} → ${after ?? 'absent'}`;

/** The comparison for a terminal, one line for each change. */
export function comparisonText(comparison: Comparison): string {
  return [
    nothing(comparison) ? `${headline(comparison)}: no changes.` : `${headline(comparison)}:`,
    ...(comparison.otherContract ? [OTHER_CONTRACT] : []),
    ...KINDS.flatMap(([kind, title]) =>
      comparison[kind].map((change) => {
        const reason = change.reason === '' ? '' : `: ${change.reason}`;
        return `  ${title}  ${change.id} (${change.level}), ${step(change)}${reason}`;
      }),
    ),
    ...comparison.hurt.map((hurt) => `  newly hurt  ${hurt.client}: ${harms(hurt)}`),
  ].join('\n');
}

/** The comparison in Markdown, for a pull-request comment or a step summary. */
export function comparisonMarkdown(comparison: Comparison): string {
  return [
    `### ${plain(headline(comparison))}`,
    '',
    ...(comparison.otherContract ? [OTHER_CONTRACT, ''] : []),
    ...(nothing(comparison) ? ['No changes.', ''] : []),
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
    ...(comparison.hurt.length > 0
      ? [
          `**newly hurt** (${comparison.hurt.length})`,
          '',
          '| client | by |',
          '| --- | --- |',
          ...comparison.hurt.map((hurt) => `| ${plain(hurt.client)} | ${plain(harms(hurt))} |`),
          '',
        ]
      : []),
  ].join('\n');
}
