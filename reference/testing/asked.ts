/** For the tests: a provider on loopback that writes down what it is asked and answers as it is told, and gateways in front. */

import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { upstreamBackend } from '../backends/upstream.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { readOptions } from '../options.ts';
import { Sessions } from '../sessions/sessions.ts';
import { HEADERS, PATH, TOKEN } from './deployed.ts';

/** A provider that keeps what it is asked. */
export interface Provider {
  /** With `/v1`. */
  readonly url: string;
  /** The bodies so far, the oldest first. */
  readonly asked: Record<string, unknown>[];
  /** How many calls the gateway ended before they were answered. */
  left: number;
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

/** The plainest answer of a provider. */
export const good = saying([{ content: 'fine' }]);

/** Starts a provider that answers `fine`. */
export async function startAsked(): Promise<Provider> {
  const asked: Provider['asked'] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push(JSON.parse(body));
      response.once('close', () => (provider.left += response.writableFinished ? 0 : 1));
      provider.answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const provider: Provider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    left: 0,
    answer: good,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return provider;
}

/** The messages of a call that says nothing else. */
export const M = { messages: [{ role: 'user', content: 'hi' }] };

export const MODELS = {
  list: [
    { id: 'main', default: true, model: 'stub/model-main' },
    { id: 'beta', model: 'stub/openai/model-beta' },
  ],
};

/** What a client got, and what its provider was asked. */
export interface Said {
  readonly status: number;
  readonly text: string;
  /** The provider's newest body; undefined when it was not asked. */
  readonly asked: Record<string, unknown> | undefined;
}

/** Gateways in front of a provider, and calls to them. */
export interface Front {
  /** The agents are `main` and `beta`. */
  readonly gatewayAs: (edition?: string, asReleased?: boolean, agents?: object, sessions?: Sessions) => Gateway;
  /** One call to a gateway that ends with it. */
  readonly ask: (gateway: Gateway, body: object, headers?: Record<string, string>) => Promise<Said>;
}

export function inFrontOf(provider: Provider): Front {
  return {
    gatewayAs(edition, asReleased = false, agents = MODELS, sessions = new Sessions()) {
      const auth = { mode: 'token', token: TOKEN };
      const gateway = { auth, http: { endpoints: { chatCompletions: { enabled: true } } } };
      const options = readOptions({
        config: JSON.stringify({ gateway, agents }),
        overrides: { port: 0, edition, asReleased },
      });
      const backend = upstreamBackend({ ...options, url: provider.url, env: { OPENAI_API_KEY: 'k' } });
      return createGateway({ ...options, backend, sessions });
    },
    async ask(gateway, body, headers = {}) {
      const url = await gateway.listen();
      try {
        const all = { ...HEADERS, ...headers };
        const json = JSON.stringify({ model: 'openclaw/main', ...M, ...body });
        const response = await fetch(url + PATH, { method: 'POST', headers: all, body: json });
        return { status: response.status, text: await response.text(), asked: provider.asked.at(-1) };
      } finally {
        await gateway.close(0);
      }
    },
  };
}
