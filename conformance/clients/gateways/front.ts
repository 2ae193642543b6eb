/**
 * A wrong gateway over HTTP, for any client: a port of its own on loopback, a mutant of the catalogue behind it, and a
 * faithful gateway behind the mutant.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { through, type Liar } from '../../dial/mutant.ts';
import { fetchDirect } from '../../wire/fetch.ts';
import { bodyOf, MOST, NOT_PASSED } from '../stand.ts';
import { Alteration } from './alteration.ts';

/** Headers of an answer that Node sets as they are right for this connection. */
const OWN = ['connection', 'content-length', 'keep-alive', 'transfer-encoding'];

export class Front implements AsyncDisposable {
  /** When it last got a request, or wrote; in ms of `performance.now()`. */
  active = performance.now();
  readonly #exchanges: Alteration[] = [];
  readonly #liar: Liar;
  readonly #faithful: string;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** @param faithful the address of the faithful gateway, without a path. */
  constructor(liar: Liar, faithful: string) {
    this.#liar = liar;
    this.#faithful = faithful;
  }

  /** How many requests have come. */
  get requests(): number {
    return this.#exchanges.length;
  }

  /** Whether the mutant changed any exchange, as far as it has come. */
  get altered(): boolean {
    return this.#exchanges.some(({ altered }) => altered);
  }

  /** Listens; resolves to the address, without a path. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.active = performance.now();
    if (this.requests >= MOST) return void request.socket.destroy();
    const left = new AbortController();
    response.once('close', () => left.abort());
    let exchange: Alteration | undefined;
    try {
      const { method = 'GET', url = '/', headersDistinct } = request;
      const headers = Object.entries(headersDistinct)
        .filter(([name]) => !NOT_PASSED.includes(name))
        .flatMap(([name, values]) => values!.map((value): [string, string] => [name, value]));
      const body = await bodyOf(request);
      const address = new URL(url, this.#faithful).href;
      const init = { method, headers, ...(body !== '' && { body }) };
      exchange = new Alteration(new Request(address, init), body);
      this.#exchanges.push(exchange);
      const send = through(this.#liar, exchange.observing(fetchDirect));
      await this.#write(await send(address, { ...init, signal: left.signal }), exchange, response, left.signal);
    } catch {
      // The mutant throws, or breaks off what it says: so does the connection, after what was said. Or the client left.
      if (!left.signal.aborted) exchange?.cut();
      if (response.headersSent) response.socket?.destroySoon();
      else response.socket?.resetAndDestroy();
    }
  }

  async #write(given: Response, exchange: Alteration, response: ServerResponse, left: AbortSignal): Promise<void> {
    const { status, headers, body } = given;
    exchange.begin(given);
    response.socket?.setNoDelay(true);
    for (const [name, value] of headers) if (!OWN.includes(name)) response.appendHeader(name, value);
    response.writeHead(status);
    response.flushHeaders();
    const reader = body?.getReader();
    left.addEventListener('abort', () => void reader?.cancel().catch(() => undefined), { once: true });
    for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
      const { value } = read;
      // Before the write, since a client may leave as soon as it has read it.
      exchange.add(value);
      // A turn of the loop in between, so that a reader may get each piece by itself.
      await new Promise<void>((resolve) => response.write(value, () => setImmediate(resolve)));
      this.active = performance.now();
    }
    if (left.aborted) return;
    exchange.end();
    response.end();
    this.active = performance.now();
  }
}
