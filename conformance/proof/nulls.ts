/**
 * Null controls: servers that implement nothing of the contract. A requirement that one of them passes is no evidence
 * by itself, so what each passes is written down, with the reason why that is right.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULTS, type Deployment, type Target } from '../dial/target.ts';
import { deploymentsAt, AGENTS } from '../lab/deployments.ts';
import { observed } from '../lab/provider/observed-backend.ts';
import * as lie from '../vocabulary/liars.ts';

/** Answers every request alike: path, method, credential and body do not matter. */
type Answers = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A null control. */
export interface Null {
  /** Undefined where the port is closed. */
  readonly answers: Answers | undefined;
  /** The patience of its target, in ms: short for a server that never answers. */
  readonly patience: number;
}

const constant =
  (status: number, type: string, body: string): Answers =>
  async (request, response) => {
    // Read to its end, so that a large request is no broken connection.
    request.resume();
    await once(request, 'end').catch(() => undefined);
    response.writeHead(status, type ? { 'content-type': type } : {}).end(body);
  };

const json = (status: number, body: unknown): Answers => constant(status, 'application/json', JSON.stringify(body));
const error = (status: number, type: string): Answers => json(status, { error: { message: 'No.', type } });

const chunk = (choices: readonly object[]): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl_1', object: 'chat.completion.chunk', created: now(), model: 'openclaw', choices })}\n\n`;
const now = (): number => Math.floor(Date.now() / 1000);

/** The stream of a faithful gateway that was asked to say hello. */
const RECORDED = [
  chunk([{ index: 0, delta: { role: 'assistant' }, finish_reason: null }]),
  chunk([{ index: 0, delta: { content: 'Hello!' }, finish_reason: null }]),
  chunk([{ index: 0, delta: { content: ' What can I do for you?' }, finish_reason: null }]),
  chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
  'data: [DONE]\n\n',
].join('');

/** In ms. A constant server answers much sooner. */
const WHILE = 3000;
/** In ms, for a server that never answers. */
const MOMENT = 500;

const alive = (answers: Answers): Null => ({ answers, patience: WHILE });

/** The null controls by their names in `fixtures/proof`. */
export const NULLS: Readonly<Record<string, Null>> = {
  'an empty 200': alive(constant(200, '', '')),
  'a constant completion': alive(json(200, await lie.canned().json())),
  'an echo of the request': alive((request, response) => {
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'text/plain' });
    request.pipe(response);
  }),
  'always 200 {}': alive(json(200, {})),
  'always 401': alive(error(401, 'unauthorized')),
  'always 404': alive(error(404, 'not_found')),
  'always 500': alive(error(500, 'api_error')),
  'always the recorded stream': alive(constant(200, 'text/event-stream', RECORDED)),
  'a server that hangs': { answers: () => {}, patience: MOMENT },
  'a port that refuses': { answers: undefined, patience: MOMENT },
};

/**
 * Starts a null control, on a free port of 127.0.0.1; its target declares all that the reference declares, so that no
 * case is skipped.
 */
export async function nullTarget(
  { answers, patience }: Null,
  edition: string,
): Promise<{ target: Target; close(): Promise<void> }> {
  const server = createServer((request, response) => void answers?.(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  if (!answers) await close();
  const [first, ...others] = deploymentsAt(edition).map(({ name, auth, credential }): Deployment => ({
    name,
    baseUrl,
    auth,
    credential,
  }));
  return {
    target: {
      ...DEFAULTS,
      name: 'a null control',
      deployments: [first!, ...others],
      agents: AGENTS,
      edition,
      scripted: true,
      // No run ever reaches this provider.
      probe: observed({ async *run() {} }).probe,
      patience,
    },
    close: answers ? close : async () => {},
  };
}
