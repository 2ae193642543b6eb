/** The routes of the Control API: what each is asked, and what it answers. */

import type { Context } from 'koa';
import { z } from 'zod';
import type { Replies } from '../backends/scripted/replies.ts';
import { Refusal } from '../errors.ts';
import type { Faults } from '../faults.ts';
import { issueText } from '../issue.ts';
import { lint } from '../journal/client-lint.ts';
import type { Journal } from '../journal/journal.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** What is controlled. */
export interface Controlled {
  readonly journal: Journal;
  readonly sessions: Sessions;
  readonly faults: Faults;
  /** Undefined: the backend plays none. */
  readonly replies?: Replies | undefined;
}

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

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly does: string;
  /** What is answered as JSON; undefined: 204. */
  readonly answer: (ctx: Context, parameter: string) => unknown;
}

/** In the order in which `GET /` lists them. */
export function routesOf({ journal, sessions, faults, replies }: Controlled): readonly Route[] {
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

/** Undefined when there is none. */
function bodyOf({ request }: Context): unknown {
  return request.body === '' ? undefined : request.body;
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

/** @throws {Refusal} always; `status` and `type` are those of the answer. */
export function refuse(status: number, message: string, type = 'invalid_request_error'): never {
  throw new Refusal(status, type, message);
}
