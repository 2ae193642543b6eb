import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { evaluateInside, startInside, type Outside } from '../../testing/inside.ts';
import { isIsolated, namespaceTrouble } from './namespace.ts';

const MODULE = JSON.stringify(new URL('namespace.ts', import.meta.url).href);
const trouble = namespaceTrouble();

test('a process outside the namespace is not isolated', ({ skip }) => {
  skip(trouble !== undefined, trouble);
  // When the tests run in a sandbox without network, this process is isolated too.
  skip(isIsolated(), 'this machine has no network but loopback');
  expect(isIsolated()).toBe(false);
});

test('a process inside is isolated, reaches its own loopback, and nothing outside', async ({ skip }) => {
  skip(trouble !== undefined, trouble);
  const server = createServer((_, response) => response.end('outside')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const seen = await evaluateInside(`
    import { createServer } from 'node:http';
    import { isIsolated } from ${MODULE};
    const own = createServer((_, response) => response.end('inside')).listen(0, '127.0.0.1', async () => {
      const inside = await fetch('http://127.0.0.1:' + own.address().port).then((answer) => answer.text());
      const outside = await fetch('${url}').then(() => 'reached', (failure) => failure.cause.code);
      const world = await fetch('http://192.0.2.1').then(() => 'reached', (failure) => failure.cause.code);
      console.log(JSON.stringify({ isolated: isIsolated(), inside, outside, world }));
      own.close();
    });`);
  server.close();
  expect(seen).toEqual({ isolated: true, inside: 'inside', outside: 'ECONNREFUSED', world: 'ENETUNREACH' });
});

test('the exit code is the command’s own', async ({ skip }) => {
  skip(trouble !== undefined, trouble);
  expect(await once(startInside('process.exit(7)'), 'close')).toEqual([7, null]);
});

// The process inside starts another one in its own process group, as a gateway is started. Both hold the pipe open, so it
// closes when the last of them has ended.
const FAMILY = `
  import { spawn } from 'node:child_process';
  spawn('sleep', ['600'], { stdio: 'inherit', detached: true });
  console.log('here');
  setInterval(() => {}, 1000);`;

async function started(code: string): Promise<Outside> {
  const outside = startInside(code);
  await once(outside.stdout, 'data');
  return outside;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
  test(`all processes inside have ended after ${signal} to the process outside`, async ({ skip }) => {
    skip(trouble !== undefined, trouble);
    const outside = await started(FAMILY);
    const gone = once(outside, 'close');
    outside.kill(signal);
    await gone;
    expect(outside.signalCode ?? outside.exitCode).toBe({ SIGINT: 130, SIGTERM: 143, SIGKILL: 'SIGKILL' }[signal]);
  });
}

test('a command inside receives the signal and may clean up', async ({ skip }) => {
  skip(trouble !== undefined, trouble);
  const outside = await started(`
    process.once('SIGINT', () => { console.log('tidied'); process.exit(5); });
    console.log('here');
    setInterval(() => {}, 1000);`);
  const gone = once(outside, 'close');
  outside.kill('SIGINT');
  expect(String((await once(outside.stdout, 'data'))[0])).toBe('tidied\n');
  expect(await gone).toEqual([5, null]);
});
