import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// A copy of the repository is compiled and linted, which takes long on a loaded machine.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COPIED = [
  'conformance',
  'reference',
  'fixtures',
  'scripts',
  'package.json',
  '.oxlintrc.json',
  '.prettierrc.json',
];

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'new-'));
  await Promise.all(COPIED.map((name) => cp(join(ROOT, name), join(copy, name), { recursive: true })));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const config = JSON.parse(await readFile(join(ROOT, 'tsconfig.json'), 'utf8')) as object;
  await writeFile(join(copy, 'tsconfig.json'), JSON.stringify({ ...config, include: ['conformance/chapters'] }));
});
afterAll(() => rm(copy, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

function run(command: string, ...args: string[]): Promise<Ran> {
  const path = command === 'node' ? process.execPath : join(copy, 'node_modules/.bin', command);
  return new Promise((resolve) =>
    execFile(path, args, { cwd: copy }, (failure, out, error) =>
      resolve({ code: failure ? Number(failure.code) : 0, out, error }),
    ),
  );
}

const draft = (...args: string[]): Promise<Ran> => run('node', 'scripts/new.ts', ...args);

/** The findings of the case lint in the copy. */
async function faults(): Promise<string> {
  const program = `import { chapters } from './conformance/chapters/index.ts';
    import { lint } from './conformance/contract/case-lint.ts';
    console.log(lint(chapters, ['token', 'password', 'env-token', 'env-password', 'none', 'disabled', 'default', 'rate-limited']).join('\\n'));`;
  const ran = await run('node', '--input-type=module', '-e', program);
  expect(ran.error).toBe('');
  return ran.out;
}

describe('npm run new', () => {
  test('npm run new writes a case, a row of a table, or a table, which compile and pass the linters', async () => {
    const ran = await draft('streaming.brand-new');
    expect(ran).toMatchObject({ code: 0, error: '' });
    expect(ran.out).toContain('npm run conformance -- --only streaming.brand-new');
    expect(ran.out).toContain('npm run proof -- --write --only streaming.brand-new');
    expect(await draft('requests.malformed', '--row', 'xml')).toMatchObject({ code: 0, error: '' });
    expect(await draft('sessions.brand-new', '--row', 'first', '--level', 'should')).toMatchObject({
      code: 0,
      error: '',
    });

    expect(await run('tsc')).toEqual({ code: 0, out: '', error: '' });
    const linted = await run('oxlint', '--type-aware', '--deny-warnings', 'conformance/chapters');
    expect(linted.out).toContain('0 warnings and 0 errors');
    const chapters = ['conformance/chapters/streaming.ts', 'conformance/chapters/sessions.ts'];
    const tables = ['fixtures/malformed-bodies.json', 'fixtures/sessions-brand-new.json'];
    const schema = 'fixtures/schemas/sessions-brand-new.schema.json';
    expect(await run('prettier', '--check', ...chapters, ...tables, schema)).toMatchObject({ code: 0 });
  });

  test('a drafted requirement fails until it is filled in', async () => {
    const ids = ['streaming.brand-new', 'requests.malformed.xml', 'sessions.brand-new.first'];
    const findings = await faults();
    for (const id of ids) expect(findings).toContain(`${id}: a placeholder is left to be filled in`);
    const judged = await run('node', 'scripts/conformance.ts', '--only', 'streaming.brand-new');
    expect(judged).toMatchObject({ code: 1, error: '' });
    expect(judged.out).toContain('FILL IN: what the contract wants');
  });

  test.each([
    [['stream.done'], 'Failed to draft stream.done: expected a chapter: endpoint, health, authentication,'],
    [
      ['streaming.done'],
      'Failed to draft streaming.done: expected an id that is free, got streaming.done, which is taken',
    ],
    [['streaming'], 'Failed to draft streaming: expected an id like chapter.thing'],
    [[], 'Failed to draft a requirement: expected one chapter.thing, got none. See --help.'],
    [['a.b', 'c.d'], 'got a.b c.d.'],
    [['streaming.new', '--level', 'MUST'], 'expected must, should, may, got "MUST".'],
    [['streaming.new', '--rows'], 'expected a known flag, got --rows. Did you mean --row? See --help.'],
  ])('the arguments %j give an error of one line and exit code 2', async (args, expected) => {
    const ran = await draft(...args);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.error).toContain(expected);
    expect(ran.error).toMatch(/^[^\n]+\n$/);
  });
});
