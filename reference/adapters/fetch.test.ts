import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Backend } from '../backends/backend.ts';
import { deployed, HEADERS, PATH, saying } from '../testing/deployed.ts';
import { fetching } from './fetch.ts';

const url = `http://gateway.test${PATH}`;
const post = (content: string, more: RequestInit = {}): Request =>
  new Request(url, { method: 'POST', headers: HEADERS, body: saying(content, { stream: true }), ...more });

it('gives statuses, headers and bodies as a port would', async () => {
  const { fetch } = fetching(deployed().callback());
  const [got, refused] = [await fetch(new Request(url)), await fetch(post('hi', { headers: {} }))];
  expect([got.status, got.statusText, got.headers.get('allow')]).toEqual([405, 'Method Not Allowed', 'POST']);
  expect([refused.status, await refused.json()]).toEqual([
    401,
    { error: { message: 'Unauthorized', type: 'unauthorized' } },
  ]);
});

it('waits for a client that reads slowly', async () => {
  let said = 0;
  const backend: Backend = {
    async *run() {
      while (said < 200) {
        said += 1;
        yield { type: 'text', text: 'x'.repeat(64 * 1024) };
      }
    },
  };
  const { fetch } = fetching(deployed({ backend }).callback());
  const response = await fetch(post('hi'));
  for (let before = -1, turns = 0; turns < 100; turns++) {
    if (before !== said) turns = 0;
    before = said;
    await turn();
  }
  expect(said).toBeLessThan(50);
  expect((await response.text()).length).toBeGreaterThan(200 * 64 * 1024);
});

it('breaks off what still runs when it is closed', async () => {
  const { fetch, close } = fetching(deployed().callback());
  const response = await fetch(post('play:speak-then-hang'));
  close();
  await expect(response.text()).rejects.toThrow('aborted');
});
