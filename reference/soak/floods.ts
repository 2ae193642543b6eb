/** Floods of headers, of URLs, and of bytes that are not HTTP: each is refused and leaves nothing allocated. */

import { connect } from 'node:net';
import { ask } from './call.ts';
import { broken, crowd, megabytes, type Part } from './part.ts';
import { startServer, type Server } from './server.ts';

const FLOODS: readonly (readonly [text: string, status: number])[] = [
  [`GET / HTTP/1.1\r\n${'X-Many: 1\r\n'.repeat(3_000)}\r\n`, 431],
  [`GET / HTTP/1.1\r\nX-Long: ${'a'.repeat(30_000)}\r\n\r\n`, 431],
  [`GET /${'a'.repeat(30_000)} HTTP/1.1\r\n\r\n`, 431],
  [`${'\0'.repeat(1_000)}\r\n\r\n`, 400],
];
const AT_ONCE = 100;

/** The part: 2 000 floods, in full 20 000. */
export const floods: Part = {
  name: 'floods',
  async run(full) {
    const count = full ? 20_000 : 2_000;
    const server = await startServer();
    const flood = async (n: number): Promise<string> => await refusal(server, FLOODS[n % FLOODS.length]![0]);
    let wrong = 0;
    let cut = 0;
    await crowd(1_000, AT_ONCE, async (n) => void (await flood(n)));
    const before = { ...(await server.living()), rss: server.rss(), descriptors: server.descriptors() };
    await crowd(count, AT_ONCE, async (n) => {
      const answer = await flood(n);
      // A client that still writes when its connection is closed may lose the response to a reset.
      if (answer === '') cut += 1;
      else if (!answer.startsWith(`HTTP/1.1 ${FLOODS[n % FLOODS.length]![1]} `)) wrong += 1;
    });
    await ask(server, { text: 'hi' });
    const after = { ...(await server.living()), rss: server.rss(), descriptors: server.descriptors() };
    await server.kill('SIGTERM');
    return {
      figure:
        `${count} of headers, URLs and non-HTTP: ${count - cut - wrong} refused, ${cut} cut without a response, ${wrong} ` +
        `otherwise; ${megabytes(after.rss - before.rss)} more RSS`,
      broken: broken({
        'every flood is refused': wrong === 0 && cut < count / 2,
        'the heap grows by less than 4 MB': after.heap - before.heap < 4e6,
        'RSS grows by less than 64 MB': after.rss - before.rss < 64e6,
        'no connection stays': after.descriptors <= before.descriptors + 5,
      }),
    };
  },
};

async function refusal({ url }: Server, text: string): Promise<string> {
  const { port, hostname } = new URL(url);
  let answer = '';
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.write(text);
  });
  return answer;
}
