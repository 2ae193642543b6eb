/** The result of a run in one sentence. */
import type { Report } from './report.ts';

/** The sentence, and how to colour it. */
export interface Conclusion {
  readonly mood: 'good' | 'bad' | 'unsure' | 'plain';
  readonly text: string;
}

/** Most requirements that the sentence names. */
const NAMED = 10;

/**
 * Concludes from a report.
 *
 * @param strict count a violated SHOULD as a violation, as the exit code does. Default: false.
 */
export function conclusionOf({ summary, edition, cases, recorded }: Report, strict = false): Conclusion {
  const counts = strict ? ['fail', 'stale', 'warn'] : ['fail', 'stale'];
  const bad = cases.filter(({ verdict }) => counts.includes(verdict)).map(({ id }) => id);
  if (bad.length > 0) {
    const more = bad.length > NAMED ? ` and ${bad.length - NAMED} more` : '';
    const by = strict && summary.warn > 0 ? `${edition} and its recommendations` : edition;
    if (recorded)
      return {
        mood: 'bad',
        text: `As far as observed, not conformant with ${by}: ${bad.slice(0, NAMED).join(', ')}${more}`,
      };
    return { mood: 'bad', text: `Not conformant with ${by}: ${bad.slice(0, NAMED).join(', ')}${more}` };
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

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function skippedAs(cases: Report['cases'], reason: string): number {
  return cases.filter((one) => one.verdict === 'skip' && one.reason.startsWith(reason)).length;
}
