/**
 * Clients that repeat one request, each on its own keep-alive connection. They write prepared bytes and parse little of
 * the response, so that the measurement is that of the server.
 */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** The request, and how to verify its response. */
export interface Question {
  readonly port: number;
  /** The JSON body. */
  readonly body: string;
  readonly credential: string;
  /** The number of `data: ` in a correct response; 0 when it is not a stream. */
  readonly frames: number;
  /** A text in every correct response. */
  readonly holds: string;
}

/** A connection that receives nothing for this long is closed. */
const SILENCE_MS = 20_000;

const LAST_CHUNK = '\r\n0\r\n\r\n';

/** A number of clients. */
export class Crowd {
  readonly #clients: Client[];

  constructor(size: number, question: Question) {
    this.#clients = Array.from({ length: size }, () => new Client(question));
  }

  /** Connects all clients. */
  async open(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.open()));
  }

  /**
   * Sends the request `times` times in all, by all clients at once.
   *
   * @returns The time to the first byte of each response, in milliseconds.
   * @throws {Error} when a response is wrong or a connection is closed.
   */
  async ask(times: number): Promise<number[]> {
    let left = times;
    const waits: number[] = [];
    await Promise.all(
      this.#clients.map(async (client) => {
        while (left-- > 0) waits.push(await client.ask());
      }),
    );
    return waits;
  }

  /** Sends the request once per client, for streams that stay open. Resolves when each has sent its first event. */
  async listen(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.listen()));
  }

  /** Closes all connections. */
  close(): void {
    for (const client of this.#clients) client.close();
  }
}

class Client {
  readonly #question: Question;
  readonly #bytes: Buffer;
  #socket: Socket | undefined;
  #answer = '';
  #received: (piece: string) => void = () => undefined;
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
    socket.on('data', (piece: string) => this.#received(piece));
    socket.on('error', (cause) => this.#failed(cause));
    socket.setTimeout(SILENCE_MS, () => {
      this.#failed(new Error(`Failed to ask: expected an answer, got nothing for ${SILENCE_MS / 1_000} s.`));
      socket.destroy();
    });
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

  #exchange(received: (piece: string, resolve: (ms: number) => void) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#failed = reject;
      this.#received = (piece) => {
        try {
          received(piece, resolve);
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
