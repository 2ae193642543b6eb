/** Concurrent streams, each with its own text: every byte is correct, and no stream is lost. */

import { ask } from './call.ts';
import { broken, megabytes, type Part } from './part.ts';
import { startServer } from './server.ts';

const CHUNKS = 200;

/** The part: 250 streams of 200 chunks, in full 1 000. */
export const streams: Part = {
  name: 'streams',
  async run(full) {
    const count = full ? 1_000 : 250;
    const server = await startServer();
    let wrong = 0;
    let lost = 0;
    const all = Array.from({ length: count }, async (_, stream) => {
      const words = Array.from({ length: CHUNKS }, (__, n) => `${n === 0 ? '' : ' '}w-${stream}-${n}`);
      try {
        const body = await ask(server, { text: `play:echo <<<${words.join('')}>>>`, stream: true });
        if (body !== streamOf(words, body)) wrong += 1;
      } catch {
        lost += 1;
      }
    });
    await Promise.all(all);
    const rss = server.rss();
    await server.kill('SIGTERM');
    return {
      figure: `${count} at once × ${CHUNKS} chunks: ${wrong} wrong, ${lost} lost, RSS at the end ${megabytes(rss)}`,
      broken: broken({ 'every byte is correct': wrong === 0, 'no stream is lost': lost === 0 }),
    };
  },
};

/** The expected stream of these words, with the id and time of the received one. */
function streamOf(words: readonly string[], body: string): string {
  const [, head] =
    /^data: (\{"id":"chatcmpl_[\w-]{36}","object":"chat\.completion\.chunk","created":\d+,)/.exec(body) ?? [];
  const chunk = (delta: object, finish: string | null): string => {
    const choices = JSON.stringify([{ index: 0, delta, finish_reason: finish }]);
    return `data: ${head}"model":"openclaw","choices":${choices}}\n\n`;
  };
  const spoken = words.map((content) => chunk({ content }, null)).join('');
  return `${chunk({ role: 'assistant' }, null)}${spoken}${chunk({}, 'stop')}data: [DONE]\n\n`;
}
