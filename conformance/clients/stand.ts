/**
 * The server of one run: a port of its own on loopback that records every request, and answers as a reference does,
 * unless the trial says otherwise.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Reference } from '../../reference/index.ts';
import { DATA, framed, framesIn, type Piece } from './framing.ts';

/** An answer, piece by piece: each is written when the one before it is flushed. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: those of an event stream. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces: Iterable<Piece>;
  /**
   * How it ends: `end` as HTTP has it, `close` by the end of the connection that delimits it, `cut` and `reset` before
   * HTTP's end, `hang` never. Of `silent` nothing comes, not even a status, of `refused` neither, and the connection is
   * reset. Default: `end`.
   */
  readonly ending?: 'end' | 'close' | 'cut' | 'reset' | 'hang' | 'silent' | 'refused';
}

/** What the reference answered. */
export interface Faithful {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The data of each event, when it is a stream. */
  readonly events: readonly string[];
}

/** A request as it came, and what became of it. Times are in ms of `performance.now()`. */
export interface Seen {
  readonly arrived: number;
  readonly method: string;
  readonly url: string;
  /** Names in lower case, in the order in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: Body | undefined;
  /** When the last piece was written. */
  answered?: number;
  /** When the client closed the connection before the answer had ended. */
  left?: number;
}

/** What of a request's body is looked at; any of it may be missing or of another type. */
export interface Body {
  readonly model?: unknown;
  readonly stream?: unknown;
  readonly user?: unknown;
  readonly messages?: unknown;
  readonly tools?: unknown;
  readonly [name: string]: unknown;
}

/** Answers the `at`-th call of the endpoint, from 0 on; undefined: as the reference. */
export type Answering = (seen: Seen, at: number, faithful: Faithful) => Answer | undefined;

/** The path that a client is expected to call. */
export const ENDPOINT = '/v1/chat/completions';
/** Longest request that is read, in bytes. */
const LONGEST = 32 * 1024 * 1024;
/** Most requests of one run; what comes after them is refused by closing. */
export const MOST = 200;
/** Headers of a request that concern the client's own connection. */
export const NOT_PASSED: readonly string[] = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'keep-alive',
  'accept-encoding',
];
/** Time for the client to read what was flushed before a reset discards it, in ms. */
const READ_MS = 20;

export class Stand implements AsyncDisposable {
  /** Every request in the order of arrival. */
  readonly seen: Seen[] = [];
  #active = performance.now();
  /** How many answers are being made or written. */
  #busy = 0;
  /** Resolves when the first answer that hangs has begun to hang. */
  readonly hanging: Promise<void>;
  readonly #hangs: () => void;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #reference: Pick<Reference, 'url'>;
  readonly #answering: Answering;
  readonly #closed = new AbortController();

  constructor(reference: Pick<Reference, 'url'>, answering: Answering) {
    this.#reference = reference;
    this.#answering = answering;
    const hanging = Promise.withResolvers<void>();
    this.hanging = hanging.promise;
    this.#hangs = hanging.resolve;
  }

  /** Whether an answer is being made or written. */
  get busy(): boolean {
    return this.#busy > 0;
  }

  /** When the server last did something; now, while it does. */
  get active(): number {
    return this.busy ? performance.now() : this.#active;
  }

  /** Listens; resolves to the address, without a path. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#busy += 1;
    try {
      if (this.seen.length >= MOST) return void request.socket.destroy();
      const arrived = performance.now();
      const body = await bodyOf(request);
      const seen = seenIn(request, body, arrived);
      this.seen.push(seen);
      response.once('close', () => {
        if (!response.writableFinished && seen.answered === undefined) seen.left = performance.now();
      });
      const faithful = await this.#asked(seen);
      const calls = this.seen.filter(isCall);
      const answer = (isCall(seen) ? this.#answering(seen, calls.length - 1, faithful) : undefined) ?? {
        status: faithful.status,
        headers: faithful.headers,
        pieces: faithful.events.length > 0 ? framed(faithful.events) : [faithful.body],
      };
      await this.#write(answer, seen, response);
    } catch {
      // The client left, or sent more than is read: what it did is recorded.
      request.socket.destroy();
    } finally {
      this.#busy -= 1;
      this.#active = performance.now();
    }
  }

  async #asked({ method, url, headers, body }: Seen): Promise<Faithful> {
    const passed = headers.filter(([name]) => !NOT_PASSED.includes(name));
    const response = await fetch(new URL(url, this.#reference.url), {
      method,
      headers: passed.map(([name, value]): [string, string] => [name, value]),
      ...(['GET', 'HEAD'].includes(method) ? {} : { body }),
      signal: this.#closed.signal,
    });
    const text = await response.text();
    const kept = [...response.headers].filter(
      ([name]) => !['connection', 'content-length', 'transfer-encoding', 'keep-alive', 'date'].includes(name),
    );
    return { status: response.status, headers: Object.fromEntries(kept), body: text, events: framesIn(text) };
  }

  async #write(
    { status = 200, headers = DATA, pieces, ending = 'end' }: Answer,
    seen: Seen,
    response: ServerResponse,
  ): Promise<void> {
    if (ending === 'silent') return this.#hangs();
    if (ending === 'refused') {
      seen.answered = performance.now();
      return void response.socket?.resetAndDestroy();
    }
    response.useChunkedEncodingByDefault = ending !== 'close';
    if (ending === 'close') response.shouldKeepAlive = false;
    response.socket?.setNoDelay(true);
    response.writeHead(status, headers);
    response.flushHeaders();
    for (const piece of pieces) {
      if (response.destroyed) return;
      if (typeof piece === 'number') await wait(piece, undefined, { signal: this.#closed.signal });
      else {
        // A turn of the loop in between, so that a reader may get each by itself.
        await new Promise<void>((resolve) => response.write(piece, () => setImmediate(resolve)));
      }
    }
    if (response.destroyed) return;
    if (ending === 'hang') return this.#hangs();
    seen.answered = performance.now();
    if (ending === 'end' || ending === 'close') return void response.end();
    await wait(READ_MS);
    if (ending === 'reset') response.socket?.resetAndDestroy();
    else response.socket?.destroySoon();
  }
}

/** Whether a request is a call of the endpoint. */
export function isCall({ method, url }: Seen): boolean {
  return method === 'POST' && url.split('?')[0] === ENDPOINT;
}

function seenIn({ method = '', url = '', rawHeaders }: IncomingMessage, body: string, arrived: number): Seen {
  const headers: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) headers.push([rawHeaders[at]!.toLowerCase(), rawHeaders[at + 1]!]);
  return { arrived, method, url, headers, body, json: jsonIn(body) };
}

function jsonIn(text: string): Body | undefined {
  try {
    const json = JSON.parse(text) as unknown;
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Body) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The body of a request.
 *
 * @throws {Error} when it is longer than is read, or the client leaves.
 */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > LONGEST) throw new Error('too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
