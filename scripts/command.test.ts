import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import suite from '../package.json' with { type: 'json' };
import { COMMANDS } from './command.ts';

const KIT = fileURLToPath(new URL('compat-kit.ts', import.meta.url));
/** Writes the address of each module that the command loads to the standard error. */
const TRACED = `--import=data:text/javascript,${encodeURIComponent(
  `import { registerHooks } from 'node:module';
   registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) });`,
)}`;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const run = (argv: readonly string[], flags: readonly string[] = [], cwd = process.cwd(), script = KIT): Promise<Ran> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [...flags, script, ...argv], { cwd }, (_, out, error) =>
      resolve({ code: child.exitCode ?? -1, out, error }),
    );
  });

describe.each(Object.entries(COMMANDS))('%s', (name, { does, table }) => {
  test('its help has its flags, and loads neither the suite nor the reference', async () => {
    const { code, out, error } = await run([name, '--help'], [TRACED]);
    expect(code).toBe(0);
    for (const [flag, { default: standard }] of Object.entries((await table()).flags)) {
      expect(out).toContain(`  --${flag}`);
      if (standard !== undefined) expect(out.replaceAll(/\s+/g, ' ')).toContain(`default: ${standard}`);
    }
    const loaded = error.split('\n').filter((url) => url.startsWith('file:'));
    expect(loaded).not.toEqual([]);
    const heavy = /chapters|\/judging\/judge|\/reference\/(?!command\/flags)|node_modules\/(?!commander)/;
    expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  });

  test('the help of the whole kit names it', async () => {
    const { out } = await run(['--help']);
    expect(out).toMatch(new RegExp(`^  ${name} +${does}$`, 'm'));
  });
});

test.each([['--version'], ['judge', '-V'], ['reference', '--version']])('%s %s prints the version', async (...argv) => {
  expect(await run(argv)).toEqual({ code: 0, out: `${suite.name} ${suite.version}\n`, error: '' });
});

test.each([
  [[], 'expected a command, got none. See --help.'],
  [['jugde'], 'expected a command, got jugde. Did you mean judge? See --help.'],
  [['--frobnicate'], 'expected a known flag, got --frobnicate. See --help.'],
  [['gate', '--relese', 'x'], 'expected a known flag, got --relese. Did you mean --release? See --help.'],
  [['judge', '--out'], 'expected a value behind the flag, got --out <DIR>. See --help.'],
  [['difference', 'x'], 'expected flags alone, got x. See --help.'],
])('%j is wrong usage, told in one line', async (argv, told) => {
  expect(await run(argv)).toEqual({ code: 2, out: '', error: `Failed to read the command line: ${told}\n` });
});

test.each([
  ['soak', ['--ful'], 'the command line: expected a known flag, got --ful. Did you mean --full? See --help.'],
  [
    'soak',
    ['--only', 'streem'],
    /^Failed to read --only: expected .*, got "streem"\. Did you mean \S+\? See --help\.$/,
  ],
  ['bench', ['--out'], 'the command line: expected a value behind the flag, got --out <FILE>. See --help.'],
  ['proof', ['--sample', 'few'], '--sample: expected a whole number from 0 to 1000000000, got "few". See --help.'],
  ['proof', ['--edition', 'x'], /^Failed to read --edition: expected a release like [\d.]+, got "x"\. See --help\.$/],
  ['contract', ['--freez'], 'the command line: expected a known flag, got --freez. Did you mean --freeze? See --help.'],
])('npm run %s -- %j is told as the commands of users are', async (name, argv, told) => {
  const { code, out, error } = await run(argv, [], undefined, fileURLToPath(new URL(`${name}.ts`, import.meta.url)));
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error.trimEnd()).toMatch(typeof told === 'string' ? `Failed to read ${told}` : told);
});

test('a command has the flags of openclaw-compat.json5 in its folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'command-'));
  writeFileSync(join(folder, 'openclaw-compat.json5'), `{ judge: { explain: 'streaming.done' } }`);
  expect(await run(['judge'], [], folder)).toMatchObject({ code: 0, out: expect.stringMatching(/^streaming\.done /) });
  rmSync(folder, { recursive: true });
});

test('a command ends with the exit code of its run', async () => {
  const { code, error } = await run(['compare', 'nowhere.json', 'nowhere-else.json']);
  expect(code).toBe(2);
  expect(error).toMatch(/^Failed to read .*nowhere\.json: .*\n$/);
  expect(await run(['judge', '--only', 'endpoint.enabled'])).toMatchObject({ code: 0, error: '' });
});

test('a reader of the output that leaves, as head does, ends no run: its reports are written, and its exit code is right', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kit-left-'));
  try {
    const child = spawn(process.execPath, [KIT, 'judge', '--only', 'requests', '--out', folder]);
    let error = '';
    child.stderr.on('data', (piece: Buffer) => (error += piece.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'close')) as [number];
    expect([code, error]).toEqual([0, '']);
    expect(readdirSync(folder)).toContain('report.json');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
