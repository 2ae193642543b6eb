/** The bench measures equal work: all servers give the same answers, and a wrong answer is an error. */
import { afterAll, expect, test } from 'vitest';
import { PLAIN } from './answer.ts';
import { contestants } from './contestants.ts';
import { Crowd, type Question } from './crowd.ts';
import { cpuOf, rssOf, start, type Started } from './server.ts';

const linux = process.platform === 'linux';
const own = contestants(() => undefined, false);
const started = new Map<string, Started>();
afterAll(() => Promise.all([...started.values()].map((server) => server.stop())));

function question(port: number, stream: boolean, frames: number, holds: string): Question {
  const messages = [{ role: 'user', content: stream ? 'play:deltas-50' : 'play:plain' }];
  const body = JSON.stringify({ model: 'openclaw', stream, messages });
  return { port, body, credential: 'kit-Token-5f8e21c7d09b4a36', frames, holds };
}

async function ask(asked: Question): Promise<number> {
  const crowd = new Crowd(4, asked);
  try {
    await crowd.open();
    return (await crowd.ask(12)).length;
  } finally {
    crowd.close();
  }
}

test.each(own)('$name gives the expected answers', { timeout: 30_000 }, async ({ name, argv }) => {
  const server = await start(argv);
  started.set(name, server);
  expect(await ask(question(server.port, false, 0, PLAIN))).toBe(12);
  expect(await ask(question(server.port, true, 53, '"content":"token "'))).toBe(12);
  await expect(ask(question(server.port, true, 52, '"content":"token "'))).rejects.toThrow(
    'expected 52 frames, got 53',
  );
  await expect(ask(question(server.port, false, 0, 'nonsense'))).rejects.toThrow('Failed to ask');
  if (linux) expect([cpuOf(server.pid), rssOf(server.pid)].every((figure) => figure > 0)).toBe(true);
});

test('a server that does not start is an error with its output', async () => {
  await expect(start(() => ['-e', 'console.log("no luck"); process.exit(1)'])).rejects.toThrow('no luck');
});
