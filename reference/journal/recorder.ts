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
    warn(cause);
  }
}

function warn(cause: unknown): void {
  // The message may contain what the request said.
  const name = cause instanceof Error ? cause.name : typeof cause;
  process.emitWarning(`Failed to keep a request in the journal: expected to be able to, got ${name}. Report it.`);
}

/**
 * @param observer May throw: the request is answered nevertheless. It is called no more after `gone`.
 * @param holdDoneMs How long `[DONE]` is held back, in milliseconds, so that a client that leaves without it is seen.
 */
export function observe(
  request: IncomingMessage,
  response: ServerResponse,
  observer: Observer,
  holdDoneMs: number,
): void {
  const watch = new Watch(request, response, observer, holdDoneMs);
  const watchedRequest: Watched<IncomingMessage> = request;
  watchedRequest[WATCH] = watch;
  request.push = push;
  const watchedResponse: Watched<ServerResponse> = response;
  watchedResponse[WATCH] = watch;
  response.writeHead = writeHead as ServerResponse['writeHead'];
  response.write = write as ServerResponse['write'];
  response.end = end as ServerResponse['end'];
  response.on('close', closed);
}

const WATCH = Symbol('watch');
type Watched<T> = T & { [WATCH]?: Watch };

/**
 * One observed request. The patched methods find it on their object: functions made for each request cost several times
 * what they do.
 */
class Watch {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly holdDoneMs: number;
  readonly push: (piece: unknown, encoding?: BufferEncoding) => boolean;
  readonly writeHead: (...given: unknown[]) => ServerResponse;
  readonly write: (...given: unknown[]) => boolean;
  readonly end: (...given: unknown[]) => ServerResponse;
  readonly frames = new FrameReader();
  readonly #observer: Observer;
  #gone = false;
  #over = false;
  #stalled = false;

  constructor(request: IncomingMessage, response: ServerResponse, observer: Observer, holdDoneMs: number) {
    this.request = request;
    this.response = response;
    this.holdDoneMs = holdDoneMs;
    this.push = request.push.bind(request);
    this.writeHead = response.writeHead.bind(response) as Watch['writeHead'];
    this.write = response.write.bind(response) as Watch['write'];
    this.end = response.end.bind(response) as Watch['end'];
    this.#observer = observer;
  }

  /** Tells the observer of something unless it is gone. An error of it is a warning. */
  tell(what: (observer: Observer) => void): void {
    if (this.#gone) return;
    try {
      what(this.#observer);
    } catch (cause) {
      warn(cause);
    }
  }

  /** What was sent of a stream. */
  sent(text: string, last: boolean): void {
    const seen = this.frames.read(text, last);
    if (seen !== undefined) this.tell((observer) => observer.frames(seen));
  }

  /** The socket buffer is full. */
  full(): void {
    if (!this.#stalled) this.response.once('drain', () => this.#takes());
    this.#stalled = true;
    this.tell((observer) => observer.taking(false));
  }

  over(): void {
    if (this.#over) return;
    this.#over = true;
    const { request, response } = this;
    if (response.writableFinished) this.#takes();
    this.tell((observer) => observer.over(response.writableFinished ? undefined : whoCut(request, response)));
    // A request outlives its response while its body is incomplete; then only the end of the connection ends it.
    if (isSettled(request)) return this.#settle();
    const settle = (): void => {
      if (!isSettled(request)) return;
      unwatch();
      this.#settle();
    };
    request.once('end', settle);
    const unwatch = whenClosed(request.socket, settle);
  }

  #takes(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.tell((observer) => observer.taking(true));
  }

  #settle(): void {
    this.tell((observer) => observer.gone());
    this.#gone = true;
  }
}

/** Whether nothing more of a request can arrive. */
function isSettled(request: IncomingMessage): boolean {
  return request.complete || request.destroyed || request.socket.destroyed;
}

const CALLBACKS = Symbol('callbacks');
type Connection = Socket & { [CALLBACKS]?: Set<() => void> };

/**
 * Calls back at the end of a connection. One listener serves all requests on it: Node takes a listener per pipelined
 * request for a leak.
 *
 * @returns Takes the callback back.
 */
function whenClosed(socket: Connection, callback: () => void): () => void {
  const known = socket[CALLBACKS];
  const callbacks = (socket[CALLBACKS] ??= new Set());
  if (known === undefined) socket.once('close', () => callbacks.forEach((each) => each()));
  callbacks.add(callback);
  return () => void callbacks.delete(callback);
}

/** Node pushes each piece when it arrives, before any reader. */
function push(this: Watched<IncomingMessage>, piece: unknown, encoding?: BufferEncoding): boolean {
  const watch = this[WATCH]!;
  if (piece === null) watch.tell((observer) => observer.whole());
  else if (Buffer.isBuffer(piece)) watch.tell((observer) => observer.piece(piece));
  else if (piece instanceof Uint8Array) watch.tell((observer) => observer.piece(Buffer.from(piece)));
  else if (typeof piece === 'string') watch.tell((observer) => observer.piece(Buffer.from(piece, encoding)));
  return watch.push(piece, encoding);
}

function writeHead(this: Watched<ServerResponse>, status: number, ...rest: unknown[]): ServerResponse {
  const watch = this[WATCH]!;
  const retryAfter = retryAfterIn(rest.at(-1)) ?? this.getHeader('retry-after');
  watch.tell((observer) => observer.head(status, retryAfter));
  return watch.writeHead(status, ...rest);
}

function write(this: Watched<ServerResponse>, piece: unknown, ...rest: unknown[]): boolean {
  const watch = this[WATCH]!;
  watch.sent(textOf(piece), false);
  const room = watch.write(piece, ...rest);
  if (!room) watch.full();
  return room;
}

function end(this: Watched<ServerResponse>, piece?: unknown, ...rest: unknown[]): ServerResponse {
  const watch = this[WATCH]!;
  const text = textOf(piece);
  const at = watch.holdDoneMs === 0 ? -1 : text.lastIndexOf('data: [DONE]');
  if (at === -1) {
    watch.sent(text, true);
    return watch.end(piece, ...rest);
  }
  const encoding = typeof piece === 'string' ? 'utf8' : 'latin1';
  if (at > 0) this.write(text.slice(0, at), encoding);
  const held = setTimeout(() => {
    watch.sent(text.slice(at), true);
    watch.end(text.slice(at), encoding, ...rest.filter((given) => typeof given === 'function'));
  }, watch.holdDoneMs);
  this.once('close', () => clearTimeout(held));
  return this;
}

function closed(this: ServerResponse): void {
  (this as Watched<ServerResponse>)[WATCH]!.over();
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

const LF = 0x0a;
const DATA = 'data:';
const FINISH = /"finish_reason":"(\w+)"/;

/**
 * Gives what the `data:` lines say when they are whole, wherever the writes cut them. Of another line no more than its
 * front is kept.
 */
class FrameReader {
  #begun = '';

  /** What the text completes; undefined when that is nothing. */
  read(text: string, last: boolean): Frames | undefined {
    if (this.#begun === '' && text.endsWith('\n') && !text.includes('\r')) return framesIn(text);
    // An answer that is no stream is one line, or a few.
    if (this.#begun === '' && last && !text.includes(DATA)) return undefined;
    const lines = text.split(/\r\n|\n|\r/);
    if (last) lines.push('');
    const whole: string[] = [];
    for (const [at, line] of lines.entries()) {
      if (this.#begun.length < DATA.length || this.#begun.startsWith(DATA)) this.#begun += line;
      if (at === lines.length - 1) break;
      if (this.#begun.startsWith(DATA)) whole.push(this.#begun);
      this.#begun = '';
    }
    return whole.length > 0 ? framesIn(`${whole.join('\n')}\n`) : undefined;
  }
}

/** What whole lines that end with LF say. Without splitting them: a stream is mostly of this form. */
function framesIn(text: string): Frames {
  let chunks = 0;
  let done = false;
  for (let from = 0; from < text.length; from = text.indexOf('\n', from) + 1) {
    // Every second line is blank.
    if (text.charCodeAt(from) === LF || !text.startsWith(DATA, from)) continue;
    if (text.startsWith('data: [DONE]\n', from) || text.startsWith('data:[DONE]\n', from)) done = true;
    else chunks += 1;
  }
  return { chunks, done, finishReason: finishReasonIn(text) };
}

/** That of the last line that has one. In a text of the answer the quotes would be escaped. */
function finishReasonIn(text: string): string | undefined {
  // Forwards first, because most texts have none, and looking backwards takes several times as long.
  if (!text.includes('"finish_reason":"')) return undefined;
  for (let at = text.lastIndexOf('"finish_reason":"'); at !== -1;) {
    const from = text.lastIndexOf('\n', at) + 1;
    const found = text.startsWith(DATA, from) ? FINISH.exec(text.slice(from, text.indexOf('\n', at))) : null;
    if (found !== null) return found[1];
    at = from === 0 ? -1 : text.lastIndexOf('"finish_reason":"', from - 1);
  }
  return undefined;
}
