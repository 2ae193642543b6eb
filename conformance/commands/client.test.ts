/** The command that judges clients, with clients in three languages. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { client } from './client.ts';

const example = (name: string): string => fileURLToPath(new URL(`../clients/examples/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-client-'));

interface Ran {
  readonly code: number;
  readonly out: string;
  /** Verdict by id. */
  readonly verdicts: Readonly<Record<string, string>>;
}

async function judged(command: readonly string[], ...flags: string[]): Promise<Ran> {
  let out = '';
  const to = mkdtempSync(join(folder, 'out-'));
  const world = { env: process.env, write: (text: string) => void (out += text) };
  const code = await client([...flags, '--out', to, '--', ...command], world);
  const { requirements } = JSON.parse(readFileSync(join(to, 'client.json'), 'utf8')) as {
    requirements: { id: string; verdict: string }[];
  };
  return { code, out, verdicts: Object.fromEntries(requirements.map(({ id, verdict }) => [id, verdict])) };
}

/** A client in JavaScript, written into a file. */
function script(name: string, text: string): string[] {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return [process.execPath, file];
}

const SOME = ['--only', 'framing.crlf', '--only', 'broken.cut', '--only', 'broken.no-finish', '--only', 'refused.401'];
const WATCHED = ['--only', 'answer.streamed', '--only', 'answer.whole', '--only', 'secrets.output'];

describe('a client in another language', () => {
  test('that uses the standard library of Python keeps what it is judged by, and leaves when it is told to', async () => {
    const { code, verdicts } = await judged(
      ['python3', example('stdlib.py')],
      ...SOME,
      ...WATCHED,
      '--only',
      'leaving.streamed',
      '--only',
      'tools.two',
    );
    expect(verdicts).toEqual({
      'answer.streamed': 'pass',
      'answer.whole': 'pass',
      'framing.crlf': 'pass',
      'broken.cut': 'pass',
      'broken.no-finish': 'pass',
      'refused.401': 'pass',
      'leaving.streamed': 'pass',
      'tools.two': 'unseen',
      'secrets.output': 'pass',
    });
    expect(code).toBe(0);
  });

  test('that is curl and sed breaks what a line of a shell cannot know', async () => {
    const { code, out, verdicts } = await judged(['bash', example('curl.sh')], ...SOME, ...WATCHED);
    expect(verdicts).toEqual({
      'answer.streamed': 'pass',
      'answer.whole': 'unseen',
      'framing.crlf': 'fail',
      'broken.cut': 'pass',
      'broken.no-finish': 'warn',
      'refused.401': 'pass',
      'secrets.output': 'pass',
    });
    expect(out).toContain('Breaks the contract: framing.crlf');
    expect(code).toBe(1);
  });
});

describe('a command', () => {
  let wrong: Ran;
  beforeAll(async () => {
    wrong = await judged(
      script('tells', 'console.error(process.env.OPENAI_API_KEY); process.exitCode = 1;'),
      '--only',
      'answer',
      '--only',
      'secrets',
    );
  });

  test('that asks nothing earns nothing, and the secret that it prints is not printed again', () => {
    expect(wrong.code).toBe(1);
    expect(Object.values(wrong.verdicts)).not.toContain('pass');
    expect(wrong.out).toContain('expected a call of the endpoint, got none; the client failed');
  });

  test('that does not end is ended with all that it started', async () => {
    const marker = join(folder, 'started.txt');
    const endless = script(
      'endless',
      `import { spawn } from 'node:child_process';
       import { appendFileSync } from 'node:fs';
       const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
       appendFileSync(${JSON.stringify(marker)}, process.pid + ' ' + child.pid + ' ');`,
    );
    const { verdicts } = await judged(endless, '--only', 'answer.streamed', '--patience', '2');
    expect(verdicts).toEqual({ 'answer.streamed': 'fail' });
    const pids = readFileSync(marker, 'utf8').trim().split(' ').map(Number);
    expect(pids).toHaveLength(4);
    expect(pids.filter(lives)).toEqual([]);
  });

  test('that takes more memory for a long answer than it should is told so', async () => {
    const hungry = script(
      'hungry',
      `const { OPENAI_BASE_URL, OPENAI_API_KEY, KIT_MODEL, KIT_PROMPT } = process.env;
       const response = await fetch(OPENAI_BASE_URL + '/chat/completions', {
         method: 'POST',
         headers: { authorization: 'Bearer ' + OPENAI_API_KEY, 'content-type': 'application/json' },
         body: JSON.stringify({ model: KIT_MODEL, messages: [{ role: 'user', content: KIT_PROMPT }] }),
       });
       const { choices } = await response.json();
       const { content } = choices[0].message;
       globalThis.copies = Array.from({ length: Math.ceil(content.length / 13_000) }, () => Buffer.alloc(2 ** 20, 1));
       process.stdout.write(content);`,
    );
    const { verdicts } = await judged(hungry, '--only', 'answer.memory', '--only', 'answer.large');
    expect(verdicts).toEqual({
      'answer.large': 'pass',
      'answer.memory': process.platform === 'linux' ? 'warn' : 'unseen',
    });
  });
});

describe('a client behind wrong gateways', () => {
  const behind = async (
    command: readonly string[],
    ...gateways: string[]
  ): Promise<{ code: number; lines: string[] }> => {
    let out = '';
    const flags = gateways.flatMap((id) => ['--gateway', id]);
    const world = { env: process.env, write: (text: string) => void (out += text) };
    const code = await client([...flags, '--patience', '5', '--', ...command], world);
    return { code, lines: out.trimEnd().split('\n') };
  };
  const python = ['python3', example('stdlib.py')];

  test('what becomes of it is told for each gateway, with what it told', async () => {
    const { code, lines } = await behind(python, 'streaming.role-early', 'streaming.done: forgets the sentinel');
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(
        /^tells {2}streaming\.done: forgets the sentinel \(words, streamed\): expected "Zwölf .*", got "failed: the stream ended too early"$/,
      ),
      'survives  streaming.role-early: gives the role with the first word (words, streamed)',
    ]);
  });

  test('the right answer behind each is no violation', async () => {
    expect((await behind(python, 'completions.role')).code).toBe(0);
  });

  test('a client that meets none is not judged, and what it fails of a faithful gateway is named', async () => {
    expect(await behind(['true'], 'completions.role')).toEqual({
      code: 3,
      lines: [
        'Not measured, since it fails of the faithful gateway: words, whole',
        'Not measured: no call of the client met a wrong gateway',
      ],
    });
  });

  test('its secret is shown in nothing that it prints', async () => {
    const leaks = script(
      'leaks',
      `const { OPENAI_BASE_URL, OPENAI_API_KEY, KIT_PROMPT } = process.env;
       const response = await fetch(OPENAI_BASE_URL + '/chat/completions', {
         method: 'POST',
         headers: { authorization: 'Bearer ' + OPENAI_API_KEY, 'content-type': 'application/json' },
         body: JSON.stringify({ model: 'openclaw', messages: [{ role: 'user', content: KIT_PROMPT }] }),
       });
       const [{ index, message }] = (await response.json()).choices;
       if (index === 0) process.stdout.write(message.content);
       else {
         process.stderr.write('wrong index, key ' + OPENAI_API_KEY);
         process.exitCode = 1;
       }`,
    );
    const { code, lines } = await behind(leaks, 'completions.one-choice: counts from one');
    expect([code, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(
      /^tells {2}completions\.one-choice: counts from one .* got "wrong index, key \[redacted\]"$/,
    );
  });

  test('a name that no wrong gateway has is wrong usage', async () => {
    await expect(behind(['true'], 'streaming.dune')).rejects.toThrow(
      /^Failed to read --gateway: expected a wrong gateway, got "streaming\.dune"\. Did you mean streaming\.done\?/,
    );
  });
});

describe('the command line', () => {
  const world = { env: {}, write: () => undefined };

  test.each([
    [[], 'Failed to judge a client: expected -- COMMAND, got none. See --help.'],
    [['--only', 'framing.crfl', '--', 'true'], /^Failed to read --only: .*Did you mean framing\.crlf\?/],
    [['--jobs', '0', '--', 'true'], /^Failed to read --jobs: expected a whole number from 1 to 64, got "0"/],
    [['--waivers', '/nowhere.json5', '--', 'true'], /^Failed to read waivers \/nowhere\.json5: expected a file/],
    [['--', '/nowhere/client'], /^Failed to start \/nowhere\/client: expected a command, got ENOENT/],
  ])('%j is wrong usage, told in one line', async (argv, told) => {
    await expect(client(argv, world)).rejects.toThrow(told);
  });

  test('a waived failure does not fail the run, and a waiver that is not needed does', async () => {
    const file = join(folder, 'known.json5');
    const waiver = (id: string): string =>
      `{ waivers: [{ id: '${id}', reason: 'known and being worked on', dated: '2026-11-28' }] }`;
    const flags = ['--only', 'framing.crlf', '--only', 'broken.cut', '--waivers', file];
    writeFileSync(file, waiver('framing.crlf'));
    expect(await judged(['bash', example('curl.sh')], ...flags)).toMatchObject({
      code: 0,
      verdicts: { 'framing.crlf': 'waived', 'broken.cut': 'pass' },
    });
    writeFileSync(file, waiver('broken.cut'));
    expect(await judged(['bash', example('curl.sh')], ...flags)).toMatchObject({
      code: 1,
      verdicts: { 'broken.cut': 'stale' },
    });
  });
});

/** Whether a process runs; one that has ended may stay in the table until its parent looks at it. */
function lives(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}
