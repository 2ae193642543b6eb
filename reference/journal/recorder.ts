/**
 * Observes one request and its response for the journal: what was received, what was sent, how it ended. It patches
 * Node's objects, so it sees every way in which the gateway uses them.
 */

import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { whoCut, type Cutter } from './cut.ts';

/** What `data:` lines of a stream say. */
export interface Frames {
  /** How many there are, `[DONE]` not counted. */
  readonly chunks: number;
  /** Whether `[DONE]` is one of them. */
  readonly done: boolean;
  /** The last finish reason in them. */
  readonly finishReason: string | undefined;
}

/** Takes what happens to a request and its response, when it happens. */
export interface Observer {
  /** A piece of the body, read by the gateway or not. It is the gateway's: to keep it, copy it. */
  piece(bytes: Buffer): void;
  /** The body is whole. */
  whole(): void;
  /** The head of the answer is on its way. `retryAfter` is its Retry-After as it stands there. */
  head(status: number, retryAfter: OutgoingHttpHeader | undefined): void;
  /** `data:` lines of a stream that are whole now. */
  frames(seen: Frames): void;
  /** Whether the client takes what is sent: false when it has stopped, true when it goes on. */
  taking(takes: boolean): void;
  /** The response is over. `undefined`: all of it was handed to the operating system; else the side that cut it. */
  over(cutter: Cutter | undefined): void;
  /** Nothing more of the request can arrive, and its response is over. */
  gone(): void;
}

/** Turns an error of the observer into a warning: thrown into a listener it would end the process. */
export function harmless(watch: () => void): void {
  try {
    watch();
  } catch (cause) {
    // The message may contain what the request said.
    const name = cause instanceof Error ? cause.name : typeof cause;
    process.emitWarning(`Failed to keep a request in the journal: expected to be able to, got ${name}. Report it.`);
  }
}

/**
 * @param watching May throw: the request is answered nevertheless.
 * @param holdDoneMs How long `[DONE]` is held back, in milliseconds, so that a client that leaves without it is seen.
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
    // A request outlives its response while its body is incomplete; then only the end of the connection ends it.
    if (!over || !(request.complete || request.destroyed || request.socket.destroyed)) return;
    over = false;
    unwatch();
    observer.gone();
  };
  response.once('close', () => {
    observer.over(response.writableFinished ? undefined : whoCut(request, response));
    over = true;
    settle();
  });
  request.once('end', settle);
  const unwatch = whenClosed(request.socket, settle);
}

const CALLBACKS = Symbol('callbacks');
type Watched = Socket & { [CALLBACKS]?: Set<() => void> };

/**
 * Calls back at the end of a connection. One listener serves all requests on it: Node takes a listener per pipelined
 * request for a leak.
 *
 * @returns Takes the callback back.
 */
function whenClosed(socket: Watched, callback: () => void): () => void {
  const known = socket[CALLBACKS];
  const callbacks = (socket[CALLBACKS] ??= new Set());
  if (known === undefined) socket.once('close', () => callbacks.forEach((each) => each()));
  callbacks.add(callback);
  return () => void callbacks.delete(callback);
}

/** An observer whose errors are warnings, and which is called no more after `gone`. */
function guarded(observer: Observer): Observer {
  let gone = false;
  const tell = (what: () => void): void => {
    if (!gone) harmless(what);
  };
  return {
    piece: (bytes) => tell(() => observer.piece(bytes)),
    whole: () => tell(() => observer.whole()),
    head: (status, retryAfter) => tell(() => observer.head(status, retryAfter)),
    frames: (seen) => tell(() => observer.frames(seen)),
    taking: (takes) => tell(() => observer.taking(takes)),
    over: (hungUp) => tell(() => observer.over(hungUp)),
    gone: () => {
      tell(() => observer.gone());
      gone = true;
    },
  };
}

/** Node pushes each piece when it arrives, before any reader. */
function watchRequest(request: IncomingMessage, observer: Observer): void {
  const push = request.push.bind(request);
  request.push = (piece: unknown, encoding?: BufferEncoding): boolean => {
    if (piece === null) observer.whole();
    else if (Buffer.isBuffer(piece)) observer.piece(piece);
    else if (piece instanceof Uint8Array) observer.piece(Buffer.from(piece));
    else if (typeof piece === 'string') observer.piece(Buffer.from(piece, encoding));
    return push(piece, encoding);
  };
}

function watchAnswer(response: ServerResponse, observer: Observer, holdDoneMs: number): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  const write = response.write.bind(response) as (...given: unknown[]) => boolean;
  const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
  const read = frameReader((seen) => observer.frames(seen));
  const watched = {
    writeHead(status: number, ...rest: unknown[]) {
      observer.head(status, retryAfterIn(rest.at(-1)) ?? response.getHeader('retry-after'));
      return writeHead(status, ...rest);
    },
    write(piece: unknown, ...rest: unknown[]) {
      read(textOf(piece));
      const room = write(piece, ...rest);
      if (!room) observer.taking(false);
      return room;
    },
    end(piece?: unknown, ...rest: unknown[]) {
      const text = textOf(piece);
      const encoding = typeof piece === 'string' ? 'utf8' : 'latin1';
      const at = holdDoneMs === 0 ? -1 : text.lastIndexOf('data: [DONE]');
      if (at === -1) {
        read(text, true);
        return end(piece, ...rest);
      }
      if (at > 0) response.write(text.slice(0, at), encoding);
      const held = setTimeout(() => {
        read(text.slice(at), true);
        end(text.slice(at), encoding, ...rest.filter((given) => typeof given === 'function'));
      }, holdDoneMs);
      response.once('close', () => clearTimeout(held));
      return response;
    },
  };
  Object.assign(response, watched);
  response.on('drain', () => observer.taking(true)).on('finish', () => observer.taking(true));
}

/** A text as it is, and bytes as one character each: what is looked for in them is ASCII. */
function textOf(piece: unknown): string {
  if (typeof piece === 'string') return piece;
  if (!(piece instanceof Uint8Array)) return '';
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
}

function retryAfterIn(headers: unknown): OutgoingHttpHeader | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const isIt = (name: unknown): boolean => String(name).toLowerCase() === 'retry-after';
  // Node takes an object, or a list in which names and values take turns.
  if (Array.isArray(headers)) return headers[headers.findIndex(isIt) + 1] as OutgoingHttpHeader | undefined;
  return Object.entries(headers).find(([name]) => isIt(name))?.[1] as OutgoingHttpHeader | undefined;
}

const DATA = 'data:';
const FINISH = /"finish_reason":"(\w+)"/;

/**
 * Gives what the `data:` lines say when they are whole, wherever the writes cut them. Of another line no more than its
 * front is kept.
 */
function frameReader(take: (seen: Frames) => void): (text: string, last?: boolean) => void {
  let begun = '';
  return (text, last = false) => {
    if (begun === '' && text.endsWith('\n') && !text.includes('\r')) {
      take(framesIn(text));
      return;
    }
    // An answer that is no stream is one line, or a few.
    if (begun === '' && last && !text.includes(DATA)) return;
    const lines = text.split(/\r\n|\n|\r/);
    if (last) lines.push('');
    const whole: string[] = [];
    for (const [at, line] of lines.entries()) {
      if (begun.length < DATA.length || begun.startsWith(DATA)) begun += line;
      if (at === lines.length - 1) break;
      if (begun.startsWith(DATA)) whole.push(begun);
      begun = '';
    }
    if (whole.length > 0) take(framesIn(`${whole.join('\n')}\n`));
  };
}

/** What whole lines that end with LF say. Without splitting them: a stream is mostly of this form. */
function framesIn(text: string): Frames {
  let chunks = 0;
  let done = false;
  for (let from = 0; from < text.length; from = text.indexOf('\n', from) + 1) {
    if (!text.startsWith(DATA, from)) continue;
    if (text.startsWith('data: [DONE]\n', from) || text.startsWith('data:[DONE]\n', from)) done = true;
    else chunks += 1;
  }
  return { chunks, done, finishReason: finishReasonIn(text) };
}

/** That of the last line that has one. In a text of the answer the quotes would be escaped. */
function finishReasonIn(text: string): string | undefined {
  for (let at = text.lastIndexOf('"finish_reason":"'); at !== -1;) {
    const from = text.lastIndexOf('\n', at) + 1;
    const found = text.startsWith(DATA, from) ? FINISH.exec(text.slice(from, text.indexOf('\n', at))) : null;
    if (found !== null) return found[1];
    at = from === 0 ? -1 : text.lastIndexOf('"finish_reason":"', from - 1);
  }
  return undefined;
}
