/**
 * The gateway: one port for HTTP and WebSocket.
 *
 *     const gateway = createGateway({ ...readOptions({ file }), backend });
 *     const baseUrl = await gateway.listen();
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import Koa, { type Middleware } from 'koa';
import type { Backend } from './backends/backend.ts';
import { Agents } from './call/agents.ts';
import { Guard } from './call/guard.ts';
import { behaviour } from './editions/editions.ts';
import { chat } from './endpoints/chat.ts';
import { embeddings } from './endpoints/embeddings.ts';
import { health } from './endpoints/health.ts';
import { models } from './endpoints/models.ts';
import { crash, notFound } from './errors.ts';
import type { Faults } from './faults.ts';
import { envelope } from './http/envelope.ts';
import { listening, type Listening, type ListeningOptions } from './http/listening.ts';
import { Sockets } from './http/websocket.ts';
import { whoCut } from './journal/cut.ts';
import { reasonOf } from './journal/reason.ts';
import { redactionFor, type Redact } from './journal/redaction.ts';
import type { Options } from './options.ts';
import { Sessions } from './sessions/sessions.ts';

export interface GatewayOptions extends Options, ListeningOptions {
  /** Where the runs come from. */
  readonly backend: Backend;
  /** What conversations remember. Default: sessions of this gateway's own, in memory. */
  readonly sessions?: Sessions;
  /** What goes wrong because somebody asked for it. Default: nothing. */
  readonly faults?: Faults;
  /** Takes one line at a time, without its end. Default: nobody listens. */
  readonly log?: (line: string) => void;
  /** Who answers a request in this gateway's place, on its port. Default: nobody. */
  readonly instead?: (request: IncomingMessage) => RequestListener | undefined;
}

export interface Gateway extends Listening {
  /** The HTTP side alone, for a server of your own or for supertest. */
  callback(): RequestListener;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { backend, faults, instead, journal, sessions = new Sessions(), log = () => undefined } = options;
  const traits = behaviour(options.edition, options.asReleased);
  const guard = new Guard(options.auth, options.rateLimit, traits);
  const agents = new Agents(options.agents, traits);
  const app = new Koa();
  app.silent = true; // What is worth a line is logged by the envelope.
  const secrets = options.auth.mode === 'none' ? [] : [options.auth.secret];
  const redactFor = redactionFor(secrets);
  // A path may hold a secret, and so may what went wrong with it.
  app.use(envelope((line) => log(redactFor({ headers: {} })(line)), traits.headers, journal));
  if (traits.hostHeader === 'parsed') app.use(soundHost);
  if (options.enabled) app.use(chat({ guard, agents, sessions, backend, faults, traits, log, journal }));
  // Behind the endpoint, so that a call to it does not pass them.
  if (traits.models && options.enabled) app.use(models(guard, agents)).use(embeddings(guard));
  if (traits.probes) app.use(health());
  app.use(() => {
    throw notFound();
  });
  const answer = app.callback();
  const plain: RequestListener = (request, response) =>
    void answered(answer, request, response, (ms) => {
      if (options.log === undefined) return;
      const number = journal?.numberOf(request);
      log(`${number === undefined ? '' : `#${number} `}${logged(request, response, redactFor)} ${ms} ms`);
    });
  const own = journal?.recording(plain, secrets) ?? plain;
  const listener: RequestListener =
    instead === undefined ? own : (request, response) => (instead(request) ?? own)(request, response);
  const sockets = new Sockets(guard, options);
  return { callback: () => listener, ...listening(options, listener, sockets, traits.upgrades === 'refused') };
}

/** One call from its first byte to its line in the log. */
async function answered(
  answer: ReturnType<Koa['callback']>,
  request: IncomingMessage,
  response: ServerResponse,
  over: (ms: number) => void,
): Promise<void> {
  const start = performance.now();
  request.url = exactPath(request.url);
  try {
    await answer(request, response);
    over(Math.round(performance.now() - start));
  } catch {
    // Who listens to the log and fails has failed alone.
  }
}

const CUTS = { client: 'client left', gateway: 'cut by the gateway', fault: 'cut by a fault' };
/** Most calls are to it, refused or not. */
const ENDPOINT = '/v1/chat/completions';

/** What a call came to. */
function logged(
  request: IncomingMessage,
  response: ServerResponse,
  redactFor: (request: IncomingMessage) => Redact,
): string {
  const cut = response.destroyed && !response.writableFinished;
  const outcome = cut ? CUTS[whoCut(request, response)] : String(response.statusCode);
  // Only a refusal has a reason, and to look for one is dearer than to see that there is none.
  const reason =
    !cut && response.statusCode >= 400 ? reasonOf(response, (text) => redactFor(request)(text)) : undefined;
  // The path is the exact one by now; a query, which may hold a secret, is gone. What was found is a path of ours.
  const { url = '' } = request;
  const path = response.statusCode === 200 || url === ENDPOINT ? url : redactFor(request)(url);
  return `${request.method} ${path} ${outcome}${reason === undefined ? '' : ` ${reason}`}`;
}

/** A path that stays as it is, however it is read. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/;

/** The path as the URL standard reads it, `..` resolved and the query gone; the Host header has no say in it. */
function exactPath(url = '/'): string {
  return PLAIN_PATH.test(url) ? url : (URL.parse(url, 'http://localhost')?.pathname ?? '/');
}

const soundHost: Middleware = async (ctx, next) => {
  if (!URL.canParse(`http://${ctx.req.headers.host ?? 'localhost'}`)) throw crash();
  await next();
};
