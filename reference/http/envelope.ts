/** The outermost middleware: sets the headers of every response, and alone writes errors. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Context, Middleware } from 'koa';
import type { Behaviour } from '../editions/editions.ts';
import { PlainRefusal } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { keepReason, wordsOf } from '../journal/reason.ts';
import { discard } from './body.ts';
import { causeOf, refusalFrom } from './failures.ts';

/**
 * Turns what was thrown below into a response, and discards the rest of the request's body.
 *
 * @param log Takes one line about each 5xx.
 * @param headers On every response. Handlers that write to `ctx.res` themselves pass them to `writeHead`, which is
 * cheaper than `setHeader`.
 * @param journal Takes the message of each error.
 */
export function envelope(
  log: (line: string) => void,
  headers: Behaviour['headers'] = {},
  journal?: Journal,
): Middleware {
  const set = Object.entries(headers);
  return async (ctx, next) => {
    try {
      await next();
    } catch (cause) {
      await refuse(ctx, cause, log, journal);
    }
    if (!ctx.req.complete) discard(ctx.req);
    if (!ctx.res.headersSent) for (const [name, value] of set) ctx.res.setHeader(name, value);
  };
}

async function refuse(ctx: Context, cause: unknown, log: (line: string) => void, journal?: Journal): Promise<void> {
  if (!ctx.writable) return; // The client has left.
  const refusal = refusalFrom(cause);
  if (refusal.delay > 0) await wait(refusal.delay);
  if (refusal.status >= 500) log(`Failed to answer ${ctx.method} ${ctx.path}: ${causeOf(cause)}.`);
  if (ctx.res.headersSent) return void ctx.res.destroy();
  journal?.note(ctx.req, { message: wordsOf(refusal) });
  keepReason(ctx.res, refusal);
  ctx.status = refusal.status;
  ctx.set(refusal.headers as Record<string, string>);
  ctx.body = refusal instanceof PlainRefusal ? refusal.message : refusal.body;
}
