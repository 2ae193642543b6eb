/**
 * Masks volatile values, so that two runs with the same findings give the same report except for measurements, each on its
 * own line: `git diff -I '"(at|began|durationMs|startMs|memoryMiB)": '` shows the changes. Equal ids stay equal, and different
 * ones different.
 */
import type { Report, ReportCase } from './report.ts';

/** The first ephemeral port. */
const GIVEN_OUT = 32_768;
/** OpenClaw's default port, so that the curl command works against a gateway with default settings. */
const USUAL_PORT = 18_789;

/** Values that differ from run to run. The first group is kept. */
const VOLATILE: readonly (readonly [name: string, form: RegExp])[] = [
  ['id', /\b(chatcmpl[-_])[\w-]+/g],
  ['id', /\b((?:call|msg|req|resp|run)[-_])(?=\w*\d)[\w-]{12,}/g],
  ['id', /()\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi],
  ['time', /()\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?/g],
  // A message may have cut it off.
  ['time', /()\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4}[ \d:]{0,10}(?:GMT?)?/g],
  // Seconds or milliseconds since 1970.
  ['time', /()\b1[5-9]\d{8}(?:\d{3})?\b/g],
  // The nonce of a case.
  ['nonce', /()(?<![0-9a-z])[0-9a-f]{12}(?![0-9a-z])/g],
];

/** The report with volatile values masked. */
export function masked(report: Report): Report {
  const { target } = report;
  return {
    ...report,
    target: { ...target, baseUrl: withUsualPort(target.baseUrl) },
    cases: report.cases.map(maskedCase),
  };
}

function maskedCase(one: ReportCase): ReportCase {
  const mask = masking();
  const { reason, evidence } = one;
  // Measured durations are rounded to one digit; expected ones are kept.
  const measured = evidence?.got ?? (evidence ? '' : reason);
  const text = (whole: string): string => mask(measured ? whole.replaceAll(measured, rounded(measured)) : whole);
  return {
    ...one,
    reason: text(reason),
    ...(evidence && {
      evidence: {
        ...evidence,
        ...(evidence.expected !== undefined && { expected: mask(evidence.expected) }),
        ...(evidence.got !== undefined && { got: text(evidence.got) }),
        exchanges: evidence.exchanges.map((moments) =>
          moments.map((moment) => ({ ...moment, text: mask(moment.text) })),
        ),
        ...(evidence.curl !== undefined && { curl: mask(evidence.curl) }),
        ...(evidence.history && { history: evidence.history.map(mask) }),
      },
    }),
  };
}

/** Replaces values by numbered names, in order of appearance: id-1, id-2, time-1. */
export function masking(): (text: string) => string {
  const names = new Map<string, string>();
  const counts: Record<string, number> = {};
  const nameOf = (name: string, value: string): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    counts[name] = (counts[name] ?? 0) + 1;
    names.set(value, `${name}-${counts[name]}`);
    return names.get(value)!;
  };
  return (text) =>
    VOLATILE.reduce(
      (left, [name, form]) =>
        left.replace(form, (whole, kept: string) => kept + nameOf(name, whole.slice(kept.length))),
      withUsualPort(text),
    );
}

function withUsualPort(text: string): string {
  return text.replace(/(127\.0\.0\.1|localhost|\[::1\]):(\d{4,5})\b/g, (whole, host: string, port: string) =>
    Number(port) >= GIVEN_OUT ? `${host}:${USUAL_PORT}` : whole,
  );
}

/** Rounds durations to one significant digit: 4033 ms becomes about 4000 ms. */
function rounded(text: string): string {
  return text.replace(/\b(\d+(?:\.\d+)?) (ms|s)\b/g, (_whole, number: string, unit: string) => {
    return `about ${Number(Number(number).toPrecision(1))} ${unit}`;
  });
}
