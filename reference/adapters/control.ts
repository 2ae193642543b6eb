/**
 * The Control API: what a running gateway keeps, read and changed over HTTP, for clients in any language. It has a port of
 * its own on loopback, no credential, and is off unless asked for. On any other address it wants a bearer secret. What is asked and answered is JSON:
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
import { z } from 'zod';
import type { Replies } from '../backends/scripted/replies.ts';
import { Secret } from '../call/secret.ts';
import { badJson, bodyTooLarge, Refusal, unauthorized } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { envelope } from '../http/envelope.ts';
import { limit, limiting } from '../http/limits.ts';
import { listenOn } from '../http/listening.ts';
import { issueText } from '../issue.ts';
import { lint } from '../journal/client-lint.ts';
import type { Journal } from '../journal/journal.ts';
import { isLoopback } from '../authentication.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** What is controlled. */
export interface Controlled {
  readonly journal: Journal;
  readonly sessions: Sessions;
  readonly faults: Faults;
  /** Undefined: the backend plays none. */
  readonly replies?: Replies | undefined;
}

export interface Entrance {
  /** Where it listens. Default: 127.0.0.1; any other address takes a secret. */
  readonly host?: string | undefined;
  /** The secret that clients send as `Authorization: Bearer`, 16 characters or more. Default: none is required. */
  readonly secret?: string | undefined;
}

export interface Control {
  /** Such as `http://127.0.0.1:18790`. */
  readonly url: string;
  /** Stops at once; waiting requests are cut. */
  close(): void;
}

/** Largest body, in bytes. */
const BODY_LIMIT = 1024 * 1024;

/** Longest wait for a request, in milliseconds. */
const LONGEST_WAIT = 600_000;

const Waiting = z.strictObject({
  match: z.record(z.string(), z.unknown()).default({}),
  after: z.int().nonnegative().default(0),
  timeoutMs: z.int().min(0).max(LONGEST_WAIT).default(5_000),
});

/** What `GET /journal` can be asked for. */
const Filter = z.strictObject({
  after: z.coerce.number().int().nonnegative().optional(),
  number: z.coerce.number().optional(),
  connection: z.coerce.number().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  status: z.coerce.number().optional(),
  agent: z.string().optional(),
  sessionKey: z.string().optional(),
  run: z.string().optional(),
  reply: z.string().optional(),
  abortedBy: z.enum(['client', 'gateway', 'fault']).optional(),
  done: z.enum(['no', 'written', 'delivered']).optional(),
  ended: z.stringbool().optional(),
});

interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly does: string;
  /** What is answered as JSON; undefined: 204. */
  readonly answer: (ctx: Context, parameter: string) => unknown;
}

function routesOf({ journal, sessions, faults, replies }: Controlled): readonly Route[] {
  /** All or nothing: a disk may be full. */
  const forgotten = (key?: string): number => {
    try {
      return sessions.reset(key);
    } catch (cause) {
      return refuse(507, messageOf(cause), 'api_error');
    }
  };
  const scripts = (): Replies => replies ?? refuse(404, 'This backend plays no replies; the scripted one does.');
  return [
    {
      method: 'GET',
      path: '/journal',
      does: `Entries, oldest first, and how many were forgotten. Query: ${Object.keys(Filter.shape).join(', ')}.`,
      answer: ({ query }) => {
        const { after = 0, ...match } = parsed(Filter, query, 'the query');
        const entries = journal.entries(match).filter(({ number }) => number > after);
        return { entries, last: journal.last, forgotten: journal.forgotten };
      },
    },
    {
      method: 'POST',
      path: '/journal/wait',
      does: 'The first entry that matches, when it is there. Body: match, fields as in an entry; after, a number; timeoutMs.',
      answer: async (ctx) => {
        const { match, ...patience } = parsed(Waiting, bodyOf(ctx) ?? {}, 'the body');
        const leaving = new AbortController();
        ctx.res.once('close', () => leaving.abort());
        try {
          return await journal.waitForRequest(match, { ...patience, signal: leaving.signal });
        } catch (nothing) {
          return refuse(408, messageOf(nothing));
        }
      },
    },
    { method: 'DELETE', path: '/journal', does: 'Forgets all entries.', answer: () => journal.clear() },
    { method: 'GET', path: '/lint', does: 'What the client does wrong.', answer: () => ({ findings: lint(journal) }) },
    { method: 'GET', path: '/sessions', does: 'All of them.', answer: () => ({ sessions: sessions.list() }) },
    {
      method: 'GET',
      path: '/sessions/:key',
      does: 'What a session remembers.',
      answer: (_, key) => ({ key, turns: sessions.read(key) ?? refuse(404, `There is no session "${key}".`) }),
    },
    {
      method: 'DELETE',
      path: '/sessions/:key',
      does: 'Forgets a session.',
      answer: (_, key) => (forgotten(key) === 0 ? refuse(404, `There is no session "${key}".`) : undefined),
    },
    { method: 'DELETE', path: '/sessions', does: 'Forgets all of them.', answer: () => void forgotten() },
    { method: 'GET', path: '/replies', does: 'All of them.', answer: () => ({ replies: scripts().list() }) },
    {
      method: 'GET',
      path: '/replies/:name',
      does: 'One reply.',
      answer: (_, name) => scripts().get(name) ?? refuse(404, `There is no reply "${name}".`),
    },
    {
      method: 'PUT',
      path: '/replies/:name',
      does: 'Adds a reply, or takes the place of one. Body: the reply.',
      answer: (ctx, name) => orRefuse(() => scripts().put(name, bodyOf(ctx))),
    },
    {
      method: 'DELETE',
      path: '/replies/:name',
      does: 'Removes a reply.',
      answer: (_, name) => (scripts().remove(name) ? undefined : refuse(404, `There is no reply "${name}".`)),
    },
    { method: 'DELETE', path: '/replies', does: 'Back to those of the start.', answer: () => scripts().clear() },
    { method: 'GET', path: '/faults', does: 'What still waits to strike.', answer: () => ({ faults: faults.list() }) },
    {
      method: 'POST',
      path: '/faults',
      does: 'Adds a fault at the end of the queue. Body: the fault, with match and times.',
      answer: (ctx) => orRefuse(() => faults.add(bodyOf(ctx))),
    },
    { method: 'DELETE', path: '/faults', does: 'Forgets all of them.', answer: () => faults.clear() },
    {
      method: 'POST',
      path: '/reset',
      does: 'All of it as at the start: journal, sessions, replies, faults.',
      answer: () => {
        // First what may fail, so that nothing is done by half.
        forgotten();
        journal.clear();
        faults.clear();
        replies?.clear();
      },
    },
  ];
}

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

/** Undefined when there is none. */
function bodyOf({ request }: Context): unknown {
  return request.body === '' ? undefined : request.body;
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

function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const read = schema.safeParse(value);
  return read.success ? read.data : refuse(400, `${what}: ${issueText(read.error, 'the whole')}`);
}

/** Answers 400 with one line that says what is wrong with what was given. */
function orRefuse(act: () => void): void {
  try {
    act();
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    refuse(400, messageOf(cause));
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'It could not be done.';
}

function refuse(status: number, message: string, type = 'invalid_request_error'): never {
  throw new Refusal(status, type, message);
}
