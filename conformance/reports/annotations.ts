/**
 * GitHub's workflow commands, one line for each finding.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
import { findingsOf, type Report } from './report.ts';

/** The commands for the findings of a report; '' when there are none. */
export function annotations(report: Report): string {
  return findingsOf(report)
    .map(({ id, level, verdict, says, reason }) => {
      const command = verdict === 'warn' ? 'warning' : 'error';
      const title = `${report.target.name}: ${id} (${level}, ${verdict})`;
      return `::${command} title=${property(title)}::${data(`${says}: ${reason}`)}\n`;
    })
    .join('');
}

const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
