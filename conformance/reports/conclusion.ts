/** The result of a run in one sentence. */
import { causesOf, familiesOf } from './causes.ts';
import { counted } from './counted.ts';
import type { Report } from './report.ts';

/** The sentence, and how to colour it. */
export interface Conclusion {
  readonly mood: 'good' | 'bad' | 'unsure' | 'plain';
  readonly text: string;
}

/** Most requirements, or families of them, that the sentence names, and most names of one family. */
const NAMED = 10;
const NAMED_EACH = 5;

/**
 * Concludes from a report. What is worst is named first: a broken MUST, then the cause with most findings.
 *
 * @param strict count a violated SHOULD as a violation, as the exit code does. Default: false.
 */
export function conclusionOf(report: Report, strict = false): Conclusion {
  const { summary, edition, cases, recorded } = report;
  const counts = strict ? ['fail', 'stale', 'warn'] : ['fail', 'stale'];
  const bad = causesOf(report).map(({ findings }) => findings.filter(({ verdict }) => counts.includes(verdict)));
  const families = bad.flatMap((findings) => familiesOf(findings, report, NAMED_EACH));
  if (families.length > 0) {
    const named = families.slice(0, NAMED).map(({ text }) => text);
    const left = families.slice(NAMED).reduce((sum, { size }) => sum + size, 0);
    const more = left > 0 ? ` and ${left} more` : '';
    const by = strict && summary.warn > 0 ? `${edition} and its recommendations` : edition;
    const start = recorded ? 'As far as observed, not' : 'Not';
    return { mood: 'bad', text: `${start} conformant with ${by}: ${named.join(', ')}${more}` };
  }
  if (summary.error > 0)
    return { mood: 'unsure', text: `Not judged: ${counted(summary.error, 'case')} could not be judged` };
  if (recorded && summary.pass + summary.warn + summary.waived === 0)
    return { mood: 'unsure', text: 'Not judged: nothing of what was recorded could be judged' };
  if (summary.pass + summary.warn + summary.waived === 0)
    return { mood: 'unsure', text: 'Not judged: no selected case applies to the target' };
  const after = [
    summary.warn > 0 ? `${counted(summary.warn, 'recommendation')} not followed` : '',
    summary.waived > 0 ? `${counted(summary.waived, 'known failure')} waived` : '',
  ]
    .filter(Boolean)
    .join(', ');
  const ending = after ? `; ${after}` : '';
  if (recorded) {
    const kept = `As far as observed, no deviation from ${edition}: ${counted(summary.pass, 'requirement')} kept`;
    return { mood: 'plain', text: `${kept}, ${summary.unseen} not observed${ending}` };
  }
  if (skippedAs(cases, 'filtered') > 0) {
    const text = `Passed the selected cases (a filtered run proves no conformance)${ending}`;
    return { mood: 'plain', text };
  }
  if (summary.waived > 0) return { mood: 'plain', text: `No new deviation from ${edition}${ending}` };
  const undeclared = skippedAs(cases, 'not-declared');
  const asFar = undeclared > 0 ? ` as far as judged: ${counted(undeclared, 'case')} not declared` : '';
  return { mood: 'good', text: `Conformant with ${edition}${asFar}${ending}` };
}

function skippedAs(cases: Report['cases'], reason: string): number {
  return cases.filter((one) => one.verdict === 'skip' && one.reason.startsWith(reason)).length;
}
