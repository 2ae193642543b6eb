/** The outermost layer: what every answer has in common, and the only one that writes a refusal. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Context, Middleware } from 'koa';
import type { Behaviour } from '../editions/editions.ts';
import { PlainRefusal, causeOf, refusalFrom } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { keepReason, wordsOf } from '../journal/reason.ts';
import { discard } from './body.ts';

/**
 * Answers what nobody else did.
 *
 * @param headers Of every answer. Who answers past Koa sends them too: one by one they would cost him more.
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
    } catch (thrown) {
      await refuse(ctx, thrown, log, journal);
    }
    if (!ctx.req.complete) discard(ctx.req);
    if (!ctx.res.headersSent) for (const [name, value] of set) ctx.res.setHeader(name, value);
  };
}

async function refuse(ctx: Context, thrown: unknown, log: (line: string) => void, journal?: Journal): Promise<void> {
  if (!ctx.writable) return; // Nobody is there to be told.
  const refusal = refusalFrom(thrown);
  if (refusal.delay > 0) await wait(refusal.delay);
  if (refusal.status >= 500) log(`Failed to answer ${ctx.method} ${ctx.path}: ${causeOf(thrown)}.`);
  if (ctx.res.headersSent) return void ctx.res.destroy();
  journal?.note(ctx.req, { message: wordsOf(refusal) });
  keepReason(ctx.res, refusal);
  ctx.status = refusal.status;
  ctx.set(refusal.headers as Record<string, string>);
  ctx.body = refusal instanceof PlainRefusal ? refusal.message : refusal.body;
}
