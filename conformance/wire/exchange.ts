/**
 * One request and its response as bytes with arrival times. The recorder sits between the SDK and the network, so that
 * what the SDK parsed can be compared with what was sent.
 */
import { BEGINNING, Excess, Meter, tooLate, type Bounds } from './bounds.ts';
import { metered } from './fetch.ts';

/** Bytes as they arrived, `at` ms after the request began. */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * How the response ended: `complete`, `cut` (the connection broke), `left` (the suite disconnected), `open` (unfinished
 * when the time limit expired), or `over` (more bytes or frames than the limit; only its beginning is kept).
 */
export type End = 'complete' | 'cut' | 'left' | 'open' | 'over';

/** A request as sent, and its response as received. Header values are not redacted. */
export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string | undefined;
  };
  /** When the request began, in ms since 1970, by our clock. */
  readonly beganAt: number;
  readonly status: number;
  readonly headers: Headers;
  /** When the status and the headers arrived, in ms after the request began. */
  readonly headersAt: number;
  readonly pieces: readonly Piece[];
  readonly end: End;
  /** The limit that was exceeded, for a message; present when `end` is `open` or `over`. */
  readonly bound?: string;
  /** In ms after the request began. */
  readonly endedAt: number;
  /** Of a raw connection: the version of the request, and the status line. */
  readonly raw?: { readonly version: '1.0' | '1.1'; readonly line: string };
  /**
   * The response body as text; invalid UTF-8 becomes U+FFFD.
   *
   * @throws {Excess} when `end` is `over`.
   */
  readonly body: string;
}

/** `fetch` with a URL as text. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One client's view of the recorder. Concurrent clients take one each. */
export interface Listener {
  readonly fetch: Fetch;
  /** Resolves with the exchange of this client's last request once its response has ended. */
  last(): Promise<Exchange>;
}

/** Records exchanges; see `recorder`. */
export interface Recorder {
  listener(): Listener;
  /** All exchanges that have ended, in the order in which they began. */
  exchanges(): readonly Exchange[];
}

/**
 * Records every exchange that goes through `send`.
 *
 * @param bounds limits of each exchange; the recorder disconnects when one is exceeded.
 * @param leaving aborts all exchanges in flight.
 */
export function recorder(send: Fetch, bounds: Bounds, leaving?: AbortSignal): Recorder {
  const recordings: Recording[] = [];
  return {
    listener() {
      let mine: Recording | undefined;
      return {
        async fetch(url, init) {
          mine = new Recording(url, init);
          recordings.push(mine);
          return mine.begin(send, init, bounds, leaving);
        },
        async last() {
          if (!mine) throw new Error('Failed to read the wire: no request was sent.');
          return mine.ended;
        },
      };
    },
    exchanges: () => recordings.flatMap(({ exchange }) => exchange ?? []),
  };
}

class Recording {
  readonly ended: Promise<Exchange>;
  exchange: Exchange | undefined;
  readonly #request: Exchange['request'];
  readonly #began = performance.now();
  readonly #beganAt = Date.now();
  readonly #pieces: Piece[] = [];
  readonly #settle: { resolve: (exchange: Exchange) => void; reject: (reason: unknown) => void };

  constructor(url: string, init: RequestInit) {
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
    this.ended = promise;
    // The exchange of a failed request may never be read: no unhandled rejection then.
    promise.catch(() => {});
    this.#settle = { resolve, reject };
    this.#request = {
      method: init.method ?? 'GET',
      url,
      headers: [...new Headers(init.headers)],
      body: typeof init.body === 'string' ? init.body : init.body ? '(a stream)' : undefined,
    };
  }

  async begin(send: Fetch, init: RequestInit, bounds: Bounds, leaving?: AbortSignal): Promise<Response> {
    const bound = new AbortController();
    let begun = false;
    const timer = setTimeout(() => bound.abort(tooLate(bounds, begun)), bounds.patience);
    const meter = new Meter(bounds);
    const signal = AbortSignal.any([init.signal, leaving, bound.signal].filter((one) => one instanceof AbortSignal));
    try {
      const response = await send(this.#request.url, {
        ...init,
        signal,
        ...metered(meter, (excess) => bound.abort(excess)),
      });
      begun = true;
      const headersAt = this.#now();
      const end = (how: End | Excess): void => {
        clearTimeout(timer);
        this.#finish(response, headersAt, how);
      };
      if (!response.body) {
        end('complete');
        return response;
      }
      const body = this.#pump(response.body, signal, meter, end);
      return new Response(body, {
        status: response.status,
        statusText: response.statusText,
        headers: response.headers,
      });
    } catch (cause) {
      clearTimeout(timer);
      this.#settle.reject(cause);
      throw cause;
    }
  }

  /** Reads at the pace of the network, however slowly the copy is consumed: arrival times are those of the wire. */
  #pump(
    body: ReadableStream<Uint8Array>,
    signal: AbortSignal,
    meter: Meter,
    end: (end: End | Excess) => void,
  ): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    let left = false;
    return new ReadableStream<Uint8Array>({
      start: (copy) => {
        const leaveFor = (reason: unknown): void => {
          left = true;
          end(reason instanceof Excess ? reason : 'left');
          copy.error(reason);
          reader.cancel(reason).catch(() => {});
        };
        const leave = (): void => leaveFor(signal.reason);
        if (signal.aborted) return leave();
        signal.addEventListener('abort', leave, { once: true });
        const read = async (): Promise<void> => {
          try {
            for (;;) {
              const { done, value } = await reader.read();
              if (left) return;
              if (done) break;
              this.#pieces.push({ at: this.#now(), bytes: value });
              meter.decoded(value);
              copy.enqueue(value);
            }
            end('complete');
            copy.close();
          } catch (cause) {
            if (left) return;
            if (cause instanceof Excess) return leaveFor(cause);
            end('cut');
            copy.error(cause);
          } finally {
            signal.removeEventListener('abort', leave);
          }
        };
        void read();
      },
      cancel: async (reason) => {
        left = true;
        end('left');
        await reader.cancel(reason);
      },
    });
  }

  #finish(response: Response, headersAt: number, ended: End | Excess): void {
    if (this.exchange) return;
    const excess = ended instanceof Excess ? ended : undefined;
    const end = ended instanceof Excess ? ended.end : ended;
    const pieces = end === 'over' ? beginning(this.#pieces.splice(0)) : this.#pieces;
    let body: string | undefined;
    this.exchange = {
      request: this.#request,
      beganAt: this.#beganAt,
      status: response.status,
      headers: response.headers,
      headersAt,
      pieces,
      end,
      ...(excess && { bound: excess.bound }),
      endedAt: this.#now(),
      get body() {
        if (excess && end === 'over') throw excess;
        return (body ??= textIn(pieces));
      },
    };
    this.#settle.resolve(this.exchange);
  }

  #now(): number {
    return performance.now() - this.#began;
  }
}

/** The bytes of all pieces as one array. */
export function joined(pieces: readonly Piece[]): Uint8Array {
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

/** The received body bytes as text; invalid UTF-8 becomes U+FFFD. */
export function textIn(pieces: readonly Piece[]): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(joined(pieces));
}

/** A copy of the first bytes, so that the others can be freed. */
function beginning(pieces: readonly Piece[]): Piece[] {
  let room = BEGINNING;
  const kept: Piece[] = [];
  for (const { at, bytes } of pieces) {
    if (room === 0) break;
    kept.push({ at, bytes: bytes.slice(0, room) });
    room -= kept.at(-1)!.bytes.length;
  }
  return kept;
}

/** The same exchange with only the beginning of its response, for a transcript. */
export function shortened(exchange: Exchange): Exchange {
  const { request, beganAt, status, headers, headersAt, end, bound, endedAt, raw } = exchange;
  const pieces = beginning(exchange.pieces);
  return {
    request,
    beganAt,
    status,
    headers,
    headersAt,
    pieces,
    end,
    ...(bound !== undefined && { bound }),
    endedAt,
    ...(raw && { raw }),
    get body() {
      return textIn(pieces);
    },
  };
}
