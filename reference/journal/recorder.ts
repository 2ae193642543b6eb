/**
 * Watches one request and its answer from the outside, for the journal: what came, what was sent, how it ended. It
 * stands between the gateway and Node's own objects, so that whatever the gateway does with them is seen.
 */

import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { whoCut, type Cutter } from './cut.ts';

/** What is seen, as it happens. */
export interface Observer {
  /** A piece of the body, however it is read, and also when nobody reads it. */
  piece(bytes: Buffer): void;
  /** The body is whole. */
  whole(): void;
  /** The head of the answer is on its way. `retryAfter` is its Retry-After as it stands there. */
  head(status: number, retryAfter: OutgoingHttpHeader | undefined): void;
  /** One `data:` line of a stream, without its line end. */
  line(text: string): void;
  /** Whether the caller takes what is sent: false when he has stopped, true when he goes on. */
  taking(takes: boolean): void;
  /** The answer is over. `undefined`: all of it was handed over; else who cut it before. */
  over(cutter: Cutter | undefined): void;
  /** Nothing of the request can come any more, and its answer is over. */
  gone(): void;
}

/** Nothing that goes wrong while a request is watched is told to the one who answers it: it would end the process. */
export function harmless(watch: () => void): void {
  try {
    watch();
  } catch (thrown) {
    // What it says may hold what the request said.
    const name = thrown instanceof Error ? thrown.name : typeof thrown;
    process.emitWarning(`Failed to keep a request in the journal: expected to be able to, got ${name}. Report it.`);
  }
}

/**
 * @param watching May throw: the request is answered all the same.
 * @param holdDoneMs How long the sentinel is held back, so that a caller who leaves without it is seen leaving.
 */
export function observe(
  request: IncomingMessage,
  response: ServerResponse,
  watching: Observer,
  holdDoneMs: number,
): void {
  const observer = guarded(watching);
  watchRequest(request, observer);
  watchAnswer(response, observer, holdDoneMs);
  let over = false;
  const settle = (): void => {
    // A request outlives its answer when its body is still to come; then only the connection tells its end.
    if (!over || !(request.complete || request.destroyed || request.socket.destroyed)) return;
    over = false;
    unheard();
    observer.gone();
  };
  response.once('close', () => {
    observer.over(response.writableFinished ? undefined : whoCut(request, response));
    over = true;
    settle();
  });
  request.once('end', settle);
  const unheard = whenClosed(request.socket, settle);
}

const HEARERS = Symbol('hearers');
type Heard = Socket & { [HEARERS]?: Set<() => void> };

/**
 * Hears of the end of a connection. One listener serves all requests on it: as many listeners as a client may pipeline
 * requests would be a leak to Node.
 *
 * @returns Hears no more.
 */
function whenClosed(socket: Heard, hear: () => void): () => void {
  const known = socket[HEARERS];
  const hearers = (socket[HEARERS] ??= new Set());
  if (known === undefined) socket.once('close', () => hearers.forEach((each) => each()));
  hearers.add(hear);
  return () => void hearers.delete(hear);
}

/** Harmless, and told nothing any more when it has been told that the request is gone. */
function guarded(observer: Observer): Observer {
  let gone = false;
  const tell = (what: () => void): void => {
    if (!gone) harmless(what);
  };
  return {
    piece: (bytes) => tell(() => observer.piece(bytes)),
    whole: () => tell(() => observer.whole()),
    head: (status, retryAfter) => tell(() => observer.head(status, retryAfter)),
    line: (text) => tell(() => observer.line(text)),
    taking: (takes) => tell(() => observer.taking(takes)),
    over: (hungUp) => tell(() => observer.over(hungUp)),
    gone: () => {
      tell(() => observer.gone());
      gone = true;
    },
  };
}

/** Pieces are pushed as they arrive, whoever reads them later, and how. */
function watchRequest(request: IncomingMessage, observer: Observer): void {
  const push = request.push.bind(request);
  request.push = (piece: unknown, encoding?: BufferEncoding): boolean => {
    if (piece === null) observer.whole();
    else if (piece instanceof Uint8Array) observer.piece(Buffer.from(piece));
    else if (typeof piece === 'string') observer.piece(Buffer.from(piece, encoding));
    return push(piece, encoding);
  };
}

function watchAnswer(response: ServerResponse, observer: Observer, holdDoneMs: number): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  const write = response.write.bind(response) as (...given: unknown[]) => boolean;
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  const lines = lineReader((text) => observer.line(text));
  const watched = {
    writeHead(status: number, ...rest: unknown[]) {
      observer.head(status, retryAfterIn(rest.at(-1)) ?? response.getHeader('retry-after'));
      return writeHead(status, ...rest);
    },
    write(piece: unknown, ...rest: unknown[]) {
      lines(textOf(piece));
      const room = write(piece, ...rest);
      if (!room) observer.taking(false);
      return room;
    },
    end(piece?: unknown, ...rest: unknown[]) {
      const text = textOf(piece);
      const at = holdDoneMs === 0 ? -1 : text.lastIndexOf('data: [DONE]');
      if (at === -1) {
        lines(`${text}\n`);
        return end(piece, ...rest);
      }
      if (at > 0) response.write(text.slice(0, at), 'latin1');
      const held = setTimeout(() => {
        lines(`${text.slice(at)}\n`);
        end(text.slice(at), 'latin1', ...rest.filter((given) => typeof given === 'function'));
      }, holdDoneMs);
      response.once('close', () => clearTimeout(held));
      return response;
    },
  };
  Object.assign(response, watched);
  response.on('drain', () => observer.taking(true)).on('finish', () => observer.taking(true));
}

/** Bytes as characters of one byte each: what is looked for in them is ASCII, and nothing is lost. */
function textOf(piece: unknown): string {
  if (typeof piece === 'string') return Buffer.from(piece).toString('latin1');
  return piece instanceof Uint8Array ? Buffer.from(piece).toString('latin1') : '';
}

function retryAfterIn(headers: unknown): OutgoingHttpHeader | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const isIt = (name: unknown): boolean => String(name).toLowerCase() === 'retry-after';
  // Node takes an object, or a list in which names and values take turns.
  if (Array.isArray(headers)) return headers[headers.findIndex(isIt) + 1] as OutgoingHttpHeader | undefined;
  return Object.entries(headers).find(([name]) => isIt(name))?.[1] as OutgoingHttpHeader | undefined;
}

const DATA = 'data:';

/** Gives each `data:` line when it is whole, wherever the writes cut it; of another no more than its front is kept. */
function lineReader(take: (line: string) => void): (text: string) => void {
  let begun = '';
  return (text) => {
    const lines = text.split(/\r\n|\n|\r/);
    for (const [at, line] of lines.entries()) {
      if (begun.length < DATA.length || begun.startsWith(DATA)) begun += line;
      if (at === lines.length - 1) break;
      if (begun.startsWith(DATA)) take(begun);
      begun = '';
    }
  };
}
