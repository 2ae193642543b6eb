/**
 * Reading a call's body: JSON whatever type and encoding it claims, up to a limit, and a limit too for what is thrown away.
 */

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Behaviour } from '../editions/editions.ts';
import { badJson, bodyTooLarge } from '../errors.ts';
import { turn } from '../steps.ts';

/** How many bytes of a refused body are still taken in, so that the caller reads the answer and not a reset. */
const MAX_DISCARDED = 64 * 1024 * 1024;

/** Some write it in front of UTF-8; to JSON it is no blank. */
const BYTE_ORDER_MARK = '\uFEFF';

/** A longer body is read in steps, in bytes. */
const LONG = 256 * 1024;

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
  const refused = ({ req }: Context): Error => {
    if (tooLarge !== 'told') req.socket.destroy();
    return bodyTooLarge();
  };
  return async (ctx) => {
    // Who is cut off late is judged by what comes, not by what he says is to come.
    if (Number(ctx.req.headers['content-length']) > limit && tooLarge !== 'cut off late') throw refused(ctx);
    const bytes = await bytesOf(ctx.req, limit);
    if (bytes === undefined) throw refused(ctx);
    if (bytes.length > LONG) {
      await turn();
      const { parseLong } = await import('./long-json.ts');
      const read = await parseLong(bytes);
      if (read !== undefined) return read.value;
    }
    const text = bytes.toString();
    return parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text, manner);
  };
}

/** The whole body; undefined as soon as there is more of it than the limit. */
function bytesOf(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const pieces: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer): void => {
    length += piece.length;
    if (length <= limit) return void pieces.push(piece);
    // The rest is somebody else's to throw away.
    request.off('data', take).pause();
    resolve(undefined);
  };
  const broken = (): void => {
    // Every request is closed; to make an error of each would cost more than to read it.
    if (!request.readableEnded) reject(badJson('The request body could not be read.'));
  };
  request.on('data', take);
  request.once('end', () => resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
  request.once('error', broken).once('close', broken);
  return promise;
}

function parse(text: string, manner: Behaviour['badJson']): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (text.trim() === '') return undefined;
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
