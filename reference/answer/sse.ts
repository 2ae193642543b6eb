/**
 * Server-sent events, and the only writer of `data:`. A frame is `data: `, one line of JSON, and a blank line. JSON
 * escapes line ends, so no text can break a frame.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import type { ServerResponse } from 'node:http';
import type { Behaviour } from '../editions/editions.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  Connection: 'keep-alive',
} as const;

/**
 * Sends status and headers of a stream. No other place sets them, so a fault changes the body only.
 *
 * @param headers Sent in addition to the stream's own.
 */
export function begin(response: ServerResponse, headers: Behaviour['headers']): void {
  response.writeHead(200, { ...headers, ...HEADERS });
}

/** Pending frames of this many characters are written at once. */
const ENOUGH = 16 * 1024;

/**
 * A stream of JSON frames. Socket writes are its main cost, so the frames of one tick share a write: a frame waits for
 * those that follow without an asynchronous wait, and for nothing else.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #headers: Behaviour['headers'];
  readonly #json: (value: object) => string;
  #ready = '';

  /**
   * @param headers Sent in addition to the stream's own.
   * @param json The serializer. Default: `JSON.stringify`.
   */
  constructor(
    response: ServerResponse,
    headers: Behaviour['headers'],
    json: (value: object) => string = JSON.stringify,
  ) {
    this.#response = response;
    this.#headers = headers;
    this.#json = json;
  }

  /** Sends status 200, the headers and, in the same write, the first frame when there is one. */
  open(first?: object): void {
    begin(this.#response, this.#headers);
    if (first === undefined) this.#response.flushHeaders();
    else this.#add(first);
  }

  /**
   * Sends a frame. Returns a promise when the socket buffer is full; it resolves on drain, or when the client has left.
   */
  send(value: object): Promise<void> | undefined {
    this.#add(value);
    return this.#response.writableNeedDrain ? drained(this.#response) : undefined;
  }

  /** Sends the sentinel `[DONE]` and ends the response. */
  end(): void {
    const rest = this.#ready;
    this.#ready = '';
    this.#response.end(rest + frame('[DONE]'));
  }

  #add(value: object): void {
    // A tick runs after the pending promises, so all frames that the run has ready are in `#ready` by then.
    if (this.#ready === '') process.nextTick(() => this.#write());
    this.#ready += frame(this.#json(value));
    if (this.#ready.length >= ENOUGH) this.#write();
  }

  #write(): void {
    const ready = this.#ready;
    this.#ready = '';
    if (ready !== '' && !this.#response.destroyed) this.#response.write(ready);
  }
}

/** Resolves when the response can take more bytes, or the client has left. */
export async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

/** One frame. `data` must not contain a line end. */
export function frame(data: string): string {
  return `data: ${data}\n\n`;
}
