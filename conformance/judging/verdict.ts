/** Ending × level × waiver → verdict. Pure. */
import type { Level } from '../vocabulary/chapter.ts';
import type { Exchange } from '../wire/exchange.ts';
import { printable } from '../wire/printable.ts';
import type { Waiver } from './waivers.ts';

/** Why a case was skipped. */
export type SkipReason = 'not-in-force' | 'not-declared' | 'filtered';

/** How a case ended, before its level and waiver are applied. */
export type Ending =
  | { readonly kind: 'held'; readonly observed?: string }
  | {
      readonly kind: 'violated';
      readonly expected: string;
      readonly got: string;
      /** In which situation, where it was another than today's call: in words. */
      readonly situation?: string;
      /** The exchanges that led to it, where the case made others too. */
      readonly history?: readonly Exchange[];
    }
  | { readonly kind: 'errored'; readonly reason: string }
  /** Recorded traffic shows nothing of it, or the gateway does not read what the case sent. */
  | { readonly kind: 'unobserved'; readonly because?: string }
  | { readonly kind: 'not-applicable'; readonly reason: SkipReason; readonly detail: string };

/** See `verdictOf`. */
export type VerdictName = 'pass' | 'fail' | 'warn' | 'note' | 'skip' | 'waived' | 'stale' | 'error' | 'unseen';

/** The verdict on one case. */
export interface Verdict {
  readonly verdict: VerdictName;
  /** One line; '' for a plain pass. */
  readonly reason: string;
}

/**
 * The verdict by ending, level and waiver: pass; fail (a violated MUST); warn (a violated SHOULD); note (a NOTE, only
 * observed); waived (a known failure); stale (waived, but it holds and is not waived as `sometimes`); error (could not be
 * judged); unseen (recorded traffic, or a header that is not read, shows nothing of it; never a pass); skip.
 */
export function verdictOf(ending: Ending, level: Level, waiver?: Waiver): Verdict {
  switch (ending.kind) {
    case 'not-applicable':
      return { verdict: 'skip', reason: `${ending.reason}: ${ending.detail}` };
    case 'unobserved':
      return { verdict: 'unseen', reason: ending.because ?? 'not observed' };
    case 'errored':
      return { verdict: 'error', reason: ending.reason };
    case 'held':
      if (level === 'NOTE') return { verdict: 'note', reason: ending.observed ?? 'as observed before' };
      if (waiver?.sometimes) return { verdict: 'waived', reason: `${waiver.reason} (intermittent: it held this time)` };
      if (waiver) return { verdict: 'stale', reason: `waived (${waiver.reason}), but it holds: delete the waiver` };
      return { verdict: 'pass', reason: ending.observed ?? '' };
    case 'violated': {
      const reason = `${ending.situation ? `${ending.situation}: ` : ''}expected ${ending.expected}, got ${ending.got}`;
      if (level === 'NOTE') return { verdict: 'note', reason };
      // A waiver quotes the printable text of a report.
      if (waiver && printable(reason).includes(printable(waiver.message ?? '')))
        return { verdict: 'waived', reason: `${waiver.reason} (${reason})` };
      const otherwise = waiver ? `${reason} (waived was another failure: …${waiver.message}…)` : reason;
      return { verdict: level === 'MUST' ? 'fail' : 'warn', reason: otherwise };
    }
  }
}

/** Exit codes of every command. */
export const EXIT = { good: 0, violated: 1, usage: 2, unjudged: 3 } as const;

/** The number of cases for each verdict. */
export type Summary = Readonly<Record<VerdictName, number>>;

/** Counts verdicts. */
export function summaryOf(verdicts: readonly Verdict[]): Summary {
  const summary: Record<VerdictName, number> = {
    pass: 0,
    fail: 0,
    warn: 0,
    note: 0,
    skip: 0,
    waived: 0,
    stale: 0,
    error: 0,
    unseen: 0,
  };
  for (const { verdict } of verdicts) summary[verdict]++;
  return summary;
}

/**
 * The exit code of a run. A violation or a stale waiver takes precedence over a case that could not be judged, because it
 * is certain.
 *
 * @param strict count a violated SHOULD as a violation. Default: false.
 */
export function exitCode(summary: Summary, strict = false): number {
  if (summary.fail > 0 || summary.stale > 0 || (strict && summary.warn > 0)) return EXIT.violated;
  const judged = summary.pass + summary.warn + summary.waived;
  return summary.error > 0 || judged === 0 ? EXIT.unjudged : EXIT.good;
}

/** Whether a run proves conformance. Never when cases were filtered out: their verdicts are unknown. */
export function isConformant(summary: Summary, filtered: boolean): boolean {
  const { fail, waived, stale, error, pass } = summary;
  return !filtered && fail + waived + stale + error === 0 && pass > 0;
}
