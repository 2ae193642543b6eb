/** What is refused for good is shown and not asked again; what may pass is asked again slowly, or shown. */
import { expect, Words } from '../../dial/expectation.ts';
import { brief, expectAnswer, expectEnd, expectFailure, toldBy, type Run, type Stage } from '../stage.ts';
import { BOTH, HTTP, PAGE, type Trial } from '../trial.ts';

/** A refusal for good, in the words of the gateway. */
function refusal(status: number, of: string, message: string): Trial {
  return {
    id: `refused.${status}`,
    level: 'MUST',
    says: `${status}, ${of}, is told as a failure with its message, and the call is not made again`,
    source: `${PAGE}#endpoint`,
    modes: BOTH,
    async holds(stage: Stage) {
      const run = await stage.run({ faults: [{ status, message, times: 100 }] });
      expectFailure(run, `status ${status}`);
      expect(run.calls.length === 1, `one call that ends in ${status}`, new Words(`${run.calls.length} calls`));
      expect(`${run.complaint}${run.text}`.includes(message), `the message ${brief(message)}`, new Words(toldBy(run)));
    },
  };
}

/** Most calls that one question may become. */
const MOST_CALLS = 10;
/** A pause between two attempts that is none, in ms, and how many of them in a row are one too many. */
const QUICK_MS = 100;
const QUICK_CALLS = 3;
/** The tolerance for inexact clocks, in ms. */
const EARLY_MS = 50;

/** Expects that the client waits before it asks again. */
function expectSlow({ calls }: Run): void {
  expect(calls.length <= MOST_CALLS, `at most ${MOST_CALLS} calls for one question`, new Words(`${calls.length}`));
  const gaps = gapsOf(calls);
  let row = 1;
  for (const gap of gaps) {
    row = gap < QUICK_MS ? row + 1 : 1;
    expect(
      row < QUICK_CALLS,
      'a pause before a call is made again',
      new Words(
        `${QUICK_CALLS} calls within ${gaps
          .slice(0, QUICK_CALLS - 1)
          .map(Math.round)
          .join(' and ')} ms`,
      ),
    );
  }
}

/** From each answer until the next call, in ms. */
function gapsOf(calls: Run['calls']): number[] {
  return calls.slice(1).map((call, at) => call.arrived - (calls[at]!.answered ?? calls[at]!.arrived));
}

/** Expects the answer of a client that asked again, and the failure told of one that did not. */
function expectEither(run: Run, of: string, message: string): string {
  if (run.calls.length > 1 && run.ok) {
    expectAnswer(run, 'the answer after it asked again');
    return 'asked again';
  }
  expectFailure(run, of);
  expect(`${run.complaint}${run.text}`.includes(message), `the message ${brief(message)}`, new Words(toldBy(run)));
  return run.calls.length > 1 ? 'asked again, then told' : 'told, not asked again';
}

const BUSY = 'the lighthouse has too many visitors';
const DOWN = 'the lighthouse is being painted';

/** A pause that the gateway asks for: as the header has it for a call that came just now, and its end in ms. */
function patient(name: string, level: Trial['level'], status: number, header: () => string): Trial {
  return {
    id: `retries.${name}`,
    level,
    says: `after ${status} with Retry-After${name.endsWith('date') ? ' as a date' : ''} the call is not made again before that time`,
    source: `${HTTP}#field.retry-after`,
    modes: BOTH,
    async holds(stage: Stage) {
      let until = 0;
      const run = await stage.run({
        answer(_, at) {
          if (at > 0) return undefined;
          const value = header();
          until = performance.now() + (/^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now());
          return {
            status,
            headers: { 'content-type': 'application/json', 'retry-after': value },
            pieces: [JSON.stringify({ error: { message: BUSY, type: 'rate_limit_error' } })],
          };
        },
      });
      expectEnd(run);
      const [, again] = run.calls;
      if (again !== undefined) {
        const early = Math.round(until - again.arrived);
        expect(
          early <= EARLY_MS,
          'the next call after the time that Retry-After names',
          new Words(`one ${early} ms before it`),
        );
      }
      return expectEither(run, `status ${status}`, BUSY);
    },
  };
}

/** Trials of `refused.*` and `retries.*`. */
export const refusalTrials: readonly Trial[] = [
  refusal(400, 'a call that is wrong', 'expected a lamp in the lighthouse'),
  refusal(401, 'a secret that is wrong', 'this key opens no lighthouse'),
  refusal(403, 'what is forbidden', 'visitors may not climb the lighthouse'),
  refusal(404, 'what does not exist', 'no lighthouse stands here'),
  refusal(413, 'a call that is too long', 'the luggage is too big for the lighthouse'),
  patient('retry-after', 'MUST', 429, () => '1'),
  patient('retry-after-503', 'SHOULD', 503, () => '1'),
  patient('retry-after-date', 'SHOULD', 429, () => new Date(Date.now() + 1_500).toUTCString()),
  {
    id: 'retries.backoff',
    level: 'MUST',
    says: 'after 503 the call is made again after a pause, or not at all; what comes in the end is told',
    source: 'https://platform.openai.com/docs/guides/rate-limits#retrying-with-exponential-backoff',
    modes: BOTH,
    async holds(stage) {
      const run = await stage.run({ faults: [{ status: 503, message: DOWN, times: 2 }] });
      expectEnd(run);
      expectSlow(run);
      return expectEither(run, 'status 503', DOWN);
    },
  },
  {
    id: 'retries.storm',
    level: 'MUST',
    says: `a gateway that always fails with 500 is asked at most ${MOST_CALLS} times, with pauses, and the failure is told`,
    source: 'https://platform.openai.com/docs/guides/rate-limits#retrying-with-exponential-backoff',
    modes: BOTH,
    async holds(stage) {
      const run = await stage.run({ faults: [{ status: 500, message: DOWN, times: 1000 }] });
      expect(
        run.calls.length <= MOST_CALLS,
        `at most ${MOST_CALLS} calls for one question`,
        new Words(`${run.calls.length}`),
      );
      expectSlow(run);
      expectFailure(run, 'status 500');
      expect(`${run.complaint}${run.text}`.includes(DOWN), `the message ${brief(DOWN)}`, new Words(toldBy(run)));
      return `${run.calls.length} calls`;
    },
  },
  {
    id: 'retries.connection',
    level: 'MUST',
    says: 'connections that are reset before an answer are not tried without pause or end, and the failure is told',
    source: `${HTTP}#section-9.2.2`,
    modes: BOTH,
    async holds(stage) {
      const run = await stage.run({ answer: () => ({ pieces: [], ending: 'refused' }) });
      expectSlow(run);
      expectFailure(run, 'a connection that is reset');
      return `${run.calls.length} calls`;
    },
  },
];
