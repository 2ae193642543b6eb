import { describe, expect, test } from 'vitest';
import { cases, chapters } from '../chapters/index.ts';
import { DEFAULTS } from '../dial/target.ts';
import type { Ending } from '../judging/verdict.ts';
import { exampleReport, hostileReport } from '../testing/example.ts';
import { causeText, causesOf } from './causes.ts';
import { markdown } from './markdown.ts';
import { findingsOf, type Report } from './report.ts';
import { causesText, opening, table, unjudged } from './terminal.ts';

const violated = (expected: string, got: string, situation?: string): Ending => ({
  kind: 'violated',
  expected,
  got,
  ...(situation && { situation }),
});
const malformed = cases.filter(({ id }) => id.startsWith('requests.malformed.')).map(({ id }) => id);
const told = (endings: Record<string, Ending>, most = Infinity): string[] => {
  const report = exampleReport({ endings });
  return causesOf(report).map((cause) => causeText(cause, report, most));
};

describe('causes', () => {
  test('refusals with the same wrong status are one cause, whatever they say and in whatever words it was expected', () => {
    const endings = Object.fromEntries(
      malformed.map((id, at) => [id, violated('status 400', `500 application/json {"error":"${at}"}`)]),
    );
    const all = `${malformed.length} cases got 500 instead of 400: requests.malformed.*`;
    expect(told(endings)).toEqual([all]);
    expect(
      told({
        'authentication.missing': violated('401', '403 text/plain No'),
        'authentication.envelope': violated('the SDK to raise AuthenticationError', '"PermissionDeniedError"'),
        'errors.classes.unauthorized': violated('status 401', '403', 'streamed, with a user'),
      }),
    ).toEqual(['3 cases got 403 instead of 401: authentication.{missing,envelope}, errors.classes.unauthorized']);
  });

  test('what was accepted instead of refused is a cause for each family', () => {
    const accepted = (text: string): Ending =>
      violated('400, because the request is at fault', `200 application/json ${text}`);
    const reserved = cases.filter(({ id }) => id.startsWith('sessions.reserved.')).map(({ id }) => id);
    const causes = told(Object.fromEntries([...malformed, ...reserved].map((id, at) => [id, accepted(`${at}`)])));
    expect(causes).toEqual([
      `${malformed.length} cases got 200 instead of 400: requests.malformed.*`,
      `${reserved.length} cases got 200 instead of 400: sessions.reserved.*`,
    ]);
  });

  test('calls that should have been answered share a cause only where they were refused for the same reason', () => {
    const refused = (why: string): Ending => violated('an answer with status 200', `400 application/json ${why}`);
    const causes = told({
      'requests.history': refused('no history'),
      'endpoint.enabled': refused('no model chatcmpl_1a'),
      'completions.text': refused('no model chatcmpl_2b'),
    });
    expect(causes).toHaveLength(2);
    expect(causes[0]).toMatch(/^2 cases expected an answer with status 200, got 400 .*: endpoint.enabled, completions/);
  });

  test('the situation and the exchange of another case do not divide a cause, what came does', () => {
    const causes = told({
      'streaming.done': violated('[DONE]', 'nothing', 'with a user'),
      'streaming.long': violated('[DONE]', 'nothing (in an exchange of streaming.done)'),
      'streaming.finish': violated('[DONE]', 'something'),
    });
    expect(causes).toEqual([
      '2 cases expected with a user: [DONE], got nothing: streaming.{done,long}',
      'streaming.finish: expected [DONE], got something',
    ]);
  });

  test('an unjudged case shares no cause with a violated one', () => {
    expect(
      told({
        'streaming.done': { kind: 'errored', reason: 'no answer' },
        'streaming.finish': { kind: 'errored', reason: 'no answer' },
        'streaming.sdk': { kind: 'errored', reason: 'could not be judged: asked in vain' },
        'streaming.long': violated('an answer', 'no answer'),
      }),
    ).toEqual([
      '2 cases could not be judged: no answer: streaming.{done,finish}',
      'streaming.sdk: could not be judged: asked in vain',
      'streaming.long: expected an answer, got no answer',
    ]);
  });

  test('names beyond the most are counted', () => {
    const endings = Object.fromEntries(malformed.slice(1).map((id) => [id, violated('400', '500')]));
    expect(told(endings, 2)[0]).toMatch(
      new RegExp(`: requests\\.malformed\\.\\{[\\w-]+,[\\w-]+,… ${malformed.length - 3} more\\}$`),
    );
  });

  test('each finding is in one cause, and its id is in report.md under that cause', () => {
    const report = hostileReport();
    const ids = causesOf(report).flatMap(({ findings }) => findings.map(({ id }) => id));
    expect(ids.toSorted()).toEqual(
      findingsOf(report)
        .map(({ id }) => id)
        .toSorted(),
    );
    const endings = Object.fromEntries(malformed.map((id) => [id, violated('400', '500')]));
    const text = markdown(exampleReport({ endings }));
    expect(text).toContain(`- ✗ ${malformed.length} cases got 500 instead of 400: requests.malformed.\\*`);
    for (const id of malformed) expect(text).toContain(`<code>${id}</code>`);
  });
});

describe('causes on a terminal', () => {
  const shown = (report: Report): string => causesText(causesOf(report), report, (id) => `judge ${id}`);

  test('of several causes, three of a chapter have their transcript, and each has its line', () => {
    const ids = cases.filter(({ chapter, level }) => chapter === 'streaming' && level === 'MUST').map(({ id }) => id);
    const endings = Object.fromEntries(ids.map((id) => [id, violated('so', id)]));
    const text = shown(exampleReport({ endings }));
    for (const id of ids) expect(text.split(`${id}: expected so`)).toHaveLength(2);
    expect(text.match(/← data: \[DONE\]/g)).toHaveLength(3);
    expect(text).toMatch(/\n\nAll of one requirement: judge ID$/);
  });

  test('one cause alone is shown whole, with the command that judges it again', () => {
    const text = shown(exampleReport({ endings: { 'streaming.done': violated('a', 'b') } }));
    expect(text).toMatch(/^✗ streaming\.done {2}MUST {2}fail\n/);
    expect(text).toContain('again    judge streaming.done');
    expect(text).toContain('→ POST /v1/chat/completions');
  });

  test('the table counts what was selected, and one line says why the rest was not judged', () => {
    const report = exampleReport({ edition: '2026.9.6' });
    const skips = report.cases.filter(({ verdict }) => verdict === 'skip');
    expect(skips.length).toBeGreaterThan(0);
    expect(unjudged(report)).toMatch(/^\d+ not in force since 2026\.\d+\.\d+(?:; \d+ not in force [\w.]+ [\d.]+)*; /);
    expect(unjudged(report)).toMatch(/; \d+ notes: observed, never judged$/);
    const counts = table(report, chapters).split('\n').at(-1)!.match(/\d+/g)!.map(Number);
    expect(counts.reduce((sum, count) => sum + count)).toBe(cases.length);

    const skip = (reason: 'filtered' | 'not-declared', detail: string): Ending => ({
      kind: 'not-applicable',
      reason,
      detail,
    });
    const endings: Record<string, Ending> = Object.fromEntries(
      cases.map(({ id }) => [id, skip('filtered', 'not selected')]),
    );
    endings['streaming.done'] = { kind: 'held' };
    endings['streaming.long'] = skip('not-declared', 'the target declares no probe, no deploy:none');
    const filtered = exampleReport({ endings });
    expect(table(filtered, chapters)).toMatch(/\nstreaming +1[ ·]+1[ ·]+\n/);
    expect(table(filtered, chapters)).not.toMatch(/\n(?:endpoint|errors) /);
    expect(unjudged(filtered)).toMatch(/1 not declared by the target: probe, deploy:none; \d+ not selected$/);
  });

  test('the header counts in the singular and of how many', () => {
    const deployment = { name: 'none', baseUrl: 'http://127.0.0.1:1', auth: 'none', credential: undefined } as const;
    const target = { ...DEFAULTS, name: 'mine', deployments: [deployment] as const };
    expect(opening(target, { cases: 1, total: 9, requests: 1, runs: 1 })).toMatch(
      /\n1 of 9 cases, about 1 request and 1 agent run$/,
    );
  });
});
