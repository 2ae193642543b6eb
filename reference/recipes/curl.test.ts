/** `curl`, as typed in a shell. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect } from 'vitest';
import type { Reference } from '../adapters/start.ts';
import { test } from '../testing/mannered.ts';

/** Runs a command with the gateway's `$BASE_URL` and `$API_KEY`. */
const shell = ({ baseURL, apiKey }: Reference, command: string) =>
  spawn('bash', ['-c', `exec ${command}`], { env: { ...process.env, BASE_URL: baseURL, API_KEY: apiKey } });

const CURL = 'curl -sS "$BASE_URL/chat/completions" -H "Authorization: Bearer $API_KEY"';
const asking = (content: string, more: object = {}) =>
  `-d '${JSON.stringify({ model: 'openclaw:beta', messages: [{ role: 'user', content }], ...more })}'`;

describe.concurrent('curl', { timeout: 30_000 }, () => {
  test('curl receives a completion', async ({ gateway }) => {
    const { stdout } = shell(gateway, `${CURL} ${asking('Which agent are you?')}`);
    expect(JSON.parse(await text(stdout))).toMatchObject({ choices: [{ message: { content: 'beta' } }] });
  });

  test('curl receives a stream with -N', async ({ gateway }) => {
    const { stdout } = shell(gateway, `${CURL} -N ${asking('play:sentence', { stream: true })}`);
    const streamed = await text(stdout);
    expect(streamed).toMatch(/^data: \{"id":"chatcmpl_/);
    expect(streamed).toMatch(/\n\ndata: \[DONE\]\n\n$/);
  });

  test('curl --fail-with-body exits with 22 and still prints the error', async ({ gateway }) => {
    const child = shell({ ...gateway, apiKey: 'wrong' }, `${CURL} --fail-with-body ${asking('hi')}`);
    const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(JSON.parse(answer)).toEqual({ error: { message: 'Unauthorized', type: 'unauthorized' } });
    expect(code).toBe(22);
  });

  test.for([
    ['a stream', 'play:speak-then-hang', true],
    ['an answer', 'play:hang', false],
  ] as const)(
    'curl stops the run when it does not wait for the end of %s',
    async ([, content, stream], { gateway }) => {
      const child = shell(gateway, `${CURL} -N ${asking(content, { stream })}`);
      await gateway.journal.waitForRequest({ agent: 'beta' });
      child.kill('SIGINT');
      await gateway.journal.waitForRequest({ stream, abortedBy: 'client', ended: true });
    },
  );

  // Its default pause would be shorter than the gateway's Retry-After.
  test('curl retries after 429, and not before Retry-After', async ({ gateway }) => {
    gateway.faults.add({ status: 429, retryAfter: 2, times: 2 });
    const { stdout } = shell(gateway, `${CURL} --retry 2 ${asking('Which agent are you?')}`);
    expect(await text(stdout)).toContain('"beta"');
    const asked = gateway.journal.entries();
    expect(asked.map(({ status }) => status)).toEqual([429, 429, 200]);
    const times = asked.map(({ timings }) => timings.arrived);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(2000);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(2000);
  });
});
