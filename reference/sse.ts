/**
 * Server-sent events, and the only writer of `data:`. A frame is `data: `, one line of JSON, and a blank line; JSON
 * has no line ends of its own, so whatever a text holds, a frame stays a frame.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

import type { ServerResponse } from 'node:http';

export const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  Connection: 'keep-alive',
} as const;

export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Sends status 200, the headers and, in the same write, the first frame when there is one. */
  open(first?: object): void {
    this.#response.writeHead(200, HEADERS);
    if (first === undefined) this.#response.flushHeaders();
    else this.#response.write(frame(JSON.stringify(first)));
  }

  /** Sends a frame. Resolves when there is room for the next one, or nobody reads any more. */
  async send(value: object): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.write(frame(JSON.stringify(value)))) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        response.off('drain', go).off('close', go);
        resolve();
      };
      response.on('drain', go).on('close', go);
    });
  }

  /** Sends the sentinel and ends the answer; nothing comes after it. */
  end(): void {
    this.#response.end(frame('[DONE]'));
  }
}

export function frame(data: string): string {
  return `data: ${data}\n\n`;
}
