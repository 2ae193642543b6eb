/**
 * Server-sent events, and the only writer of `data:`. A frame is `data: `, one line of JSON, and a blank line; JSON
 * has no line ends of its own, so whatever a text holds, a frame stays a frame.
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
 * Begins a stream: the only place that says how.
 *
 * @param headers Sent beside a stream's own.
 */
export function begin(response: ServerResponse, headers: Behaviour['headers']): void {
  response.writeHead(200, { ...headers, ...HEADERS });
}

/** So many characters do not wait for more. */
const ENOUGH = 16 * 1024;

/**
 * Writes are what a stream costs most, so frames that are ready together share one: a frame waits for those that come
 * without anybody waiting, and for nothing else.
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #headers: Behaviour['headers'];
  readonly #json: (value: object) => string;
  #ready = '';

  /** @param headers Sent beside a stream's own. */
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

  /** Sends a frame. A promise when there is no room for the next one: it resolves when there is, or nobody reads. */
  send(value: object): Promise<void> | undefined {
    this.#add(value);
    return this.#response.writableNeedDrain ? drained(this.#response) : undefined;
  }

  /** Sends the sentinel and ends the answer; nothing comes after it. */
  end(): void {
    const rest = this.#ready;
    this.#ready = '';
    this.#response.end(rest + frame('[DONE]'));
  }

  #add(value: object): void {
    // Ticks come when no promise is left to be settled: whatever the run has to say by now has been said.
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

/** Resolves when there is room for more, or nobody reads. */
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

export function frame(data: string): string {
  return `data: ${data}\n\n`;
}
