import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PLAIN } from '../../dial/dialect.ts';
import { dialectOf } from '../../dial/dialects.ts';
import { evaluateInside } from '../../testing/inside.ts';
import { isIsolated, namespaceTrouble } from './namespace.ts';
import { startRelease, type Start } from './release.ts';

// A substitute for a release, in a real namespace: it shows what `startRelease` passes to a gateway and how it reacts to
// the gateway's responses. Real releases are started by `npm run gate`.
const trouble = namespaceTrouble();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kit-release-'));
});
afterEach(() => rm(folder, { recursive: true }));

const CONFIG = `{ gateway: { auth: { mode: 'token', token: 'in-the-file' } }, agents: { list: [{ id: 'main' }] } }`;

async function started(gateway: string, then: string, patience = 20_000, dialect = PLAIN): Promise<unknown> {
  const entry = join(folder, 'openclaw.mjs');
  await writeFile(entry, gateway);
  const start: Start = {
    installed: { name: 'openclaw', dialect, version: '2026.9.6', folder, entry, node: process.execPath },
    deployment: { name: 'token', env: { OPENCLAW_GATEWAY_TOKEN: 'in-the-env' }, credential: 'in-the-file' },
    config: CONFIG,
    providerUrl: 'http://127.0.0.1:19999/v1',
    port: 18800,
    folder: join(folder, 'run'),
    patience,
  };
  return evaluateInside(`
    import { existsSync } from 'node:fs';
    import { startRelease } from ${JSON.stringify(new URL('release.ts', import.meta.url).href)};
    const start = ${JSON.stringify(start)};
    const say = (value) => console.log(JSON.stringify(value));
    ${then}`);
}

// Like newer releases: the port opens at once, and the answer is 503 until it is ready.
const GATEWAY = `
  import { createServer } from 'node:http';
  import { readFileSync } from 'node:fs';
  console.log('tokens: in-the-file in-the-env');
  let asked = 0;
  createServer((request, response) => {
    if (request.url === '/told') {
      const config = JSON.parse(readFileSync(process.env.OPENCLAW_CONFIG_PATH, 'utf8'));
      response.end(JSON.stringify({ asked, config, env: process.env, argv: process.argv.slice(2) }));
    } else response.writeHead(++asked < 4 ? 503 : 404).end();
  }).listen(Number(process.argv.at(-1)), '127.0.0.1');`;

test('a release is not started with access to the network', async ({ skip }) => {
  skip(isIsolated(), 'this machine has no network but loopback');
  const installed = {
    name: 'openclaw',
    dialect: PLAIN,
    version: '2026.9.6',
    folder,
    entry: 'none',
    node: process.execPath,
  };
  const deployment = { name: 'token', env: {}, credential: null };
  const start = { installed, deployment, config: CONFIG, providerUrl: '', port: 1, folder: join(folder, 'run') };
  await expect(startRelease(start)).rejects.toThrow(
    /^Failed to start openclaw@2026\.9\.6 \(token\): expected a loopback-only network namespace, got a wider one\./,
  );
  expect(existsSync(join(folder, 'run'))).toBe(false);
});

test('a gateway is ready after its last 503, gets only its own folders, and leaves no file', async ({ skip }) => {
  skip(trouble !== undefined, trouble);
  const seen = (await started(
    GATEWAY,
    `process.env.OPENAI_API_KEY = 'sk-of-the-user';
    const running = await startRelease(start);
    const { asked, config, env, argv } = await fetch(running.url + '/told').then((answer) => answer.json());
    const { startMs, memory } = running;
    const log = running.log();
    const before = running.alive();
    await running.stop();
    await running.stop();
    const left = existsSync(start.folder);
    say({ asked, config, env, argv, startMs, memory, log, before, after: running.alive(), left });`,
  )) as Record<string, never>;
  expect(seen).toMatchObject({
    asked: 4,
    argv: ['gateway', 'run', '--port', '18800'],
    config: { gateway: { port: 18_800, auth: { mode: 'token', token: 'in-the-file' } } },
    env: { HOME: join(folder, 'run/home'), OPENCLAW_GATEWAY_TOKEN: 'in-the-env', OPENCLAW_OFFLINE: '1' },
    log: 'tokens: [redacted] [redacted]\n',
    before: true,
    after: false,
    left: false,
  });
  expect(seen.env).not.toHaveProperty('OPENAI_API_KEY');
  expect(seen.startMs).toBeGreaterThan(0);
  expect(seen.memory).toBeGreaterThan(1_000_000);
});

test('a fork gets its own file, variables and arguments, what mends it, and no key that it refuses', async ({
  skip,
}) => {
  skip(trouble !== undefined, trouble);
  const clawdbot = dialectOf('clawdbot');
  const mends = [...clawdbot.mends, { env: { CLAWDBOT_NO_PLUGINS: '1' }, because: 'its package lacks a manifest' }];
  const keys = { 'gateway.auth.token': 'door.token' };
  const seen = (await started(
    GATEWAY.replaceAll('OPENCLAW_', 'CLAWDBOT_'),
    `const running = await startRelease(start);
    const { config, env, argv } = await fetch(running.url + '/told').then((answer) => answer.json());
    await running.stop();
    say({ config, env, argv });`,
    20_000,
    { ...clawdbot, command: ['clawdbot', 'serve'], mends, keys },
  )) as { config: object; env: Record<string, string>; argv: string[] };
  expect(seen).toMatchObject({
    argv: ['serve', '--port', '18800'],
    config: { gateway: { auth: { mode: 'token' } }, door: { token: 'in-the-file' } },
    env: {
      CLAWDBOT_CONFIG_PATH: join(folder, 'run/clawdbot.json'),
      CLAWDBOT_GATEWAY_TOKEN: 'in-the-env',
      CLAWDBOT_NO_PLUGINS: '1',
    },
  });
  expect(seen.config).not.toHaveProperty('discovery');
  expect(seen.config).not.toHaveProperty('gateway.auth.token');
  expect(Object.keys(seen.env).filter((name) => name.startsWith('OPENCLAW_'))).toEqual([]);
});

test('a gateway that exits early is an error with the end of its log, secrets redacted', async ({ skip }) => {
  skip(trouble !== undefined, trouble);
  const message = await started(
    `console.error('Config invalid: in-the-file'); process.exitCode = 1;`,
    `await startRelease(start).catch((failure) => say([failure.message, existsSync(start.folder)]));`,
  );
  const reason = 'exit code 1. Its last output:\nConfig invalid: [redacted]';
  expect(message).toEqual([`Failed to start openclaw@2026.9.6 (token): expected an answer, got ${reason}`, false]);
});

test('a gateway that never becomes ready is an error, and is killed even if it ignores SIGTERM', async ({ skip }) => {
  skip(trouble !== undefined, trouble);
  const seen = await started(
    `import { createServer } from 'node:http';
    process.on('SIGTERM', () => console.log('no'));
    createServer((_, response) => response.writeHead(503).end()).listen(Number(process.argv.at(-1)), '127.0.0.1');`,
    `await startRelease(start).catch(async ({ message }) => {
      const still = await fetch('http://127.0.0.1:18800').then(() => true, () => false);
      say({ message, still });
    });`,
    1_000,
  );
  expect(seen).toMatchObject({ still: false, message: expect.stringMatching(/expected an answer, got none in 1 s\./) });
}, 20_000);

test('several deployments run at once, each with its own port and folder', async ({ skip }) => {
  skip(trouble !== undefined, trouble);
  const told = await started(
    GATEWAY,
    `const all = await Promise.all([1, 2, 3].map((n) =>
      startRelease({ ...start, port: start.port + n, folder: start.folder + n })));
    const homes = await Promise.all(all.map(({ url }) =>
      fetch(url + '/told').then((answer) => answer.json()).then(({ env }) => env.HOME.slice(start.folder.length))));
    await Promise.all(all.map((one) => one.stop()));
    say(homes);`,
  );
  expect(told).toEqual(['1/home', '2/home', '3/home']);
});
