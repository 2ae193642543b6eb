/** Targets as they are in the field: behind a proxy that asks for headers, with a certificate of one's own, still starting. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { deploymentOf } from '../dial/target.ts';
import { startEmbedded, type Embedded } from '../lab/embedded.ts';
import { conformance } from './conformance.ts';

const VALUE = 'swordfish-4711';

let embedded: Embedded;
let url: URL;
let secret: string;
const folder = mkdtempSync(join(tmpdir(), 'reaching-'));
beforeAll(async () => {
  embedded = await startEmbedded();
  const { baseUrl, credential } = deploymentOf(embedded.target, 'token')!;
  url = new URL(baseUrl);
  secret = credential!;
});
afterAll(async () => {
  await embedded.close();
  rmSync(folder, { recursive: true });
});
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  let [out, error] = ['', ''];
  const code = await conformance([...argv, '--seed', '1'], {
    env: { OPENCLAW_GATEWAY_TOKEN: secret, ...env },
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    live: false,
  });
  return { code, out, error };
}

async function listening(server: Server & { closeAllConnections(): void }, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return (server.address() as AddressInfo).port;
}

/** Passes what `admits` lets in on to the embedded reference. */
const proxy =
  (admits: (asked: IncomingMessage) => boolean): RequestListener =>
  (asked, answer) => {
    if (!admits(asked)) return void answer.writeHead(402, { 'x-told': String(asked.headers['x-pass']) }).end();
    const { method = '', url: path = '', headers } = asked;
    const on = request(url.origin + path, { method, headers: { ...headers, host: url.host } }, (told) => {
      answer.writeHead(told.statusCode!, told.headers);
      told.pipe(answer);
    });
    on.on('error', () => answer.destroy());
    asked.pipe(on);
  };

const ONLY = ['--only', 'endpoint.enabled', '--only', 'streaming.done', '--only', 'authentication.two-headers'];

test('--header and --header-env are in every request, raw ones too', async () => {
  const seen: unknown[] = [];
  const admits = ({ headers }: IncomingMessage): boolean => {
    seen.push([headers['x-pass'], headers['x-tenant']]);
    return headers['x-pass'] === VALUE && headers['x-tenant'] === 'blue';
  };
  const port = await listening(createServer(proxy(admits)));
  const argv = ['--base-url', `http://127.0.0.1:${port}`, ...ONLY, '--header', 'X-Tenant: blue'];
  const ran = await run([...argv, '--header-env', 'X-Pass=PASS'], { PASS: VALUE });
  expect(ran, ran.out).toMatchObject({ code: 0, error: '' });
  expect(seen.length).toBeGreaterThan(3);
  expect(new Set(seen.map(String))).toEqual(new Set([`${VALUE},blue`]));
});

test('their values are in no report, also where the gateway returns them; the curl line names the variable', async () => {
  const admits = ({ headers, method }: IncomingMessage): boolean => headers['x-pass'] === undefined && method !== '';
  const port = await listening(createServer(proxy(admits)));
  const argv = ['--base-url', `http://127.0.0.1:${port}`, '--only', 'endpoint.enabled', '--out', folder];
  const ran = await run([...argv, '--header-env', 'X-Pass=PASS'], { PASS: VALUE });
  expect(ran.code).toBe(1);
  expect(ran.out).toContain('-H "X-Pass: $PASS"');
  for (const file of ['report.json', 'junit.xml', 'report.md', 'report.html']) {
    expect(readFileSync(join(folder, file), 'utf8'), file).not.toContain(VALUE);
  }
  expect(ran.out).not.toContain(VALUE);
});

test.each([
  [['--header', 'no colon'], "Failed to read --header: expected a header like 'Name: value', got"],
  [['--header', 'Authorization: Bearer x'], 'expected a header that no request has by itself, got "Authorization"'],
  [['--header', `X-Pass: ${VALUE}\u0000`], 'expected a name and a value as HTTP allows them, got "X-Pass"'],
  [['--header-env', 'X-Pass'], 'Failed to read --header-env: expected Name=VARIABLE, got "X-Pass"'],
  [['--header-env', 'X-Pass=NOWHERE'], 'expected a secret in NOWHERE, got nothing'],
  [['--ca', '/nowhere.pem'], 'Failed to read --ca /nowhere.pem: expected certificates as PEM, got ENOENT'],
  [['--ca', import.meta.filename], 'expected certificates as PEM, got a broken one'],
])('%j is wrong usage', async (flags, told) => {
  const ran = await run(['--base-url', url.origin, ...ONLY, ...flags]);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.error).toContain(told);
  expect(ran.error).not.toContain(VALUE);
});

// -----BEGIN CERTIFICATE-----none-----END CERTIFICATE-----

test('--wait waits for a gateway that starts, and no longer than it says', async () => {
  const place = createServer();
  const port = await listening(place);
  closing.splice(0).forEach((close) => close());
  const argv = ['--base-url', `http://127.0.0.1:${port}`, '--only', 'endpoint.enabled'];
  const began = performance.now();
  const refused = await run([...argv, '--wait', '1']);
  expect(refused).toMatchObject({ code: 3, out: '' });
  expect(refused.error).toContain('got a refused connection');
  expect(performance.now() - began).toBeGreaterThan(1000);
  const waiting = run([...argv, '--wait', '60']);
  await listening(createServer(proxy(() => true)), port);
  expect(await waiting).toMatchObject({ code: 0 });
});

test('a fault that does not pass by itself is not waited for', async () => {
  const port = await listening(createServer((_, answer) => answer.writeHead(401).end()));
  const ran = await run(['--base-url', `http://127.0.0.1:${port}`, '--wait', '3600']);
  expect(ran).toMatchObject({ code: 3 });
});

test('a certificate of one’s own is accepted with --ca and with --insecure, which the report says', async ({
  skip,
}) => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1';
  try {
    execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  } catch {
    return skip('no openssl makes a certificate here');
  }
  writeFileSync(join(folder, 'empty.pem'), '');
  const pem = { key: readFileSync(key), cert: readFileSync(certificate) };
  const port = await listening(
    createSecureServer(
      pem,
      proxy(() => true),
    ),
  );
  const argv = ['--base-url', `https://127.0.0.1:${port}`, ...ONLY, '--out', folder];
  const insecure = (): unknown =>
    (JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as { target: { insecure?: boolean } }).target
      .insecure;
  expect((await run(argv)).error).toContain('and the certificate (--ca)');
  const own = await run([...argv, '--ca', certificate]);
  expect(own, own.out + own.error).toMatchObject({ code: 0 });
  expect(insecure()).toBeUndefined();
  const any = await run([...argv, '--insecure']);
  expect(any).toMatchObject({ code: 0 });
  expect(any.out).toContain('certificate not checked');
  expect(insecure()).toBe(true);
  expect((await run(argv)).code, 'the next run of this process checks again').toBe(3);
});
