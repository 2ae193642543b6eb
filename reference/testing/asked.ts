/** For the tests: a provider on loopback that writes down what it is asked, and answers as it is told. */

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Provider {
  /** With `/v1`. */
  readonly url: string;
  /** The bodies so far, the oldest first. */
  readonly asked: Record<string, unknown>[];
  /** How the next calls are answered. */
  answer: (response: ServerResponse) => void;
  close(): Promise<void>;
}

/** One event of a stream. */
export const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/** A stream of one choice's deltas, with a finish reason and `[DONE]`. */
export function saying(deltas: readonly object[], finish = 'stop', usage?: object): Provider['answer'] {
  return (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const delta of deltas) response.write(event({ choices: [{ index: 0, delta }] }));
    response.write(event({ choices: [{ index: 0, delta: {}, finish_reason: finish }] }));
    if (usage) response.write(event({ choices: [], usage }));
    response.end('data: [DONE]\n\n');
  };
}

export const good = saying([{ content: 'fine' }]);

/** Starts a provider that answers `fine`. */
export async function startAsked(): Promise<Provider> {
  const asked: Provider['asked'] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(JSON.parse(body));
      provider.answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const provider: Provider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    answer: good,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}
