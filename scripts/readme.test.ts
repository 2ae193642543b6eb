/** What the READMEs say is true: every command is run, here or by the repository's own gate, and every link leads somewhere. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cases } from '../conformance/chapters/index.ts';
import { readArguments } from '../conformance/commands/conformance-flags.ts';
import { readTarget } from '../conformance/commands/target-file.ts';
import { readWaivers } from '../conformance/judging/waivers.ts';
import { anchors, fences, links, named, READMES, textOf } from './documents.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const lines = fences('bash').flatMap((block) =>
  block.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
);
/** Each once, in whichever document it stands. */
const commands = [...new Set(lines)];
const inGate = textOf('.ci/run').split('\n');

const started: ChildProcess[] = [];

/** Runs a line in a shell, in its own process group; `until` is an output to wait for, for a command that does not end. */
async function run(command: string, until?: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['-c', command], { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let output = '';
  const printed = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (until !== undefined && output.includes(until)) printed.resolve();
    });
  }
  await Promise.race([once(child, 'close'), printed.promise]);
  return { code: child.exitCode, output };
}

function stop(child: ChildProcess): void {
  if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
}

const servers = commands.filter((command) => /^npm run reference(?!.*--help)/.test(command));
const others = commands.filter((command) => !servers.includes(command) && !inGate.includes(command));

beforeAll(async () => {
  for (const server of servers) expect((await run(server, '/v1/chat/completions')).output).not.toContain('Failed to');
}, 30_000);
afterAll(() => started.forEach(stop));

test('the READMEs have commands of each kind', () => {
  expect(servers.length).toBeGreaterThan(1);
  expect(others.length).toBeGreaterThan(4);
  expect(commands.length - servers.length - others.length).toBeGreaterThan(2);
});

test.each(others)('the command runs: %s', { timeout: 120_000 }, async (command) => {
  const { code, output } = await run(command);
  expect(code, output).toBe(0);
});

test('the README fits in 120 lines', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(121);
});

const documents = [...READMES, 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'fixtures/README.md', 'CONTRACT.md'];

test.each(documents)('each link in %s leads to a file, and to a heading in it', (document) => {
  const broken = links(textOf(document)).filter(({ path, anchor }) => {
    const target = path === '' ? document : join(document, '..', path);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchors(textOf(target)).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('the tree in CONTRIBUTING.md has a line for each folder', () => {
  const [, tree] = /^```\n(fixtures\/[^]*?)^```/m.exec(textOf('CONTRIBUTING.md'))!;
  const folders = globSync(['conformance/*/', 'conformance/lab/*/', 'reference/*/'], { cwd: root });
  expect(folders.length).toBeGreaterThan(20);
  expect(folders.map((folder) => basename(folder)).filter((name) => !tree!.includes(` ${name}/`))).toEqual([]);
});

test('the file of deployments in the README is read as a target', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'openclaw-kit-readme-')), 'my-gateway.json5');
  writeFileSync(file, named(fences('json5')).get('my-gateway.json5')!);
  const target = readTarget(readArguments(['--target', file]), { OPENCLAW_GATEWAY_TOKEN: 'secret' });
  expect(target?.deployments.map(({ name }) => name)).toEqual(['token', 'disabled']);
});

test('the file of waivers in the README is read, and shows every field', () => {
  const text = named(fences('json5')).get('known.json5')!;
  const waivers = readWaivers(text, 'known.json5', new Set(cases.map(({ id }) => id)));
  const fields = new Set(waivers.flatMap((waiver) => Object.keys(waiver)));
  expect(waivers).toHaveLength(3);
  expect([...fields].toSorted()).toEqual(
    ['dated', 'deployment', 'expires', 'id', 'link', 'message', 'reason', 'sometimes'].toSorted(),
  );
});

test('the scripted reply in the README is one of fixtures/examples', () => {
  const shown = fences('json').map((block) => JSON.parse(block) as object);
  const examples = globSync('fixtures/examples/*.json', { cwd: root }).map((file) => {
    const { $schema: _, about: __, ...reply } = JSON.parse(textOf(file)) as Record<string, unknown>;
    return reply;
  });
  expect(shown).not.toEqual([]);
  for (const reply of shown) expect(examples).toContainEqual(reply);
});

test('the tarball that the README installs is the one that npm pack writes', () => {
  const { name, version } = JSON.parse(textOf('package.json')) as { name: string; version: string };
  expect(fences('sh').join('')).toContain(`npm i -D ../${name}/${name}-${version}.tgz`);
});
