/** Every command in the README is run: here, or by the repository's own gate. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const commands = [...read('README.md').matchAll(/^```bash\n([^]*?)^```/gm)].flatMap(([, block]) =>
  block!.split('\n').filter((line) => line !== '' && !line.startsWith('#')),
);
const inGate = read('.ci/run').split('\n');

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

const servers = commands.filter((command) => command.startsWith('npm run reference'));
const others = commands.filter((command) => !servers.includes(command) && !inGate.includes(command));

beforeAll(async () => {
  for (const server of servers) expect((await run(server, '/v1/chat/completions')).output).not.toContain('Failed to');
}, 30_000);
afterAll(() => started.forEach(stop));

test('the README has commands of each kind', () => {
  expect(servers.length).toBeGreaterThan(1);
  expect(others.length).toBeGreaterThan(4);
  expect(commands.length - servers.length - others.length).toBeGreaterThan(2);
});

test.each(others)('the command runs: %s', { timeout: 120_000 }, async (command) => {
  const { code, output } = await run(command);
  expect(code, output).toBe(0);
});
