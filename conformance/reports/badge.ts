/** The JSON for https://shields.io/badges/endpoint-badge. */
import type { Report } from './report.ts';

/** One object with `schemaVersion`, `label`, `message` and `color`. */
export function badge(report: Report): string {
  const { edition, conformant, summary } = report;
  const { fail, stale, error, waived } = summary;
  const [message, color] =
    fail + stale > 0
      ? [`${fail + stale} failing`, 'red']
      : error > 0
        ? [`${error} not judged`, 'lightgrey']
        : waived > 0
          ? [`${waived} waived`, 'yellow']
          : conformant
            ? ['conformant', 'brightgreen']
            : ['partly judged', 'lightgrey'];
  return `${JSON.stringify({ schemaVersion: 1, label: `OpenClaw ${edition}`, message, color }, null, 2)}\n`;
}
