/**
 * `openclaw-compat-kit`: the suite as a library. It does not depend on Vitest; `openclaw-compat-kit/vitest` does.
 *
 *     for await (const { id, verdict, reason } of judge(targetAt('http://127.0.0.1:18789', { token }))) …
 */
import { cases } from './chapters/index.ts';
import { secretsOf, type Target } from './dial/target.ts';
import { judge as judgeCases, type Judged, type Options } from './judging/judge.ts';
import type { Ending } from './judging/verdict.ts';
import type { Requirement } from './vocabulary/chapter.ts';
import { cleaning } from './wire/printable.ts';
export type { Liar, Mutant, RawLiar } from './dial/mutant.ts';
export type { Asked, Probe } from './dial/probe.ts';
export { targetAt } from './dial/target.ts';
export type { Deployment, Profile, Target, TargetOptions, Need } from './dial/target.ts';
export type { Judged, Options } from './judging/judge.ts';
export { exitCode, summaryOf } from './judging/verdict.ts';
export type { Ending, SkipReason, Summary, Verdict, VerdictName } from './judging/verdict.ts';
export type { Waiver } from './judging/waivers.ts';
export type { Level, Requirement } from './vocabulary/chapter.ts';
export type { Exchange } from './wire/exchange.ts';

/** Every requirement of the contract, in its order. */
export const requirements: readonly Requirement[] = cases;

/**
 * Judges a target by the whole contract, or by what `options.only` names of it. Yields each verdict as soon as it is known,
 * skipped ones first. Leaving the loop stops the run. `reason` and `ending` are redacted and printable; a `transcript` is
 * what was sent, credentials included.
 */
export async function* judge(target: Target, options: Options = {}): AsyncGenerator<Judged, void> {
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, ...(options.signal ? [options.signal] : [])]);
  try {
    const clean = cleaning(secretsOf(target));
    for await (const judged of judgeCases(cases, target, { ...options, signal })) {
      yield { ...judged, reason: clean(judged.reason), ending: cleaned(judged.ending, clean) };
    }
  } finally {
    left.abort();
  }
}

function cleaned(ending: Ending, clean: (text: string) => string): Ending {
  // The exchanges of a history stand in the transcript, as they were sent.
  const texts = Object.entries(ending).flatMap(([key, text]: [string, unknown]) =>
    typeof text === 'string' ? [[key, key === 'kind' ? text : clean(text)]] : [],
  );
  return Object.fromEntries(texts) as Ending;
}
