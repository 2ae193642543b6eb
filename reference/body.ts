/**
 * Reading a call's body: JSON whatever the content type says, up to a limit, and a limit too for what is thrown away.
 */

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import type { Behaviour } from './editions.ts';
import { badJson, bodyTooLarge } from './errors.ts';

/** How many bytes of a refused body are still taken in, so that the caller reads the answer and not a reset. */
const MAX_DISCARDED = 64 * 1024 * 1024;

/**
 * A reader of bodies.
 *
 * @returns What the JSON says; undefined for an empty body. Throws a `Refusal` with 400 or 413.
 */
export function bodyReader({
  bodyLimit: limit,
  tooLarge,
  badJson: manner,
}: Behaviour): (ctx: Context) => Promise<unknown> {
  const read = koaBody({ jsonLimit: limit, jsonStrict: false, text: false, urlencoded: false, multipart: false });
  const refused = ({ req }: Context): Error => {
    if (tooLarge !== 'told') req.socket.destroy();
    return bodyTooLarge();
  };
  const nothing = (): Promise<void> => Promise.resolve();
  return async (ctx) => {
    const { headers } = ctx.req;
    if (Number(headers['content-length']) > limit && tooLarge !== 'cut off late') throw refused(ctx);
    // Then only what comes is counted, not what is said to come.
    if (tooLarge === 'cut off late' && headers['content-length'] !== undefined) {
      delete headers['content-length'];
      headers['transfer-encoding'] = 'chunked';
    }
    // Neither the type nor the encoding that a caller declares is heeded: a compressed body is simply no JSON.
    headers['content-type'] = 'application/json';
    if (headers['content-encoding'] !== undefined) delete headers['content-encoding'];
    try {
      await read(ctx, nothing);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      if ('status' in cause && cause.status === 413) throw refused(ctx);
      // What koa-body would not parse is parsed again, so that its own words stay out of the answer.
      if ('body' in cause && typeof cause.body === 'string') return parse(cause.body, manner);
      throw badJson('The request body could not be read.');
    }
    return ctx.request.body === '' ? undefined : ctx.request.body;
  };
}

function parse(text: string, manner: Behaviour['badJson']): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof Error)) throw badJson('The request body is not JSON.');
    throw badJson(manner === 'words' ? cause.message : String(cause));
  }
}

/** Takes in what is left of a body that nobody reads, up to a bound; beyond it the connection ends. */
export function discard(request: IncomingMessage): void {
  let left = MAX_DISCARDED;
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}
