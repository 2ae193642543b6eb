import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { PLAIN, bytesIn, headerIn, mendText, modelIn, variableIn } from './dialect.ts';
import { DIALECTS, dialectOf, readDialect } from './dialects.ts';

const clawdbot = dialectOf('clawdbot');

test('OpenClaw is the first dialect, and what a row leaves out is as in it', () => {
  expect(DIALECTS[0]).toEqual(PLAIN);
  expect(dialectOf('@gguf/claw')).toEqual({ ...PLAIN, package: '@gguf/claw', command: ['claw', 'gateway', 'run'] });
  expect(dialectOf('unheard-of')).toEqual({ ...PLAIN, package: 'unheard-of' });
});

test('a model that names OpenClaw is called as in the dialect, and no other', () => {
  const given = ['openclaw', 'openclaw:main', 'openclaw/default', 'openclaw-cn', 'agent:openclaw', 'gpt-4o', ''];
  expect(given.map((model) => modelIn(clawdbot, model))).toEqual([
    'clawdbot',
    'clawdbot:main',
    'clawdbot/default',
    'openclaw-cn',
    'agent:openclaw',
    'gpt-4o',
    '',
  ]);
});

test('a header keeps its capitals, and one of another name stays', () => {
  const given = ['x-openclaw-agent-id', 'X-OpenClaw-Agent-Id', 'X-OPENCLAW-SCOPES', 'authorization', 'x-openclawish'];
  expect(given.map((name) => headerIn(clawdbot, name))).toEqual([
    'x-clawdbot-agent-id',
    'X-Clawdbot-Agent-Id',
    'X-CLAWDBOT-SCOPES',
    'authorization',
    'x-openclawish',
  ]);
});

test('in raw bytes the names of headers are changed, not their values and no body', () => {
  const sent = 'POST / HTTP/1.1\r\nX-OpenClaw-Agent-Id : x-openclaw-y\r\nhost: a\r\n\r\nx-openclaw-z';
  expect(bytesIn(clawdbot, sent)).toBe(sent.replace('X-OpenClaw-', 'X-Clawdbot-'));
  expect(bytesIn(PLAIN, sent)).toBe(sent);
});

test('variables are called as in the dialect', () => {
  expect(variableIn(clawdbot, 'OPENCLAW_STATE_DIR')).toBe('CLAWDBOT_STATE_DIR');
  expect(variableIn(clawdbot, 'PATH')).toBe('PATH');
});

test('a mend is a sentence', () => {
  expect(clawdbot.mends.map(mendText)[1]).toBe(
    'Configured without discovery.mdns: it refuses a configuration with this key.',
  );
});

const folder = mkdtempSync(join(tmpdir(), 'kit-dialect-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a dialect is named by its package or written in a file, and what is wrong is one line', () => {
  expect(readDialect('clawdbot')).toBe(clawdbot);
  const file = join(folder, 'mine.json5');
  writeFileSync(file, `{ header: 'x-mine-', model: 'mine' }`);
  expect(readDialect(file)).toEqual({ ...PLAIN, package: undefined, header: 'x-mine-', model: 'mine' });
  for (const [text, fault] of [
    [`{ header: 'X Mine' }`, 'a prefix like x-openclaw-'],
    [`{ heading: 'x-mine-' }`, 'heading'],
    ['{', 'expected JSON5'],
  ] as const) {
    writeFileSync(file, text);
    expect(() => readDialect(file)).toThrow(fault);
  }
  expect(() => readDialect('nothing')).toThrow(
    /^Failed to read dialect nothing: expected a file, or one of openclaw, /,
  );
});

test('the example of the README is a dialect', () => {
  const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const file = join(folder, 'fork.json5');
  writeFileSync(file, /^\/\/ fork\.json5\n[^]*?(?=^```)/m.exec(text)![0]);
  expect(readDialect(file)).toMatchObject({ header: 'x-mine-', env: 'MINE_', mends: [{ install: 'strip-ansi@7' }] });
});
