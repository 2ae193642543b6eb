/**
 * Reads the body of a call as JSON, regardless of its Content-Type and Content-Encoding. What is read and what is
 * discarded are both bounded in bytes.
 */

import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Behaviour } from '../editions/editions.ts';
import { badJson, bodyTooLarge } from '../errors.ts';
import { turn } from '../steps.ts';

/** How many bytes of a refused body are still read, so that the client receives the response instead of a reset. */
const MAX_DISCARDED = 64 * 1024 * 1024;

/** A longer body is parsed in steps, in bytes. */
const LONG = 256 * 1024;

/**
 * A reader of bodies.
 *
 * @returns The parsed JSON; undefined for an empty or blank body. Throws a `Refusal`: 400 for invalid JSON or a body
 * that breaks off, 413 for one over the edition's limit.
 */
export function bodyReader({
  bodyLimit: limit,
  tooLarge,
  badJson: manner,
}: Behaviour): (ctx: Context) => Promise<unknown> {
  const refused = (ctx: Context): Error => {
    const { socket } = ctx.req;
    if (tooLarge === 'cut off' || tooLarge === 'cut off late') socket.destroy();
    if (tooLarge === 'told, and closed') {
      ctx.set('Connection', 'close');
      // Node would destroy the socket, and the client could lose the response while it is still sending.
      socket.destroySoon = () => void socket.end();
    }
    return bodyTooLarge();
  };
  return async (ctx) => {
    // Releases that cut off late count the bytes that arrive and ignore Content-Length.
    if (Number(ctx.req.headers['content-length']) > limit && tooLarge !== 'cut off late') throw refused(ctx);
    const bytes = await bytesOf(ctx.req, limit);
    if (bytes === undefined) throw refused(ctx);
    if (bytes.length > LONG) {
      await turn();
      const { parseLong } = await import('./long-json.ts');
      const read = await parseLong(bytes);
      if (read !== undefined) return read.value;
    }
    // Blanks that are none to JSON.parse, such as a byte order mark, are removed as releases do.
    return parse(bytes.toString().trim(), manner);
  };
}

/** The whole body; undefined as soon as it exceeds the limit. */
function bytesOf(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const pieces: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer): void => {
    length += piece.length;
    if (length <= limit) return void pieces.push(piece);
    // The envelope discards the rest.
    request.off('data', take).pause();
    resolve(undefined);
  };
  const broken = (): void => {
    // Every request emits `close`, so no error is created unless the body is incomplete: it would cost more than
    // reading it.
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
    if (!(cause instanceof Error)) throw badJson('The request body is not JSON.');
    throw badJson(manner === 'words' ? cause.message : String(cause));
  }
}

/** Reads and drops the rest of a body, up to `MAX_DISCARDED` bytes; beyond them the connection is destroyed. */
export function discard(request: IncomingMessage): void {
  let left = MAX_DISCARDED;
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}
