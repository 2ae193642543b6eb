/** What the command prints for programs, and which cases it runs by what was found before. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cases } from '../chapters/index.ts';
import { deploymentOf } from '../dial/target.ts';
import { startEmbedded, type Embedded } from '../lab/embedded.ts';
import type { Report } from '../reports/report.ts';
import { conformance } from './conformance.ts';

const SECRET = 'swordfish-4711';

let embedded: Embedded;
let good: string[];
let bad: string[];
const folder = mkdtempSync(join(tmpdir(), 'output-'));
/** Answers every call with 402, and the secret that it was sent. */
const shut = createServer(({ headers }, answer) => answer.writeHead(402).end(`no ${headers.authorization}`));
beforeAll(async () => {
  embedded = await startEmbedded();
  await new Promise<void>((resolve) => shut.listen(0, '127.0.0.1', resolve));
  good = ['--base-url', deploymentOf(embedded.target, 'none')!.baseUrl, '--auth', 'none', '--seed', '1'];
  bad = ['--base-url', `http://127.0.0.1:${(shut.address() as AddressInfo).port}`, '--seed', '1'];
});
afterAll(async () => {
  shut.closeAllConnections();
  shut.close();
  await embedded.close();
  rmSync(folder, { recursive: true });
});

async function run(argv: readonly string[]) {
  const pieces: string[] = [];
  let error = '';
  const code = await conformance(argv, {
    env: { OPENCLAW_GATEWAY_TOKEN: SECRET },
    write: (text) => pieces.push(text),
    writeError: (text) => (error += text),
    live: true,
  });
  return { code, out: pieces.join(''), pieces, error };
}

const judged = ({ cases: all }: Report): string[] =>
  all.filter(({ verdict }) => verdict !== 'skip').map(({ id }) => id);
const written = (): Report => JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;

test('--json prints a line for the start, for each verdict when it is known, and for the end, without a secret', async () => {
  const { code, pieces, out } = await run([...bad, '--only', 'endpoint', '--json']);
  expect(code).toBe(1);
  expect(
    pieces.every((piece) => piece.endsWith('}\n')),
    'each event is written by itself',
  ).toBe(true);
  const events = pieces.map((piece) => JSON.parse(piece) as Record<string, unknown>);
  expect(events[0]).toMatchObject({ event: 'start', edition: '2026.9.6', seed: 1 });
  expect(events.find(({ id }) => id === 'endpoint.enabled')).toMatchObject({
    event: 'verdict',
    level: 'MUST',
    verdict: 'fail',
    evidence: { expected: 'an answer with status 200' },
  });
  expect(events.at(-1)).toMatchObject({
    event: 'end',
    conformant: false,
    exit: 1,
    summary: { fail: expect.any(Number) as number },
  });
  expect(out).not.toContain(SECRET);
});

test.each([
  ['json', (text: string) => JSON.parse(text) as object, { schema: 'openclaw-conformance/report@1' }],
  ['junit', (text: string) => ({ xml: text.startsWith('<?xml') && text.includes('<failure') }), { xml: true }],
  ['markdown', (text: string) => ({ md: text.startsWith('## the gateway\n') }), { md: true }],
])('--format %s prints that alone', async (format, read, wanted) => {
  const { code, out } = await run([...bad, '--only', 'endpoint.enabled', '--format', format]);
  expect(code).toBe(1);
  expect(read(out)).toMatchObject(wanted);
  expect(out).not.toContain(SECRET);
});

test('--format ctrf has a status for each verdict, counts that add up, and times', async () => {
  const before = Date.now();
  const { out } = await run([...bad, '--only', 'endpoint', '--format', 'ctrf']);
  const { reportFormat, results } = JSON.parse(out) as {
    reportFormat: string;
    results: { summary: Record<string, number>; tests: Record<string, unknown>[] };
  };
  const { tests, passed, failed, skipped, other, pending, start, stop } = results.summary;
  expect([reportFormat, tests]).toEqual(['CTRF', cases.length]);
  expect(passed! + failed! + skipped! + other! + pending!).toBe(tests);
  expect(start).toBeGreaterThanOrEqual(before);
  expect(stop).toBeGreaterThan(start!);
  expect(results.tests.find(({ name }) => name === 'endpoint.enabled')).toMatchObject({
    status: 'failed',
    rawStatus: 'fail',
    suite: ['endpoint'],
    message: expect.stringContaining('an answer with status 200') as string,
  });
});

test('--list --json and --explain --json are data', async () => {
  const listed = JSON.parse((await run(['--list', '--json'])).out) as { id: string }[];
  expect(listed.map(({ id }) => id)).toEqual(cases.map(({ id }) => id));
  expect(JSON.parse((await run(['--explain', 'streaming.done', '--json'])).out)).toMatchObject({
    id: 'streaming.done',
    level: 'MUST',
    catches: expect.arrayContaining([expect.any(String)]) as string[],
  });
});

test('--bail begins no case after the first failure, and says how many were not judged', async () => {
  const { code, out } = await run([...bad, '--only', 'requests', '--concurrency', '1', '--bail', '--out', folder]);
  expect(code).toBe(1);
  const [, left] = /The run ended at its first failure \(--bail\): (\d+) not judged/.exec(out) ?? [];
  expect(Number(left)).toBeGreaterThan(10);
  expect(written().summary.fail).toBeGreaterThan(0);
  expect(written().conformant).toBe(false);
});

test('--last-failed judges what did not hold in the run before, and all when everything held', async () => {
  const only = ['--only', 'endpoint.enabled', '--only', 'endpoint.post-only', '--out', folder];
  await run([...bad, ...only]);
  const failed = written().cases.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn');
  expect(failed.map(({ id }) => id)).toContain('endpoint.enabled');
  const again = await run([...good, ...only, '--last-failed']);
  expect(again.code).toBe(0);
  expect(judged(written()).toSorted()).toEqual(failed.map(({ id }) => id).toSorted());
  const all = await run([...good, ...only, '--last-failed']);
  expect(all.out).toContain(`Nothing failed in ${folder}: all are judged`);
  expect(judged(written()).length).toBeGreaterThanOrEqual(failed.length);
});

test('--against is red on what newly fails, and green on what failed before', async () => {
  const only = ['--only', 'endpoint.enabled'];
  await run([...good, ...only, '--out', folder]);
  const worse = await run([...bad, ...only, '--against', folder]);
  expect(worse.code).toBe(1);
  expect(worse.out).toMatch(/newly failing {2}endpoint\.enabled/);
  await run([...bad, ...only, '--out', folder]);
  expect(await run([...bad, ...only, '--against', join(folder, 'report.json')])).toMatchObject({ code: 0 });
});

test.each([
  [['--json', '--format', 'junit'], 'Failed to read --format: expected no --json beside it, got "junit"'],
  [['--last-failed'], 'Failed to read --last-failed: expected --out DIR beside it'],
  [['--against', '/nowhere.json'], 'Failed to read report /nowhere.json: '],
  [['--format', 'html'], 'expected json, junit, markdown, ctrf, got "html"'],
])('%j is wrong usage, told before the first request', async (flags, told) => {
  const ran = await run([...bad, ...flags]);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.error).toContain(told);
});

test('the command that judges a case again is quoted for a shell, and holds no secret', async () => {
  const { out } = await run([...bad, '--only', 'endpoint.enabled', '--header', `X-Pass: it's ${SECRET}`]);
  expect(out).toContain(`--header 'X-Pass: [redacted]' --only endpoint.enabled`);
});
