/** Findings by cause: one cause for all that expected the same and got the same. Pure. */
import { counted } from './counted.ts';
import { masking } from './masks.ts';
import { findingsOf, type Finding, type Report } from './report.ts';

/** Findings that have one cause. */
export interface Cause {
  /** The worst verdict of its findings. */
  readonly verdict: Finding['verdict'];
  /** What was expected and what came, in a few words: `got 500 instead of 400`. */
  readonly says: string;
  /** At least one; the worst first, then in the order of the contract. */
  readonly findings: readonly Finding[];
}

/** Requirements under one prefix, like `requests.malformed.*`. */
export interface Family {
  readonly text: string;
  readonly size: number;
}

/** The verdicts of findings, the worst first. */
const WORST: readonly Finding['verdict'][] = ['fail', 'stale', 'error', 'warn'];

/** The causes of a report's findings: the worst verdict first, then the one with most findings. */
export function causesOf(report: Pick<Report, 'cases'>): Cause[] {
  const rank = ({ verdict }: Pick<Finding, 'verdict'>): number => WORST.indexOf(verdict);
  const findings = findingsOf(report).toSorted((a, b) => rank(a) - rank(b));
  return [...Map.groupBy(findings, (finding) => causeOf(finding).key).values()]
    .map((same) => ({ verdict: same[0]!.verdict, says: causeOf(same[0]!).says, findings: same }))
    .toSorted((a, b) => rank(a) - rank(b) || b.findings.length - a.findings.length);
}

/** One line: `8 cases got 500 instead of 400: requests.malformed.*`, or `streaming.done: expected …`. */
export function causeText({ findings, says }: Cause, report: Pick<Report, 'cases'>, most: number): string {
  if (findings.length === 1) return `${findings[0]!.id}: ${says}`;
  const families = familiesOf(findings, report, most).map(({ text }) => text);
  return `${counted(findings.length, 'case')} ${says}: ${families.join(', ')}`;
}

/** The SDKs make the class of an error from its status alone, so that a wrong class is a wrong status. */
const STATUSES: Readonly<Record<string, string>> = {
  BadRequestError: '400',
  AuthenticationError: '401',
  PermissionDeniedError: '403',
  NotFoundError: '404',
  ConflictError: '409',
  UnprocessableEntityError: '422',
  RateLimitError: '429',
};

function causeOf({ id, verdict, reason, evidence }: Finding): { key: string; says: string } {
  const mask = masking();
  const { situation, expected, got } = evidence;
  if (verdict === 'stale' || expected === undefined || got === undefined) {
    return { key: `${verdict} ${mask(reason)}`, says: verdict === 'error' ? unjudgedText(reason) : reason };
  }
  const plain = situation && expected.startsWith(`${situation}: `) ? expected.slice(situation.length + 2) : expected;
  const wanted = /^(?:the SDK to raise |(?:an answer with )?(?:status )?(?=\d))([\w ]+?)(?: for \S.*|, because .*)?$/
    .exec(plain)?.[1]
    ?.split(' or ')
    .map(statusOf);
  const came = statusOf(/^\d{3}(?= |$)|\w+(?="?$)/.exec(got)?.[0] ?? '');
  // Why a call was refused stands in its refusal; to a call that had to be refused, the status says all.
  if (came && wanted?.every((status) => status !== undefined && !status.startsWith('2'))) {
    const says = `got ${came} instead of ${wanted.join(' or ')}`;
    // A gateway refuses in one way; what it accepts wrongly differs from family to family.
    return { key: came.startsWith('2') ? `${says} ${prefixOf(id)}` : says, says };
  }
  const key = mask(`${plain} ${got.replace(/ \(in (?:an exchange of [\w.-]+|call \d+)\)$/, '')}`);
  return { key, says: `expected ${expected}, got ${got}` };
}

const unjudgedText = (reason: string): string =>
  reason.startsWith('could not be judged') ? reason : `could not be judged: ${reason}`;

/** The id without its last part. */
const prefixOf = (id: string): string => id.slice(0, id.lastIndexOf('.'));

/** The status in a text: three digits, or an SDK's class. */
function statusOf(text: string): string | undefined {
  return /^\d{3}$/.test(text) ? text : Object.hasOwn(STATUSES, text) ? STATUSES[text] : undefined;
}

/**
 * Ids, those of one prefix together: `requests.malformed.*` where all that were judged are among them, else
 * `authentication.near-miss.{case,suffix}`.
 *
 * @param most names in braces; the others are counted.
 */
export function familiesOf(findings: readonly Finding[], { cases }: Pick<Report, 'cases'>, most: number): Family[] {
  return [...Map.groupBy(findings, ({ id }) => prefixOf(id))].map(([prefix, members]) => {
    const size = members.length;
    if (size === 1) return { text: members[0]!.id, size };
    const judged = cases.filter(
      ({ id, verdict }) => verdict !== 'skip' && verdict !== 'unseen' && id.startsWith(`${prefix}.`),
    );
    if (judged.length === size) return { text: `${prefix}.*`, size };
    const names = members.slice(0, most).map(({ id }) => id.slice(prefix.length + 1));
    const more = size > most ? `,… ${size - most} more` : '';
    return { text: `${prefix}.{${names.join(',')}${more}}`, size };
  });
}
