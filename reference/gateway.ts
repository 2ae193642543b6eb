/**
 * The gateway: one port for HTTP and WebSocket.
 *
 *     const gateway = createGateway({ ...readOptions({ file }), backend });
 *     const baseUrl = await gateway.listen();
 */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import Koa, { type Middleware } from 'koa';
import { secretOf } from './authentication.ts';
import type { Backend } from './backends/backend.ts';
import { Agents } from './call/agents.ts';
import { Guard } from './call/guard.ts';
import { behaviour, type Behaviour } from './editions/editions.ts';
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

/** The options of `createGateway`. */
export interface GatewayOptions extends Options, ListeningOptions {
  /** Produces the runs. */
  readonly backend: Backend;
  /** The sessions to use, which may be shared or stored in a file. Default: new ones, in memory. */
  readonly sessions?: Sessions;
  /** The queue of requested faults. Default: none. */
  readonly faults?: Faults;
  /** Takes the log one line at a time, without line ends; secrets in it are redacted. Default: no log. */
  readonly log?: (line: string) => void;
  /**
   * Chooses another listener for a request on this port; undefined leaves the request to the gateway. Default: none.
   */
  readonly instead?: (request: IncomingMessage) => RequestListener | undefined;
}

/** A gateway, listening or not. */
export interface Gateway extends Listening {
  /** The HTTP listener alone, for a server of your own or for supertest; it takes no WebSocket. */
  callback(): RequestListener;
}

/**
 * Makes a gateway of OpenClaw's HTTP endpoints and its WebSocket handshake. Nothing is opened before `listen`.
 *
 * @param options As `readOptions` gives them, and a backend.
 * @throws {Error} for an edition that does not exist.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { backend, faults, instead, journal, sessions = new Sessions(), log = () => undefined } = options;
  const traits = traitsOf(options);
  const guard = new Guard(options, traits);
  const agents = new Agents(options.agents, traits);
  const app = new Koa();
  app.silent = true; // The envelope logs errors.
  const secrets = [secretOf(options.auth) ?? []].flat();
  const redactFor = redactionFor(secrets);
  // A path may contain a secret, and so may an error about it.
  app.use(envelope((line) => log(redactFor({ headers: {} })(line)), traits.headers, journal));
  if (traits.hostHeader === 'parsed') app.use(soundHost);
  if (options.enabled) app.use(chat({ guard, agents, sessions, backend, faults, traits, log, journal }));
  // Behind the chat endpoint, so that its calls do not pass through them.
  if (traits.models && options.enabled)
    app.use(models(guard, agents)).use(embeddings({ guard, agents, backend, traits, setup: options.embeddings }));
  if (traits.probes) app.use(health(guard, traits, options.edition));
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
  const sockets = new Sockets(guard, options, traits);
  return { callback: () => listener, ...listening(options, listener, sockets, traits.upgrades === 'refused') };
}

/** What the release does, where the configuration leaves it so. */
function traitsOf({ edition, asReleased, toolSearch, strictTransportSecurity: hsts }: GatewayOptions): Behaviour {
  const release = behaviour(edition, asReleased);
  return {
    ...release,
    ...(toolSearch === false && { toolSearch: 'shows' }),
    ...(hsts !== undefined && { headers: { ...release.headers, 'Strict-Transport-Security': hsts } }),
  };
}

/** Answers a request, then reports how long it took, in ms. */
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
    // An error in the log callback must not break the call.
  }
}

const CUTS = { client: 'client left', gateway: 'cut by the gateway', fault: 'cut by a fault' };
/** The path of most requests, which needs no redaction. */
const ENDPOINT = '/v1/chat/completions';

/** A line of the log: method, path, status or who cut the connection, and the reason of an error. */
function logged(
  request: IncomingMessage,
  response: ServerResponse,
  redactFor: (request: IncomingMessage) => Redact,
): string {
  const cut = response.destroyed && !response.writableFinished;
  const outcome = cut ? CUTS[whoCut(request, response)] : String(response.statusCode);
  // Only an error has a reason, and the check for one is cheaper than looking it up.
  const reason =
    !cut && response.statusCode >= 400 ? reasonOf(response, (text) => redactFor(request)(text)) : undefined;
  // `exactPath` has removed the query, which may contain a secret. A path with status 200 is one of the gateway's own.
  const { url = '' } = request;
  const path = response.statusCode === 200 || url === ENDPOINT ? url : redactFor(request)(url);
  return `${request.method} ${path} ${outcome}${reason === undefined ? '' : ` ${reason}`}`;
}

/** A path that URL parsing does not change. */
const PLAIN_PATH = /^(?:\/[\w-]+)+$/;

/** The path by the URL standard, `..` resolved and the query removed. The Host header does not affect it. */
function exactPath(url = '/'): string {
  return PLAIN_PATH.test(url) ? url : (URL.parse(url, 'http://localhost')?.pathname ?? '/');
}

const soundHost: Middleware = async (ctx, next) => {
  if (!URL.canParse(`http://${ctx.req.headers.host ?? 'localhost'}`)) throw crash();
  await next();
};
