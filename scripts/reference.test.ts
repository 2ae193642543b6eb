import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { FLAGS } from '../reference/command/flags.ts';

// Long timeouts, because a loaded machine is slow; the tests wait for states.
const PATIENCE = { timeout: 20_000 };

const SCRIPT = fileURLToPath(new URL('reference.ts', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures/gateways/', import.meta.url));
const SECRET = 'not-to-be-printed-4711';

const started = new Set<ChildProcess>();
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly lines: () => string[];
  readonly exit: Promise<number | null>;
}

function command(flags: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const clean = { PATH: process.env.PATH, HOME: process.env.HOME, ...env };
  const child = spawn(process.execPath, [SCRIPT, ...flags], { env: clean, stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  return child;
}

async function start(flags: readonly string[] = [], env: Record<string, string> = {}): Promise<Started> {
  const child = command(['--port', '0', ...flags], env);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  await expect.poll(() => text, { timeout: 20_000 }).toMatch(/\nEndpoint: .*\n([^]*curl .*\n)?/);
  const url = /http:\/\/\S+?(?=,)/.exec(text)?.[0] ?? '';
  return { child, url, lines: () => text.split('\n'), exit };
}

/** The exit code and standard error of a command that does not start. */
async function failing(flags: readonly string[], env: Record<string, string> = {}): Promise<[number | null, string]> {
  const child = command(flags, env);
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const [code] = (await once(child, 'close')) as [number | null];
  return [code, text];
}

async function shell(line: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { env: { PATH: process.env.PATH ?? '', ...env } });
  return stdout;
}

const curlOf = async ({ lines }: Started): Promise<string> => {
  await expect.poll(() => lines().find((line) => line.startsWith('  curl ')), PATIENCE).toBeDefined();
  return lines().find((line) => line.startsWith('  curl ')) ?? '';
};

describe('a plain start', () => {
  test('a plain start prints its address, the source of its credential, its agents, and a curl command that works', async () => {
    const gateway = await start();
    expect(gateway.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(gateway.lines()).toContain(`Credential: gateway.auth.token in ${FIXTURES}token.json5`);
    expect(gateway.lines()).toContain('Agents: main (default), beta');
    expect(await shell(await curlOf(gateway))).toContain('"content":"You said: hi"');
  });

  test('a plain start answers the documentation’s own examples, a stream included', async () => {
    const { url } = await start([], { OPENCLAW_GATEWAY_TOKEN: 'YOUR_TOKEN' });
    const example = (more: string): string =>
      `curl -sSN ${url}/v1/chat/completions -H 'Authorization: Bearer YOUR_TOKEN' -H 'Content-Type: application/json' ` +
      `-H 'x-openclaw-agent-id: main' -d '{"model":"openclaw",${more}"messages":[{"role":"user","content":"hi"}]}'`;
    expect(JSON.parse(await shell(example('')))).toMatchObject({ choices: [{ message: { content: 'You said: hi' } }] });
    expect(await shell(example('"stream":true,'))).toMatch(/^data: \{.*\}\n\n[^]*data: \[DONE\]\n\n$/);
  });

  test.each([
    ['OPENCLAW_GATEWAY_TOKEN', 'env-token'],
    ['OPENCLAW_GATEWAY_PASSWORD', 'env-password'],
  ])('the secret of %s is accepted and not printed', async (variable) => {
    const env = { [variable]: SECRET };
    const gateway = await start([], env);
    expect(gateway.lines()).toContain(`Credential: the environment's ${variable}`);
    const curl = await curlOf(gateway);
    expect(await shell(curl, env)).toContain('"content":"You said: hi"');
    expect(gateway.lines().join('\n')).not.toContain(SECRET);
  });

  test('with a configuration it prints the secret’s key, not the secret, and the endpoint is off by default', async () => {
    const password = await start(['--config', `${FIXTURES}password.json5`]);
    expect(password.lines()).toContain(`Credential: gateway.auth.password in ${FIXTURES}password.json5`);
    expect(await curlOf(password)).toContain('Bearer $OPENCLAW_GATEWAY_PASSWORD');
    expect(password.lines().join('\n')).not.toContain('kit-Password');
    const off = await start([], { OPENCLAW_CONFIG_PATH: `${FIXTURES}default.json5` });
    expect(off.lines().join('\n')).toContain(
      'Endpoint: off. Set gateway.http.endpoints.chatCompletions.enabled to true in ',
    );
    expect((await fetch(`${off.url}/v1/chat/completions`, { method: 'POST' })).status).toBe(404);
  });
});

describe('a failed start', () => {
  test.each([
    [['--nonsense'], /^Failed to read the command line: expected a known flag, got --nonsense\. See --help\.\n$/],
    [['--prot', '1'], /^Failed to read the command line: .*, got --prot\. Did you mean --port\? See --help\.\n$/],
    [
      ['--port'],
      /^Failed to read the command line: expected a value behind the flag, got --port <N>\. See --help\.\n$/,
    ],
    [['--port', '--lint'], /^Failed to read --port: expected a value, got "--lint"\. See --help\.\n$/],
    [['more'], /^Failed to read the command line: expected flags alone, got more\. See --help\.\n$/],
    [['--port', '99999'], /^Failed to read --port: expected a number from 0 to 65535, got "99999"\..*\n$/],
    [['--edition', 'latest'], /^Failed to choose an edition: .*\n$/],
    [['--backend', 'magic'], /^Failed to read --backend: expected scripted, upstream, got "magic"\..*\n$/],
    [['--state', FIXTURES], /^Failed to open .*: expected a file of sessions, got a folder\. Name a file in it\.\n$/],
    [['--upstream-model', 'm'], /^Failed to choose a backend: .*\n$/],
    [['--upstream-bytes', '1'], /^Failed to choose a backend: .*\n$/],
    [['--upstream-bytes', '1e3'], /^Failed to read --upstream-bytes: expected a number of bytes .*, got "1e3"\..*\n$/],
    [['--backend', 'upstream', '--ttft', '5'], /^Failed to choose a backend: expected scripted with .*\n$/],
    [['--tokens-per-second', '0'], /^Failed to read --tokens-per-second: expected a number above 0, got "0"\..*\n$/],
    [['--jitter', 'some'], /^Failed to read --jitter: expected a share from 0 to 1, got "some"\..*\n$/],
    [['--replies', '/nowhere'], /^Failed to load \/nowhere: expected a folder of replies, got ENOENT\..*\n$/],
    [
      ['--backend', 'upstream'],
      /^Failed to start the upstream backend: expected a key in OPENAI_API_KEY, got none\..*\n$/,
    ],
    [['--control-port', 'any'], /^Failed to read --control-port: expected a number from 0 to 65535, got "any"\..*\n$/],
    [['--journal', '/nowhere/at/all'], /^Failed to write the journal \/nowhere\/at\/all: .* got ENOENT\..*\n$/],
    [['--record', 'recorded'], /^Failed to record: expected --backend upstream beside --record, .*\n$/],
    [['--check', '/nowhere'], /^Failed to load \/nowhere: expected a folder of replies, got ENOENT\..*\n$/],
    [['--config', '/nowhere'], /^Failed to read \/nowhere: expected a configuration file, got ENOENT\..*\n$/],
    [['--config', `${FIXTURES}env-token.json5`], /^Failed to start: expected a secret for token mode, got none\..*\n$/],
    [['--config', `${FIXTURES}none.json5`, '--host', '0.0.0.0'], /^Failed to start: expected a loopback host .*\n$/],
  ])('the flags %j give one line on stderr and exit code 2', async (flags, line) => {
    const [code, text] = await failing(flags);
    expect(text).toMatch(line);
    expect(code).toBe(2);
  });

  test('a port in use gives one line on stderr and exit code 2', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const [code, text] = await failing(['--port', String(port)]);
    other.close();
    expect([code, text]).toEqual([
      2,
      `Failed to listen on 127.0.0.1:${port}: expected a free port, got one in use. Choose another port.\n`,
    ]);
  });
});

test('--help lists every option and exits with 0', async () => {
  const child = command(['--help']);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(0);
  for (const flag of Object.keys(FLAGS)) {
    expect(text).toContain(`  --${flag}`);
  }
});

const stream = async ({ url }: Started, text: string): Promise<Response> =>
  await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { Authorization: 'Bearer kit-Token-5f8e21c7d09b4a36' },
    body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: text }] }),
  });

test.each(['SIGTERM', 'SIGINT'] as const)(
  'after %s running streams end, then the process exits with 0',
  async (signal) => {
    const gateway = await start();
    const running = await stream(gateway, 'play:spoken');
    gateway.child.kill(signal);
    expect(await running.text()).toMatch(/" three"[^]*data: \[DONE\]\n\n$/);
    expect(await gateway.exit).toBe(0);
  },
);

describe('the journal and the lint', () => {
  const call = async ({ url }: Started, query = ''): Promise<number> => {
    const body = '{"messages":[{"role":"user","content":"hi"}]}';
    const headers = { Authorization: 'Bearer kit-Token-5f8e21c7d09b4a36' };
    const answer = await fetch(`${url}/v1/chat/completions${query}`, { method: 'POST', headers, body });
    await answer.text();
    return answer.status;
  };

  test.each([
    ['', 'Client lint: nothing found in 1 request.', 0],
    ['?token=of-a-client', 'Client lint: 1 found in 1 request.', 1],
  ])('--lint reports at the end, with a query of %j: %s', async (query, line, code) => {
    const gateway = await start(['--lint']);
    expect(await call(gateway, query)).toBe(200);
    gateway.child.kill('SIGINT');
    expect(await gateway.exit).toBe(code);
    expect(gateway.lines()).toContain(line);
  });

  test('--lint reports even when a second signal ends the process at once', async () => {
    const gateway = await start(['--lint']);
    const running = await stream(gateway, 'play:hang');
    const cut = expect(running.text()).rejects.toThrow();
    gateway.child.kill('SIGINT');
    const again = setInterval(() => gateway.child.kill('SIGINT'), 100);
    expect(await gateway.exit).toBe(130);
    clearInterval(again);
    await cut;
    expect(gateway.lines()).toContain('Client lint: nothing found in 1 request.');
  });

  test('--journal appends each request to a file of mode 600, without a secret', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'journal-'));
    const file = join(folder, 'requests.jsonl');
    for (const query of ['', '?token=kit-Token-5f8e21c7d09b4a36']) {
      const gateway = await start(['--journal', file]);
      await call(gateway, query);
      gateway.child.kill('SIGTERM');
      expect(await gateway.exit).toBe(0);
    }
    const text = await readFile(file, 'utf8');
    const entries = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(entries).toMatchObject([
      { number: 1, status: 200, agent: 'main', query: '' },
      { number: 1, status: 200, query: '?token=[redacted]' },
    ]);
    expect(text).not.toContain('kit-Token');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await rm(folder, { recursive: true });
  });

  test('--control-port opens the Control API and prints its address', async () => {
    const gateway = await start(['--control-port', '0']);
    const [line = ''] = gateway.lines().filter((one) => one.startsWith('Control API: '));
    const control = /http:\/\/127\.0\.0\.1:\d+(?=,)/.exec(line)?.[0] ?? '';
    await fetch(`${control}/faults`, { method: 'POST', body: '{"status":503}' });
    expect([await call(gateway), await call(gateway)]).toEqual([503, 200]);
    const { entries } = (await (await fetch(`${control}/journal?status=503`)).json()) as { entries: object[] };
    expect(entries).toMatchObject([{ number: 1, status: 503, fault: { status: 503 } }]);
    const { replies } = (await (await fetch(`${control}/replies`)).json()) as { replies: object[] };
    expect(replies).toContainEqual(expect.objectContaining({ name: 'one-word' }));
    gateway.child.kill('SIGINT');
    expect(await gateway.exit).toBe(0);
  });
});

test('a second signal ends the process at once', async () => {
  const gateway = await start();
  const running = await stream(gateway, 'play:hang');
  const cut = expect(running.text()).rejects.toThrow();
  gateway.child.kill('SIGINT');
  const again = setInterval(() => gateway.child.kill('SIGINT'), 100);
  expect(await gateway.exit).toBe(130);
  clearInterval(again);
  await cut;
});

test('--replies answers from a folder and reloads it on change, and --fault-header allows faults by header', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'replies-'));
  const file = join(folder, 'greeting.json');
  try {
    await writeFile(file, '{"match":{"message":"hi"},"text":"first"}');
    const gateway = await start(['--replies', folder, '--fault-header', '--ttft', '5', '--jitter', '0.5']);
    expect(gateway.lines().join('\n')).toMatch(/^Pace: ttft 5, jitter 0.5, seed \d+$/m);
    const curl = await curlOf(gateway);
    expect(await shell(curl)).toContain('"content":"first"');
    expect(await shell(`${curl} -H 'x-openclaw-fault: status=418'`)).toContain("I'm a Teapot");
    await writeFile(file, '{\n"text": 1}');
    await expect
      .poll(() => gateway.lines(), PATIENCE)
      .toContainEqual(expect.stringMatching(/^Failed to load .*:2: text/));
    expect(await shell(curl)).toContain('"content":"first"');
    await writeFile(file, '{"match":{"message":"hi"},"text":"second"}');
    await expect.poll(() => shell(curl), PATIENCE).toContain('"content":"second"');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('--check tells how many replies are right, or all that is wrong, and starts nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'replies-'));
  await writeFile(join(folder, 'greeting.json'), '{"match":{"message":"hi"},"text":"first"}');
  const child = command(['--check', folder]);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  expect([await once(child, 'close'), text]).toEqual([[0, null], `1 reply in ${folder}: nothing wrong\n`]);
  await writeFile(join(folder, 'wrong.json'), '{\n"txt": 1}');
  await writeFile(join(folder, 'worse.json'), '{');
  const [code, told] = await failing(['--check', folder]);
  expect([code, told.split('\n').length]).toEqual([2, 3]);
  await rm(folder, { recursive: true });
});

test('--record writes what a provider answers as replies, which play without it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'recorded-'));
  await writeFile(join(folder, 'greeting.json'), '{"match":{"message":"hi"},"text":["of ","the ","provider"]}');
  const provider = await start(['--replies', folder]);
  const upstream = ['--backend', 'upstream', '--upstream-url', `${provider.url}/v1`, '--upstream-model', 'openclaw'];
  const tapes = join(folder, 'deep', 'tapes');
  const recorder = await start([...upstream, '--record', tapes], { OPENAI_API_KEY: 'kit-Token-5f8e21c7d09b4a36' });
  const deltas = (text: string): string[] => [...text.matchAll(/"content":"[^"]*"/g)].map(([delta]) => delta);
  const told = deltas(await (await stream(recorder, 'hi')).text());
  expect(told).toEqual(['"content":"of "', '"content":"the "', '"content":"provider"']);
  recorder.child.kill('SIGTERM');
  provider.child.kill('SIGTERM');
  expect([await recorder.exit, await provider.exit]).toEqual([0, 0]);
  expect(await readFile(join(tapes, 'recorded-0001.json'), 'utf8')).not.toContain('kit-Token');
  const player = await start(['--replies', tapes]);
  expect(deltas(await (await stream(player, 'hi')).text())).toEqual(told);
  await rm(folder, { recursive: true });
});

test('a misspelt key of a configuration is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'configuration-'));
  const file = join(folder, 'mine.json5');
  await writeFile(file, `{ gateway: { prot: 1, auth: { token: 'a-Secret-of-mine-4711' } } }`);
  const gateway = await start(['--config', file]);
  expect(gateway.lines()[0]).toBe(
    `Not read in ${file}: gateway.prot (did you mean "port"?). Correct it, or leave it as it is if it is OpenClaw's own.`,
  );
  await rm(folder, { recursive: true });
});

test('it serves on after the reader of its output has closed the pipe', async () => {
  const gateway = await start();
  gateway.child.stdout?.destroy();
  for (let n = 0; n < 3; n++) expect(await (await stream(gateway, 'hi')).text()).toContain('[DONE]');
});
