import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespaceTrouble } from '../lab/releases/namespace.ts';
import { FAITHFUL } from '../testing/substitute.ts';

// The registry lies: what it calls newer releases of OpenClaw is the reference, faithful and not. gh is a program that
// writes down what it is asked.
const trouble = namespaceTrouble();
const NEWER = fileURLToPath(new URL('../../scripts/newer.ts', import.meta.url));

const SILENT_END = `
  const { ServerResponse } = await import('node:http');
  const { write } = ServerResponse.prototype;
  ServerResponse.prototype.write = function (data, ...others) {
    return write.call(this, String(data).replace('data: [DONE]\\n\\n', ''), ...others);
  };
  const { end } = ServerResponse.prototype;
  ServerResponse.prototype.end = function (data, ...others) {
    return typeof data === 'string' ? end.call(this, data.replace('data: [DONE]\\n\\n', ''), ...others) : end.call(this, data, ...others);
  };`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kit-newer-'));
  await mkdir(join(folder, 'bin'));
  await program(
    'gh',
    `const { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
    const words = process.argv.slice(2);
    const asked = words.slice(0, 2).join(' ');
    const input = words.includes('--body-file') ? readFileSync(0, 'utf8') : '';
    appendFileSync(${JSON.stringify(join(folder, 'asked'))}, JSON.stringify({ words, input }) + '\\n');
    const open = ${JSON.stringify(join(folder, 'open'))};
    if (asked === 'issue create') writeFileSync(open, '');
    if (asked === 'issue close') rmSync(open);
    if (asked === 'issue list') console.log(existsSync(open) ? '[{"number":7}]' : '[]');`,
  );
  await writeFile(join(folder, 'faithful.mjs'), FAITHFUL);
  await writeFile(join(folder, 'silent.mjs'), `${SILENT_END}\n${FAITHFUL}`);
});
afterAll(() => rm(folder, { recursive: true }));

async function program(name: string, body: string): Promise<void> {
  await writeFile(join(folder, 'bin', name), `#!${process.execPath}\n${body}`);
  await chmod(join(folder, 'bin', name), 0o755);
}

/** A registry with these versions; `broken` forgets how a stream ends. */
const registry = (versions: readonly string[], broken = 'none'): Promise<void> =>
  program(
    'npm',
    `const { mkdirSync, writeFileSync, copyFileSync } = require('node:fs');
    if (process.argv[2] === 'view') { console.log(${JSON.stringify(JSON.stringify(versions))}); process.exit(); }
    const version = process.argv.at(-1).split('@')[1];
    mkdirSync('node_modules/openclaw', { recursive: true });
    const bin = { openclaw: 'openclaw.mjs' };
    writeFileSync('node_modules/openclaw/package.json', JSON.stringify({ name: 'openclaw', version, bin }));
    const from = ${JSON.stringify(folder)} + (version === '${broken}' ? '/silent.mjs' : '/faithful.mjs');
    copyFileSync(from, 'node_modules/openclaw/openclaw.mjs');`,
  );

interface Asked {
  readonly words: readonly string[];
  readonly input: string;
}

/** Runs the command; gives its exit code, its output, and what gh was asked meanwhile. */
async function run(...argv: readonly string[]): Promise<{ exit: number; output: string; asked: Asked[] }> {
  const asked = join(folder, 'asked');
  await rm(asked, { force: true });
  const env = {
    ...process.env,
    PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
    OPENCLAW_KIT_CACHE: join(folder, 'cache'),
  };
  const words = ['--only', 'streaming.done', '--deployment', 'token', '--out', join(folder, 'out'), ...argv];
  const [exit, output] = await new Promise<[number, string]>((resolve) => {
    const child = execFile(process.execPath, [NEWER, ...words], { env }, (_, out, err) =>
      resolve([child.exitCode ?? -1, out + err]),
    );
  });
  const lines = existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [];
  return { exit, output, asked: lines.map((line) => JSON.parse(line) as Asked) };
}

const verbs = (asked: readonly Asked[]): string[] => asked.map(({ words }) => words.slice(0, 2).join(' '));

describe.skipIf(trouble !== undefined)('npm run newer', { timeout: 240_000 }, () => {
  test('keeps one issue open while a newer release is worse, and closes it when none is', async () => {
    await registry(['2026.9.6', '2026.9.7-beta.1', '2026.9.7', '2026.7.35'], '2026.9.7');
    const first = await run('--issue');
    expect(first).toMatchObject({ exit: 1 });
    expect(first.output).toContain('2026.9.7 is newer than 2026.9.6.');
    expect(first.output).toMatch(/newly failing {2}streaming\.done \(MUST\), pass → fail/);
    expect(verbs(first.asked)).toEqual(['issue list', 'label create', 'issue create']);
    const [, , created] = first.asked;
    expect(created!.input).toContain('### From openclaw 2026.9.6 to openclaw 2026.9.7');
    expect(created!.input).toContain('streaming.done');
    expect(created!.input).toContain('`npm run gate -- --release 2026.9.6 --release 2026.9.7 --out out`');

    const second = await run('--issue');
    expect([second.exit, verbs(second.asked)]).toEqual([1, ['issue list', 'issue edit']]);
    expect(second.asked[1]!.words[2]).toBe('7');
    expect(second.asked[1]!.input).toBe(created!.input);

    await registry(['2026.9.6', '2026.9.7', '2026.9.8'], '2026.9.7');
    const third = await run('--issue');
    expect([third.exit, verbs(third.asked)]).toEqual([0, ['issue list', 'issue close']]);
    expect(third.output).toContain('2026.9.8 is newer than 2026.9.6.');
  });

  test('without --issue it asks GitHub for nothing, and without a newer release it judges nothing', async () => {
    await registry(['2026.9.6', '2026.9.7-beta.1', '2026.7.35', '2026.6.35']);
    const { exit, output, asked } = await run();
    expect([exit, output, asked]).toEqual([0, 'Nothing on npm is newer than 2026.9.6.\n', []]);
  });

  test('a failure of the GitHub CLI is an error of one line', async () => {
    await registry(['2026.9.6']);
    await program('gh', `console.error('gh: not logged in'); process.exit(4);`);
    const { exit, output } = await run('--issue');
    expect(exit).toBe(2);
    expect(output).toContain('Failed to keep the issue: expected gh issue list to work, got "gh: not logged in".');
  });
});
