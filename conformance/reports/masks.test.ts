import { describe, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { NEWEST } from '../editions.ts';
import { judge, type Judged } from '../judging/judge.ts';
import { startEmbedded } from '../lab/embedded.ts';
import { exampleReport } from '../testing/example.ts';
import { masked } from './masks.ts';
import { reportOf } from './report.ts';

const reasonFor = (got: string, expected = 'another'): string => {
  const report = exampleReport({ endings: { 'streaming.done': { kind: 'violated', expected, got } } });
  return masked(report).cases.find(({ id }) => id === 'streaming.done')!.reason;
};

describe('masks', () => {
  test.each([
    ['"chatcmpl_da6de16e-6118-4ef2-9841-26d561efd9b5"', '"chatcmpl_id-1"'],
    ['"chatcmpl-AbC123", then "chatcmpl-AbC123"', '"chatcmpl-id-1", then "chatcmpl-id-1"'],
    ['"chatcmpl_aaaa1111", then "chatcmpl_bbbb2222"', '"chatcmpl_id-1", then "chatcmpl_id-2"'],
    ['"call_0123456789ab4f"', '"call_id-1"'],
    ['da6de16e-6118-4ef2-9841-26d561efd9b5', 'id-1'],
    ['[1795347791,1795347792,1795347791]', '[time-1,time-2,time-1]'],
    ['at 2026-11-22T12:00:01.123Z', 'at time-1'],
    ['Sun, 22 Nov 2026 12:00:01 GMT', 'time-1'],
    ['"Date: Sun, 22 Nov 2026 12:00:01 GM"', '"Date: time-1"'],
    ['"Date: Sun, 22 Nov 2026 12:0"', '"Date: time-1"'],
    ['KW-0123456789ab and user-0123456789ab', 'KW-nonce-1 and user-nonce-1'],
    ['http://127.0.0.1:42187/v1', 'http://127.0.0.1:18789/v1'],
    ['http://127.0.0.1:8080/v1', 'http://127.0.0.1:8080/v1'],
    ['4033 ms after 663.4 ms', 'about 4000 ms after about 700 ms'],
    ['a request of 1234 tokens, call_me_maybe', 'a request of 1234 tokens, call_me_maybe'],
  ])('%s becomes %s', (got, shown) => {
    expect(reasonFor(got)).toBe(`expected another, got ${shown}`);
  });

  test('expected durations are not masked', () => {
    expect(reasonFor('2113 ms', 'less than 1500 ms')).toBe('expected less than 1500 ms, got about 2000 ms');
  });

  test('two runs differ in nothing but times, each on its own line', { timeout: 60_000 }, async () => {
    // An old reference held against the newest contract breaks much of it; ports and nonces are others each time.
    const run = async (): Promise<string> => {
      const embedded = await startEmbedded({ edition: '2026.2.1' });
      try {
        const verdicts: Judged[] = [];
        const target = { ...embedded.target, edition: NEWEST };
        const only = [
          'agents',
          'completions',
          'errors',
          'streaming.abort',
          'streaming.s*',
          'streaming.f*',
          'sessions.r*',
        ];
        for await (const one of judge(cases, target, { only })) verdicts.push(one);
        const { report } = reportOf(verdicts, target, cases, { version: '0.0.0', filtered: true });
        expect(report.cases.filter(({ evidence }) => evidence).length).toBeGreaterThan(10);
        return JSON.stringify(masked(report), null, 2);
      } finally {
        await embedded.close();
      }
    };
    const steady = (text: string): string => text.replaceAll(/^ *"(?:at|durationMs)": [\d.]+,?$/gm, '');
    const [first, second] = [await run(), await run()];
    expect(steady(first)).toBe(steady(second));
  });
});
