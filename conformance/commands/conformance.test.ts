import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { deploymentOf } from '../dial/target.ts';
import { startEmbedded, type Embedded } from '../lab/embedded.ts';
import type { Report } from '../reports/report.ts';
import { ATTACKS, COMMAND, OBEYED } from '../testing/attacks.ts';
import { conformance } from './conformance.ts';

let embedded: Embedded;
let folder: string;
beforeAll(async () => {
  embedded = await startEmbedded();
  folder = await mkdtemp(join(tmpdir(), 'conformance-'));
});
afterAll(async () => {
  await embedded.close();
  await rm(folder, { recursive: true });
});
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function run(argv: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  let [out, error] = ['', ''];
  const code = await conformance(argv, {
    env,
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    live: false,
  });
  return { code, out, error };
}

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where something listened a moment ago. */
async function abandoned(): Promise<string> {
  const url = await serving(() => {});
  closing.splice(0).forEach((close) => close());
  return url;
}

const at = (name: string): { url: string; secret: string } => {
  const { baseUrl, credential } = deploymentOf(embedded.target, name)!;
  return { url: baseUrl, secret: credential ?? '' };
};

describe('npm run conformance', () => {
  test('the exit code is 0 for a faithful gateway, which is conformant as far as judged', async () => {
    const { url, secret } = at('token');
    const ran = await run(['--base-url', url, '--only', 'endpoint'], { OPENCLAW_GATEWAY_TOKEN: secret });
    expect(ran).toMatchObject({ code: 0, error: '' });
    expect(ran.out).toContain('a filtered run proves no conformance');
  });

  test.each([
    ['2026.3.13', false, '2026.3.13: nothing that it must keep is missing'],
    ['2026.5.28', true, '2026.5.28: only what its release lacks too is missing, errors.no-leak.'],
  ])('--edition auto names %s, mistakes and all: %s, and judges by it', async (edition, asReleased, sentence) => {
    const older = await startEmbedded({ edition, asReleased });
    closing.push(() => void older.close());
    const { baseUrl, credential } = older.target.deployments[0];
    const file = join(folder, `${edition}.json5`);
    await writeFile(
      file,
      JSON.stringify({
        scripted: true,
        agents: ['main', 'beta'],
        deployments: [{ name: 'token', baseUrl, auth: 'token', credentialEnv: 'OPENCLAW_GATEWAY_TOKEN' }],
      }),
    );
    const only = ['agents', 'models', 'errors.no-leak'].flatMap((name) => ['--only', name]);
    const ran = await run(['--target', file, '--edition', 'auto', ...only], { OPENCLAW_GATEWAY_TOKEN: credential! });
    expect(ran.out + ran.error).toContain(`Compatible with ${sentence}`);
    expect(ran.out).toContain(`Edition ${edition},`);
    expect(ran.code).toBe(0);
  });

  test('the command that judges again names the edition that auto found', async () => {
    // It admits every client, in no edition of the contract.
    const ran = await run(['--base-url', at('none').url, '--edition', 'auto', '--only', 'authentication.wrong'], {
      OPENCLAW_GATEWAY_TOKEN: 'a secret that it does not know',
    });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('Compatible with no edition');
    expect(ran.out).toMatch(/again .*--edition \d+\.\d+\.\d+ /);
  });

  test.each(['', '/', '/v1', '/v1/', '/v1/chat/completions'])('the base URL may end in %j', async (end) => {
    const { url, secret } = at('token');
    const ran = await run(['--base-url', url + end, '--only', 'endpoint.enabled'], { OPENCLAW_GATEWAY_TOKEN: secret });
    expect(ran.code).toBe(0);
  });

  test('a password, a variable of another name, and no credential are accepted', async () => {
    const password = at('password');
    const only = ['--only', 'endpoint.enabled'];
    expect(
      (await run(['--base-url', password.url, ...only], { OPENCLAW_GATEWAY_PASSWORD: password.secret })).code,
    ).toBe(0);
    const named = ['--base-url', password.url, '--auth', 'password', '--password-env', 'MINE', ...only];
    expect((await run(named, { MINE: password.secret })).code).toBe(0);
    expect((await run(['--base-url', at('none').url, '--auth', 'none', ...only])).code).toBe(0);
  });

  test('a target file names several deployments and the variables of their secrets', async () => {
    const file = join(folder, 'target.json5');
    const rows = ['token', 'disabled'].map(
      (name) => `{ name: '${name}', baseUrl: '${at(name).url}', auth: 'token', credentialEnv: 'SECRET' }`,
    );
    await writeFile(file, `{ name: 'mine', deployments: [${rows.join(', ')}] } // two`);
    const ran = await run(['--target', file, '--only', 'endpoint.disabled'], { SECRET: at('token').secret });
    expect(ran.code).toBe(0);
    expect(ran.out).toContain('Judging mine at');
  });

  test('a violation exits 1 and shows the request, expected and got, a curl command, and the command to repeat the case', async () => {
    const url = await serving((request, response) => {
      const body = request.method === 'POST' ? '{"error":{"message":"no","type":"x"}}' : '';
      response
        .writeHead(request.method === 'POST' ? 402 : 405, { allow: 'POST', 'content-type': 'application/json' })
        .end(body);
    });
    const ran = await run(['--base-url', url, '--only', 'endpoint.enabled'], {
      OPENCLAW_GATEWAY_TOKEN: 'hunter22hunter22',
    });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('✗ endpoint.enabled  MUST  fail');
    expect(ran.out).toMatch(/expected +an answer with status 200\n +got +402/);
    expect(ran.out.replace(/--seed \d+/, '--seed 1')).toContain(
      `again    npm run conformance -- --base-url ${url} --seed 1 --only endpoint.enabled`,
    );
    expect(ran.out).toContain('-H "Authorization: Bearer $OPENCLAW_GATEWAY_TOKEN"');
    expect(ran.out).toMatch(/\d+\.\d ← 402 application\/json/);
    expect(ran.out).toContain('Not conformant with 2026.9.6: endpoint.enabled');
    expect(ran.out).not.toContain('hunter22');
  });

  test('no output shows the secret, although the gateway returns it', async () => {
    const url = await serving(({ headers }, response) => response.writeHead(402).end(`no ${headers.authorization}`));
    const ran = await run(['--base-url', url, '--only', 'endpoint.enabled'], { OPENCLAW_GATEWAY_TOKEN: 'hunter22!' });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('no Bearer [redacted]');
    expect(ran.out + ran.error).not.toContain('hunter22');
  });

  test('a waiver whose case holds exits 1', async () => {
    const { url, secret } = at('token');
    const waivers = join(folder, 'stale.json5');
    await writeFile(waivers, `{ waivers: [{ id: 'endpoint.enabled', reason: 'it was broken', dated: '2026-11-22' }] }`);
    const argv = ['--base-url', url, '--only', 'endpoint.enabled', '--waivers', waivers];
    const ran = await run(argv, { OPENCLAW_GATEWAY_TOKEN: secret });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('it holds: delete the waiver');
  });

  test('a waived violation exits 0, and is not called conformant', async () => {
    const url = await serving((_request, response) => response.writeHead(400).end('{}'));
    const waivers = join(folder, 'needed.json5');
    await writeFile(
      waivers,
      `{ waivers: [{ id: 'endpoint.enabled', reason: 'known to be shut', dated: '2026-11-22' }] }`,
    );
    const argv = ['--base-url', url, '--auth', 'none', '--only', 'endpoint.enabled', '--waivers', waivers];
    const ran = await run([...argv, '--out', folder]);
    expect(ran.code).toBe(0);
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
    expect(report).toMatchObject({
      schema: 'openclaw-conformance/report@1',
      conformant: false,
      summary: { waived: 1 },
    });
  });

  test.each([
    [['--frobnicate'], 'expected a known flag, got --frobnicate'],
    [['--base-ulr', 'x'], 'got --base-ulr. Did you mean --base-url?'],
    [['stray'], 'expected flags alone, got stray'],
    [['--base-url', 'nonsense'], 'expected an address like'],
    [['--base-url', 'ftp://x'], 'expected an address like'],
    [['--base-url', 'http://127.0.0.1:1'], 'OPENCLAW_GATEWAY_TOKEN or OPENCLAW_GATEWAY_PASSWORD'],
    [['--base-url', 'http://127.0.0.1:1', '--auth', 'token'], 'a secret in OPENCLAW_GATEWAY_TOKEN'],
    [['--base-url', 'http://127.0.0.1:1', '--auth', 'basic'], 'expected token, password, none, got "basic"'],
    [['--base-url', 'http://x', '--target', 'y'], 'no --base-url beside it'],
    [['--edition', 'latest'], 'expected a release like 2026.9.6'],
    [['--concurrency', '0'], 'a whole number from 1'],
    [['--timeout', '1.5'], 'a whole number from 1'],
    [['--max-bytes', '4MiB'], 'a whole number from 1'],
    [['--max-frames', '0'], 'a whole number from 1'],
    [['--deadline', '1h'], 'a whole number from 1'],
    [['--only', 'streaming.dome'], 'expected an id or a chapter, got "streaming.dome". Did you mean streaming.done?'],
    [['--only', 'streming'], 'Did you mean streaming?'],
    [['--profile', 'cor'], 'expected openclaw, core, got "cor". Did you mean core?'],
    [['--target', '/nowhere.json5'], 'got ENOENT'],
    [['--waivers', '/nowhere.json5'], 'got ENOENT'],
    [
      ['--explain', 'streaming.dome'],
      'expected the id of a requirement, got "streaming.dome". Did you mean streaming.done?',
    ],
    [['--agents', 'main,,beta'], 'expected ids like main,beta'],
    [['--without', 'models,streams'], 'expected models, tools, images, embeddings, sessions, got "streams"'],
  ])('%j exits 2 with one line', async (argv, expected) => {
    const ran = await run(argv);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.error).toContain(expected);
    expect(ran.error).toMatch(/^Failed to [^\n]+\n$/);
  });

  test.each([
    ['nothing listens', abandoned, 'got a refused connection'],
    ['the host has no name', async () => 'http://no-such-host.invalid', 'got a name that does not resolve'],
    [
      'it is a web page',
      () => serving((_request, response) => response.setHeader('content-type', 'text/html').end('<html>')),
      'got an HTML page',
    ],
    [
      'the endpoint is off',
      () => serving((_, response) => response.writeHead(404).end('Not Found')),
      'chatCompletions.enabled',
    ],
    ['the credential is refused', () => serving((_, response) => response.writeHead(401).end('{}')), 'Check --auth'],
    ['it still starts', () => serving((_, response) => response.writeHead(503).end('Starting')), 'still starting'],
    [
      'too many were refused',
      () => serving((_, response) => response.writeHead(429, { 'retry-after': '7' }).end()),
      'Wait 7 seconds',
    ],
    [
      'https is asked of http',
      async () => (await serving((_, response) => response.end())).replace('http:', 'https:'),
      'Check http or https',
    ],
    [
      'the agent is not there',
      () => serving((_, response) => response.writeHead(400).end(`{"error":{"message":"Unknown agent 'main'."}}`)),
      "Name the gateway's agents with --agents",
    ],
    [
      'it does not speak HTTP',
      async () => {
        const server = createTcpServer((socket) => socket.end('SSH-2.0\r\n'));
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        closing.push(() => server.close());
        return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      },
      'Check',
    ],
  ])('a target of which "%s" is true exits 3 with one line', async (_what, start, expected) => {
    const ran = await run(['--base-url', await start()], { OPENCLAW_GATEWAY_TOKEN: 'hunter22hunter22' });
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.error).toContain(expected);
    expect(ran.error).toMatch(/^Failed to judge [^\n]+\n$/);
    expect(ran.error).not.toContain('hunter22');
  });

  test('a timeout and a blocked port are named in plain words', async () => {
    const url = await serving(() => {});
    const late = await run(['--base-url', url, '--auth', 'none', '--timeout', '10']);
    expect(late).toMatchObject({ code: 3, out: '' });
    expect(late.error).toBe(
      `Failed to judge ${url}: expected an answer, got no answer within 10 ms (--timeout). ` +
        'Check the address, or allow more with that option.\n',
    );
    const blocked = await run(['--base-url', 'http://127.0.0.1:1', '--auth', 'none']);
    expect(blocked).toMatchObject({ code: 3, out: '' });
    expect(blocked.error).toContain('expected a port that fetch allows, got a port that fetch blocks');
  });

  test('at the deadline, finished cases are reported, the rest is not judged, and the exit code is 3', async () => {
    const url = await serving((request, response) => {
      // Answers a call with nothing wrong never, and all else at once.
      request.on('data', (body) => {
        if (!/hello|play:/.test(String(body))) response.writeHead(400).end('{}');
      });
      request.on('end', () => {
        if (request.method !== 'POST') response.writeHead(405, { allow: 'POST' }).end();
      });
    });
    const began = performance.now();
    // By chance, the first cases could all be such that wait for ever: all of them begin at once.
    const only = ['--only', 'endpoint', '--only', 'streaming', '--concurrency', '64'];
    const ran = await run(['--base-url', url, '--auth', 'none', ...only, '--deadline', '1', '--out', folder]);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(ran.code).toBe(3);
    const { summary, cases } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
    const unreached = cases.filter(({ reason }) => reason.includes('over its deadline, 1 s (--deadline)'));
    expect(ran.out).toContain(`The run ended at its deadline, 1 s (--deadline): ${unreached.length} not judged`);
    expect(unreached.length).toBe(summary.error);
    expect(summary.error).toBeGreaterThan(5);
    expect(summary.pass + summary.note).toBeGreaterThan(0);
  });

  test('a missing agent exits 3', async () => {
    const { url, secret } = at('token');
    const ran = await run(['--base-url', url, '--agents', 'main,gamma'], { OPENCLAW_GATEWAY_TOKEN: secret });
    expect(ran).toMatchObject({ code: 3, out: '' });
    expect(ran.error).toContain('expected an agent gamma, got none of that name');
  });

  test('an unwritable --out or a port of --probe-port in use exits 2 before the first case', async () => {
    let asked = 0;
    const url = await serving((_request, response) => (asked++, response.end()));
    await writeFile(join(folder, 'file'), '');
    const wrong = [
      ['--out', join(folder, 'file')],
      ['--out', join(folder, 'file/below')],
      ['--out', '/proc/nowhere/deep'],
      ['--probe-port', new URL(url).port],
    ];
    for (const flags of wrong) {
      const ran = await run(['--base-url', url, '--auth', 'none', ...flags]);
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(ran.error).toMatch(/^Failed to (?:write|start) [^\n]+, got E[A-Z]+\. [^\n]+\n$/);
    }
    expect(asked).toBe(0);
  });

  test('with --strict the conclusion agrees with the exit code', async () => {
    const url = await serving((_request, response) => response.writeHead(418).end('{}'));
    const argv = ['--base-url', url, '--auth', 'none', '--only', 'errors.envelope.*'];
    const [loose, strict] = [await run(argv), await run([...argv, '--strict'])];
    expect(loose.out).toMatch(/\n(?:Passed|Not judged|Not conformant)[^\n]*\n$/);
    expect(strict.code).toBe(1);
    expect(strict.out).toMatch(/\nNot conformant with 2026\.9\.6 and its recommendations: [^\n]+\n$/);
  });

  test('a gateway in mode none, which has no credential to refuse, is not accused of accepting none', async () => {
    const argv = ['--base-url', at('none').url, '--auth', 'none', '--only', 'errors', '--strict'];
    const ran = await run([...argv, '--out', folder]);
    expect(ran.code).toBe(0);
    const { cases } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
    for (const id of ['errors.envelope.unauthorized', 'errors.classes.unauthorized']) {
      const { verdict, reason } = cases.find((one) => one.id === id)!;
      expect([verdict, reason]).toEqual(['skip', 'not-declared: the target declares no credential']);
    }
  });

  test('what a gateway is said to lack is skipped, and nothing else', async () => {
    const argv = [
      '--base-url',
      at('none').url,
      '--auth',
      'none',
      '--only',
      'models.served',
      '--only',
      'endpoint.enabled',
    ];
    const ran = await run([...argv, '--without', 'models, tools', '--without', 'sessions', '--out', folder]);
    const { cases } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
    const verdicts = new Map(cases.map(({ id, verdict, reason }) => [id, [verdict, reason]]));
    expect([ran.code, verdicts.get('models.served'), verdicts.get('endpoint.enabled')?.[0]]).toEqual([
      0,
      ['skip', 'not-declared: the target declares no models'],
      'pass',
    ]);
  });

  test('no text of a gateway is interpreted by the terminal', async () => {
    const attack = `${Object.values(ATTACKS).join('\n')}\n`;
    const url = await serving((_request, response) =>
      response.writeHead(400, { 'content-type': 'text/event-stream', 'x-attack': '\u009b2J' }).end(attack),
    );
    const ran = await run([
      '--base-url',
      url,
      '--auth',
      'none',
      '--only',
      'endpoint.enabled',
      '--only',
      'streaming.done',
    ]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('\\u001b]0;PWNED\\u0007');
    expect(OBEYED.exec(ran.out)).toBeNull();
    expect(ran.out).not.toMatch(COMMAND);
  });

  test('a run that judged nothing exits 3', async () => {
    const { url } = at('none');
    const ran = await run(['--base-url', url, '--auth', 'none', '--only', 'endpoint.disabled']);
    expect(ran.code).toBe(3);
  });

  test('--list and --explain print requirements', async () => {
    expect((await run(['--list'])).out).toMatch(/^endpoint\.enabled {2}MUST {2}/);
    expect((await run(['--explain', 'endpoint.disabled'])).out).toContain('needs    deploy:disabled');
    expect((await run(['--help'])).out).toContain('--base-url <URL>');
  });
});
