import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { namespaceTrouble } from '../lab/releases/namespace.ts';
import type { Report } from '../reports/report.ts';
import { COMMAND, OBEYED } from '../testing/attacks.ts';
import { FAITHFUL } from '../testing/substitute.ts';

// Substitutes for builds of OpenClaw: the reference as a package, and broken packages. The gate runs as a user runs it,
// in a real namespace. Real releases are judged by `npm run gate`.
const trouble = namespaceTrouble();
const GATE = fileURLToPath(new URL('../../scripts/gate.ts', import.meta.url));
const REGRESSED = fileURLToPath(new URL('../testing/regressed-gate.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kit-gate-'));
  await mkdir(join(folder, 'tmp'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a built checkout for `--path`. */
async function build(name: string, program: string, version = '2026.9.6', called = 'openclaw'): Promise<string> {
  const place = join(folder, name);
  await mkdir(place);
  await writeFile(join(place, 'package.json'), JSON.stringify({ name: called, version }));
  await writeFile(join(place, 'openclaw.mjs'), program);
  return place;
}

interface Ran {
  readonly exit: number;
  readonly output: string;
}

function run(script: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const own = { ...process.env, OPENCLAW_KIT_CACHE: join(folder, 'cache'), TMPDIR: join(folder, 'tmp'), ...env };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [script, ...argv], { env: own }, (_, out, err) =>
      resolve({ exit: child.exitCode ?? -1, output: out + err }),
    );
  });
}

const reportIn = (out: string, name = '2026.9.6-build'): Report =>
  JSON.parse(readFileSync(join(out, `${name}.json`), 'utf8')) as Report;
const verdicts = ({ cases }: Report): Record<string, string> =>
  Object.fromEntries(cases.filter(({ verdict }) => verdict !== 'skip').map(({ id, verdict }) => [id, verdict]));

describe.skipIf(trouble !== undefined)('the gate', { timeout: 60_000 }, () => {
  let faithful: string;
  let baseline: string;

  beforeAll(async () => {
    faithful = await build('faithful', FAITHFUL);
    const out = join(folder, 'baseline');
    const { exit, output } = await run(GATE, ['--path', faithful, '--only', 'streaming.done', '--out', out]);
    expect({ exit, output }).toMatchObject({
      exit: 0,
      output: expect.stringContaining('2026.9.6-build: green') as string,
    });
    baseline = join(out, '2026.9.6-build.json');
  }, 60_000);

  test('--against fails a build with a regression, and passes one without', async () => {
    const only = ['--path', faithful, '--only', 'streaming.done', '--against', baseline];
    const stopped = await run(REGRESSED, only);
    expect(stopped.exit).toBe(1);
    expect(stopped.output).toMatch(/newly failing {2}streaming\.done \(MUST\), pass → fail/);
    const passed = await run(GATE, only);
    expect(passed.exit).toBe(0);
    expect(passed.output).toContain('no changes.');
    // With a folder of reports it is compared with the newest release before it.
    const reports = join(baseline, '../releases');
    await mkdir(reports);
    await copyFile(baseline, join(reports, '2026.9.6.json'));
    await writeFile(join(reports, '2026.9.7.json'), 'not this one');
    expect(await run(GATE, [...only.slice(0, -1), reports])).toMatchObject({ exit: 0 });
  });

  test('a build that does not start is an error with the end of its log, the log is kept, and others are judged', async () => {
    // A package may be hostile: its output is printed so that no terminal and no log interprets it.
    const lines = ['no such key: models', '::stop-commands::x', '\u001b]0;PWNED\u0007##[group]x'];
    const program = `console.error(${JSON.stringify(lines.join('\n'))}); process.exit(1);`;
    const broken = await build('broken', program, '2026.9.7');
    const out = join(folder, 'broken-out');
    const paths = ['--path', broken, '--path', faithful];
    const { exit, output } = await run(GATE, [...paths, '--only', 'streaming.done', '--out', out]);
    expect(exit).toBe(3);
    expect(output).toContain('expected an answer, got exit code 1. Its last output:\n  | no such key: models\n');
    expect(output).toContain('\n  | ::stop-commands::x\n  | \\u001b]0;PWNED\\u0007##\\u005bgroup]x\n');
    expect(output).not.toMatch(COMMAND);
    expect(OBEYED.exec(output)).toBeNull();
    expect(output).toContain(`logs are in ${join(out, 'logs/2026.9.7-build')}`);
    expect(readFileSync(join(out, 'logs/2026.9.7-build/token.log'), 'utf8')).toBe(`${lines.join('\n')}\n`);
    expect(verdicts(reportIn(out, '2026.9.7-build'))).toEqual({ 'streaming.done': 'error' });
    expect(verdicts(reportIn(out))).toEqual({ 'streaming.done': 'pass' });
  });

  test('a fork is started and asked in its own dialect, its mends are told, and auto finds its edition', async () => {
    const program = `import { Server } from 'node:http';
      const { emit } = Server.prototype;
      Server.prototype.emit = function (event, request, ...others) {
        for (const [name, value] of Object.entries(request?.headers ?? {})) {
          if (name.startsWith('x-openclaw-')) delete request.headers[name];
          if (name.startsWith('x-lobster-')) request.headers[name.replace('lobster', 'openclaw')] = value;
        }
        return emit.call(this, event, request, ...others);
      };
      if (process.env.LOBSTER_MEND !== 'yes') process.exit(9);
      process.env.OPENCLAW_CONFIG_PATH = process.env.LOBSTER_CONFIG_PATH;
      await import('./gateway.mjs');`;
    const fork = await build('lobster', program, '1.0.0', 'lobster');
    await writeFile(join(fork, 'gateway.mjs'), FAITHFUL);
    const because = 'its manifest forgets the variable';
    const dialect = {
      header: 'x-lobster-',
      env: 'LOBSTER_',
      file: 'lobster.json',
      mends: [{ env: { LOBSTER_MEND: 'yes' }, because }],
    };
    await writeFile(join(fork, 'dialect.json5'), JSON.stringify(dialect));
    const out = join(folder, 'lobster-out');
    const only = ['--only', 'agents.header', '--only', 'sessions.key.alone', '--deployment', 'token', '--out', out];
    const asked = ['--path', fork, '--dialect', join(fork, 'dialect.json5'), '--edition', 'auto', ...only];
    const { exit, output } = await run(GATE, asked);
    expect({ exit, output }).toMatchObject({ exit: 0 });
    expect(output).toContain('Compatible with 2026.9.6: nothing that it must keep is missing (the newest edition).');
    expect(output).toContain(`Started with LOBSTER_MEND=yes: ${because}.`);
    const report = reportIn(out, 'lobster-1.0.0-build');
    expect(report.target).toMatchObject({
      name: 'lobster 1.0.0-build',
      dialect: { header: 'x-lobster-', model: 'openclaw' },
      mended: [`Started with LOBSTER_MEND=yes: ${because}.`],
    });
    expect(verdicts(report)).toEqual({ 'agents.header': 'pass', 'sessions.key.alone': 'pass' });
    // By OpenClaw's names it runs the wrong agent.
    const { header: _, ...deaf } = dialect;
    await writeFile(join(fork, 'dialect.json5'), JSON.stringify(deaf));
    const undated = ['--path', fork, '--dialect', join(fork, 'dialect.json5'), '--edition', '2026.9.6', ...only];
    expect(await run(GATE, undated)).toMatchObject({ exit: 1 });
    expect(verdicts(reportIn(out, 'lobster-1.0.0-build'))).toMatchObject({ 'agents.header': 'fail' });
  });

  test('a build whose answer exceeds a bound could not be judged', async () => {
    const { exit, output } = await run(GATE, ['--path', faithful, '--only', 'streaming.done', '--max-bytes', '100']);
    expect(output).toContain('could not be judged: the gateway sent more than 100 bytes (--max-bytes)\n');
    expect(exit).toBe(3);
  });

  test('a deployment that does not start affects only the cases that need it', async () => {
    const picky = await build('picky', `if (process.env.OPENCLAW_GATEWAY_TOKEN) process.exit(9);\n${FAITHFUL}`);
    const only = ['--only', 'authentication.token-env', '--only', 'authentication.token', '--only', 'streaming.done'];
    const out = join(folder, 'picky-out');
    const { exit, output } = await run(GATE, ['--path', picky, ...only, '--out', out, '--jobs', '2']);
    expect(exit).toBe(3);
    expect(output).toContain('(env-token): expected an answer');
    expect(verdicts(reportIn(out))).toEqual({
      'authentication.token': 'pass',
      'authentication.token-env': 'error',
      'streaming.done': 'pass',
    });
  });

  test('a case whose verdict varies is an error', async () => {
    const moody = await build(
      'moody',
      `globalThis.calls = 0;\n${FAITHFUL.replace('baseUrl: url', 'baseUrl: told')}`.replace(
        'const backend',
        `const { createServer, request } = await import('node:http');
      let turn = 0;
      // The second request to its provider, the first of a case, is answered with 404.
      const between = createServer((asked, answer) => {
        if (turn++ === 1) return answer.writeHead(404).end();
        asked.pipe(request(told + asked.url.replace('/v1', ''), { method: asked.method, headers: asked.headers }, (told) => {
          answer.writeHead(told.statusCode, told.headers);
          told.pipe(answer);
        }));
      });
      await new Promise((resolve) => between.listen(0, '127.0.0.1', resolve));
      const url = 'http://127.0.0.1:' + between.address().port + '/v1';
      const backend`,
      ),
    );
    const { exit, output } = await run(GATE, ['--path', moody, '--only', 'streaming.same-text', '--repeat', '3']);
    expect(output).toMatch(/streaming\.same-text +MUST +error/);
    expect(output).toContain('the verdict varies (');
    expect(exit).toBe(3);
  });

  test('the merged parts of a sharded gate have every case once', async () => {
    const outs = [1, 2].map((part) => join(folder, `part-${part}`));
    const argv = (part: number): string[] => [
      '--path',
      faithful,
      '--only',
      'streaming.usage-*',
      '--shard',
      `${part}/2`,
    ];
    for (const [at, out] of outs.entries()) {
      expect(await run(GATE, [...argv(at + 1), '--out', out])).toMatchObject({ exit: 0 });
    }
    const parts = outs.map((out) => Object.keys(verdicts(reportIn(out))));
    const script = fileURLToPath(new URL('../../scripts/merge.ts', import.meta.url));
    const merged = join(folder, 'merged');
    expect(await run(script, [...outs, '--out', merged])).toMatchObject({ exit: 0 });
    const ids = ['streaming.usage-asked', 'streaming.usage-real', 'streaming.usage-unasked'];
    expect(Object.keys(verdicts(reportIn(merged))).toSorted()).toEqual(ids);
    expect(parts.flat().toSorted()).toEqual(ids);
  });

  test('with as many machines as releases, each machine judges some of the releases', async () => {
    const other = await build('other', FAITHFUL, '2026.9.7');
    const out = join(folder, 'shared');
    const argv = ['--path', faithful, '--path', other, '--only', 'streaming.done', '--only', 'streaming.usage-asked'];
    expect(await run(GATE, [...argv, '--shard', '2/2', '--out', out])).toMatchObject({ exit: 0 });
    expect(readdirSync(out).filter((name) => name.endsWith('.json'))).toEqual(['2026.9.7-build.json']);
    const both = { 'streaming.done': 'pass', 'streaming.usage-asked': 'pass' };
    expect(verdicts(reportIn(out, '2026.9.7-build'))).toEqual(both);
  });

  test('more machines than cases is wrong usage, said before a gateway starts', async () => {
    const { exit, output } = await run(GATE, ['--path', faithful, '--only', 'streaming.done', '--shard', '2/2']);
    expect(exit).toBe(2);
    expect(output).toMatch(/^Failed to read --shard: expected no more parts than cases, got 2 of them\.$/m);
    expect(output).not.toContain('starting');
  });

  test('--dating judges requirements that are not in force too, as notes', async () => {
    const old = await build('old', FAITHFUL, '2026.2.1');
    const out = join(folder, 'dating');
    const only = ['--only', 'agents.foreign-model', '--only', 'streaming.done', '--only', 'agents.default-main'];
    expect(await run(GATE, ['--path', old, ...only, '--dating', '--out', out])).toMatchObject({ exit: 0 });
    expect(verdicts(reportIn(out, '2026.2.1-build'))).toEqual({
      'agents.default-main': 'pass',
      'agents.foreign-model': 'note',
      'streaming.done': 'pass',
    });
  });

  test('--deployment starts only the deployments that it names', async () => {
    const { exit, output } = await run(GATE, [
      '--path',
      faithful,
      '--only',
      'streaming.done',
      '--deployment',
      'password',
    ]);
    expect(exit).toBe(0);
    expect(output).toContain('1 gateways');
    const none = await run(GATE, ['--path', faithful, '--deployment', 'disabled']);
    expect(none).toMatchObject({
      exit: 2,
      output: expect.stringContaining('another one with the endpoint enabled') as string,
    });
  });

  test('without a namespace the gate fails with the reason, and continues only with --no-isolation', async () => {
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await symlink(process.execPath, join(bin, 'node'));
    const argv = ['--path', faithful, '--only', 'streaming.done'];
    const refused = await run(GATE, argv, { PATH: bin });
    expect(refused.exit).toBe(3);
    expect(refused.output).toContain('`unshare` is not installed');
    expect(refused.output).toContain('--no-isolation');
    const permitted = await run(GATE, [...argv, '--no-isolation'], { PATH: bin });
    expect(permitted.output).toContain('Not isolated, by --no-isolation: `unshare` is not installed');
    expect(permitted.exit).toBe(0);
  });

  test('an interrupted gate leaves no gateway running, even without a namespace', async () => {
    const pid = join(folder, 'pid');
    const silent = `(await import('node:fs')).writeFileSync(${JSON.stringify(pid)}, String(process.pid)); setInterval(() => {}, 9);`;
    const place = await build('silent', silent);
    const env = { ...process.env, PATH: join(folder, 'bin'), TMPDIR: join(folder, 'tmp') };
    const child = spawn(process.execPath, [GATE, '--path', place, '--no-isolation'], { env, stdio: 'ignore' });
    await vi.waitFor(() => expect(readFileSync(pid, 'utf8')).not.toBe(''), { timeout: 30_000, interval: 50 });
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([3, null]);
    // A process that has ended but was not waited for has an empty command line.
    const line = `/proc/${readFileSync(pid, 'utf8')}/cmdline`;
    await vi.waitFor(() => expect(existsSync(line) ? readFileSync(line, 'utf8') : '').toBe(''), { interval: 20 });
  });

  test('the gate leaves no file in the temporary folder', () => {
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(existsSync(join(folder, 'faithful/.compiled'))).toBe(false);
  });
});

test.each([
  [[], 'expected --release X, --all, --since X, --package NAME@VERSION or --path PATH, got none'],
  [['--release', '2026.9'], 'expected a release like 2026.9.6, or a tag like latest, got "2026.9"'],
  [['--release', '2026.9.6', '--shard', '3/2'], 'expected I/N like 1/3, got "3/2"'],
  [['--release', '2026.9.6', '--deployment', 'tokens'], 'Did you mean token?'],
  [['--release', '2026.9.6', '--repeat', '0'], 'Failed to read --repeat: expected a whole number from 1 to'],
  [['--release', '2026.9.6', '--out', '/proc/nowhere'], 'Failed to write --out /proc/nowhere: expected a place'],
  [['--release', '2026.9.6', '--publish', '/dev/null/x'], 'Failed to write --publish /dev/null/x: expected a place'],
  [['--release', '2026.9.6', '--isolate'], 'expected a known flag, got --isolate. See --help.'],
])('%j is wrong usage', async (argv, message) => {
  expect(await run(GATE, argv)).toMatchObject({ exit: 2, output: expect.stringContaining(message) as string });
});
