/**
 * Callers that ask the same thing again and again, each on a connection of its own that is kept. They write prepared
 * bytes and look at little of what comes back, so that the server is what is measured and not they.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Question {
  readonly port: number;
  /** The JSON of the call. */
  readonly body: string;
  readonly credential: string;
  /** How often `data: ` stands in a right answer; 0 for one that is no stream. */
  readonly frames: number;
  /** What a right answer holds. */
  readonly holds: string;
}

/** Whoever is not answered for so long gives up. */
const SILENCE_MS = 20_000;

const LAST_CHUNK = '\r\n0\r\n\r\n';

export class Crowd {
  readonly #callers: Caller[];

  constructor(size: number, question: Question) {
    this.#callers = Array.from({ length: size }, () => new Caller(question));
  }

  /** Connects everybody. */
  async open(): Promise<void> {
    await Promise.all(this.#callers.map((caller) => caller.open()));
  }

  /**
   * Asks `times` in all, everybody at once.
   *
   * @returns How long the first byte of an answer took each time, in milliseconds.
   * @throws {Error} when an answer is not as it should be.
   */
  async ask(times: number): Promise<number[]> {
    let left = times;
    const waits: number[] = [];
    await Promise.all(
      this.#callers.map(async (caller) => {
        while (left-- > 0) waits.push(await caller.ask());
      }),
    );
    return waits;
  }

  /** Asks once each, for answers without an end; resolves when each of them has begun. */
  async listen(): Promise<void> {
    await Promise.all(this.#callers.map((caller) => caller.listen()));
  }

  close(): void {
    for (const caller of this.#callers) caller.close();
  }
}

class Caller {
  readonly #question: Question;
  readonly #bytes: Buffer;
  #socket: Socket | undefined;
  #answer = '';
  #heard: (piece: string) => void = () => undefined;
  #failed: (cause: Error) => void = () => undefined;

  constructor(question: Question) {
    this.#question = question;
    const { port, body, credential } = question;
    const head = [
      'POST /v1/chat/completions HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      `Authorization: Bearer ${credential}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    this.#bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  }

  async open(): Promise<void> {
    const socket = connect({ port: this.#question.port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (piece: string) => this.#heard(piece));
    socket.on('error', (cause) => this.#failed(cause));
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('close', () => this.#failed(new Error('Failed to ask: expected an answer, got a closed connection.')));
    await once(socket, 'connect');
  }

  ask(): Promise<number> {
    const start = performance.now();
    let first = 0;
    this.#answer = '';
    return this.#exchange((piece, resolve) => {
      if (this.#answer === '') first = performance.now() - start;
      this.#answer += piece;
      if (!this.#isWhole()) return;
      this.#verify();
      resolve(first);
    });
  }

  async listen(): Promise<void> {
    this.#answer = '';
    await this.#exchange((piece, resolve) => {
      this.#answer += piece;
      if (this.#answer.includes('data: ')) resolve(0);
    });
  }

  close(): void {
    this.#failed = () => undefined;
    this.#socket?.destroy();
  }

  #exchange(heard: (piece: string, resolve: (ms: number) => void) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      this.#heard = (piece) => {
        try {
          heard(piece, resolve);
        } catch (cause) {
          reject(cause as Error);
        }
      };
      this.#socket?.write(this.#bytes);
    });
  }

  #isWhole(): boolean {
    const answer = this.#answer;
    if (answer.endsWith(LAST_CHUNK)) return true;
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(answer.slice(0, 1000))?.[1];
    return length !== undefined && answer.length === answer.indexOf('\r\n\r\n') + 4 + Number(length);
  }

  #verify(): void {
    const { frames, holds } = this.#question;
    const answer = this.#answer;
    const got = answer.split('data: ').length - 1;
    if (got === frames && answer.startsWith('HTTP/1.1 200') && answer.includes(holds)) return;
    throw new Error(`Failed to ask: expected ${frames} frames, got ${got} in ${answer.slice(0, 300)}`);
  }
}
