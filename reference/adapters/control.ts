/**
 * The Control API: what a running gateway keeps, read and changed over HTTP, for clients in any language. It has a port
 * of its own on loopback, no credential, and is off unless asked for. On any other address it wants a bearer secret. What
 * is asked and answered is JSON:
 *
 * - a journal entry is a `JournalEntry` of `journal/entry.ts`; a session a `Summary` of `sessions.ts`
 * - a reply is what `fixtures/schemas/reply.schema.json` says, a fault what `fixtures/schemas/fault.schema.json` says
 * - an error is `{"error":{"message","type"}}`, as the gateway's own
 *
 * `GET /` lists the routes. No web page reaches them: a request with an `Origin` is refused, and so is one without the
 * secret; where there is none, one for a host that is not this machine.
 */

import { createServer } from 'node:http';
import { isIP } from 'node:net';
import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import { koaBody } from 'koa-body';
import { Secret } from '../call/secret.ts';
import { badJson, bodyTooLarge, Refusal, unauthorized } from '../errors.ts';
import { envelope } from '../http/envelope.ts';
import { limit, limiting } from '../http/limits.ts';
import { listenOn } from '../http/listening.ts';
import { isLoopback } from '../authentication.ts';
import { refuse, routesOf, type Controlled, type Route } from './control-routes.ts';

export interface Entrance {
  /** Where it listens. Default: 127.0.0.1; any other address takes a secret. */
  readonly host?: string | undefined;
  /** The secret that clients send as `Authorization: Bearer`, 16 characters or more. Default: none is required. */
  readonly secret?: string | undefined;
}

/** A Control API that listens. */
export interface Control {
  /** Such as `http://127.0.0.1:18790`. */
  readonly url: string;
  /** Stops at once; waiting requests are cut. */
  close(): void;
}

/** Largest body, in bytes. */
const BODY_LIMIT = 1024 * 1024;

/**
 * Opens the Control API.
 *
 * @param port 0: any free one.
 * @param log Takes a line for each fault of its own.
 * @throws {Error} in one line, when it cannot listen, or would be open to more than this machine.
 */
export async function openControl(
  house: Controlled,
  port: number,
  log: (line: string) => void,
  { host = '127.0.0.1', secret }: Entrance = {},
): Promise<Control> {
  if (secret === undefined ? !isLoopback(host) : secret.length < SHORTEST_SECRET) throw unguarded(host, secret);
  const routes = routesOf(house);
  const router = new Router({ strict: true, sensitive: true });
  for (const { method, path, answer } of routes) router.register(path, [method], answering(answer));
  const list = routes.map(({ method, path, does }) => ({ method, path: path.replace(/:(\w+)/, '{$1}'), does }));
  router.get('/', (ctx) => void (ctx.body = { routes: list }));
  const app = new Koa();
  app.silent = true; // What is worth a line is logged by the envelope.
  app
    .use(envelope(log))
    .use(secret === undefined ? nearbyOnly : knowing(new Secret(secret)))
    .use(bodies())
    .use(router.routes())
    .use(otherwise(router));
  const answer = app.callback();
  const server = createServer(limiting(), (request, response) => void answer(request, response));
  limit(server);
  const words = { task: 'open the control API', choice: '--control-port' };
  const url = await listenOn(server, { host, port }, words);
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url, close };
}

/** Reads JSON, whatever type it claims: `curl -d` claims another one. */
function bodies(): Middleware {
  const onError = (error: Error): never => {
    throw 'status' in error && error.status === 413 ? bodyTooLarge() : badJson(error.message);
  };
  const others = { text: false, urlencoded: false, multipart: false };
  const read = koaBody({ jsonLimit: BODY_LIMIT, jsonStrict: false, ...others, onError });
  return async (ctx, next) => {
    ctx.req.headers['content-type'] = 'application/json';
    await read(ctx, next);
  };
}

function answering(answer: Route['answer']): Middleware {
  return async (ctx) => {
    const [parameter = ''] = Object.values((ctx as Context & { params: Record<string, string> }).params);
    const json = await answer(ctx, parameter);
    if (json === undefined) ctx.status = 204;
    else ctx.body = json;
  };
}

/** Shorter ones are guessed. */
const SHORTEST_SECRET = 16;

function unguarded(host: string, secret: string | undefined): Error {
  const got = secret === undefined ? 'none' : 'a shorter one';
  return new Error(
    `Failed to open the Control API on ${host}: expected a secret of ${SHORTEST_SECRET} characters or more in ` +
      `OPENCLAW_CONTROL_TOKEN, got ${got}. Set it, or listen on 127.0.0.1.`,
  );
}

/** A page may know this machine by any name; it does not know the secret, and says whence it comes. */
function knowing(secret: Secret): Middleware {
  return async (ctx, next) => {
    const { origin, authorization = '', 'sec-fetch-site': site = 'none' } = ctx.req.headers;
    if (origin !== undefined || site !== 'none')
      refuse(403, 'The control API is for programs, not for pages.', 'forbidden');
    const sent = /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
    if (!secret.equals(Buffer.from(sent))) throw unauthorized();
    await next();
  };
}

/** Browsers send what pages ask for: those say whence they come, or call this machine by a name that is not its own. */
const nearbyOnly: Middleware = async (ctx, next) => {
  const { origin, host = '', 'sec-fetch-site': site = 'none' } = ctx.req.headers;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  const near = name === 'localhost' || (isIP(name) !== 0 && isLoopback(name));
  if (origin !== undefined || site !== 'none' || !near) {
    refuse(403, 'The control API is for programs on this machine, at its loopback address.', 'forbidden');
  }
  await next();
};

function otherwise(router: Router): Middleware {
  return (ctx) => {
    const { path } = router.match(ctx.path, ctx.method);
    if (path.length === 0) refuse(404, `There is nothing at ${ctx.path}. GET / lists what there is.`);
    const allowed = path.flatMap(({ methods }) => methods);
    throw new Refusal(405, 'invalid_request_error', `${ctx.path} is not for ${ctx.method}.`, {
      Allow: [...new Set(allowed)].join(', '),
    });
  };
}
