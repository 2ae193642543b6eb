/**
 * One request and its reply as bytes with arrival times. The recorder stands between the SDK and the network, so that
 * what the SDK understood can be held against what was really sent.
 */

/** Bytes as they arrived, `at` ms after the request began. */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * How the reply ended: `complete`, `cut` (the connection broke), `left` (we went away), or `open` (it was still going
 * when our patience ran out).
 */
export type End = 'complete' | 'cut' | 'left' | 'open';

export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string | undefined;
  };
  readonly status: number;
  readonly headers: Headers;
  /** When the status and the headers arrived, in ms after the request began. */
  readonly headersAt: number;
  readonly pieces: readonly Piece[];
  readonly end: End;
  /** In ms after the request began. */
  readonly endedAt: number;
  /** The reply's body as text; bytes that are no UTF-8 become U+FFFD. */
  readonly body: string;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One caller's view of the recorder; callers that work side by side take one each. */
export interface Ear {
  readonly fetch: Fetch;
  /** Resolves with the exchange of this caller's last request, when its reply has ended. */
  last(): Promise<Exchange>;
}

export interface Recorder {
  ear(): Ear;
  /** All exchanges that have ended, in the order in which they began. */
  exchanges(): readonly Exchange[];
}

/**
 * Records everything that goes through `send`.
 *
 * @param patience how long one exchange may take, in ms; then we leave and its end is `open`.
 */
export function recorder(send: Fetch, patience: number): Recorder {
  const recordings: Recording[] = [];
  return {
    ear() {
      let mine: Recording | undefined;
      return {
        async fetch(url, init) {
          mine = new Recording(url, init);
          recordings.push(mine);
          return mine.begin(send, init, patience);
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
  readonly #pieces: Piece[] = [];
  readonly #settle: { resolve: (exchange: Exchange) => void; reject: (reason: unknown) => void };

  constructor(url: string, init: RequestInit) {
    const { promise, resolve, reject } = Promise.withResolvers<Exchange>();
    this.ended = promise;
    // Nobody has to ask for the wire of a request that failed.
    promise.catch(() => {});
    this.#settle = { resolve, reject };
    this.#request = {
      method: init.method ?? 'GET',
      url,
      headers: [...new Headers(init.headers)],
      body: typeof init.body === 'string' ? init.body : init.body ? '(a stream)' : undefined,
    };
  }

  async begin(send: Fetch, init: RequestInit, patience: number): Promise<Response> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error(`no end of the reply within ${patience} ms`)), patience);
    const signals = init.signal ? [init.signal, deadline.signal] : [deadline.signal];
    try {
      const response = await send(this.#request.url, { ...init, signal: AbortSignal.any(signals) });
      const headersAt = this.#now();
      const end = (end: End): void => {
        clearTimeout(timer);
        this.#finish(response, headersAt, end);
      };
      if (!response.body) {
        end('complete');
        return response;
      }
      const body = this.#pump(
        response.body,
        AbortSignal.any(signals),
        () => (deadline.signal.aborted ? 'open' : 'left'),
        end,
      );
      return new Response(body, {
        status: response.status,
        statusText: response.statusText,
        headers: response.headers,
      });
    } catch (error) {
      clearTimeout(timer);
      this.#settle.reject(error);
      throw error;
    }
  }

  /** Reads as fast as the bytes come, whatever the pace of the one who reads the copy: arrival times are the wire's. */
  #pump(
    body: ReadableStream<Uint8Array>,
    signal: AbortSignal,
    ours: () => End,
    end: (end: End) => void,
  ): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    let left = false;
    return new ReadableStream<Uint8Array>({
      start: (copy) => {
        const leave = (): void => {
          left = true;
          end(ours());
          copy.error(signal.reason);
          reader.cancel(signal.reason).catch(() => {});
        };
        if (signal.aborted) return leave();
        signal.addEventListener('abort', leave, { once: true });
        const read = async (): Promise<void> => {
          try {
            for (;;) {
              const { done, value } = await reader.read();
              if (left) return;
              if (done) break;
              this.#pieces.push({ at: this.#now(), bytes: value });
              copy.enqueue(value);
            }
            end('complete');
            copy.close();
          } catch (error) {
            if (left) return;
            end('cut');
            copy.error(error);
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

  #finish(response: Response, headersAt: number, end: End): void {
    if (this.exchange) return;
    const pieces = this.#pieces;
    let body: string | undefined;
    this.exchange = {
      request: this.#request,
      status: response.status,
      headers: response.headers,
      headersAt,
      pieces,
      end,
      endedAt: this.#now(),
      get body() {
        return (body ??= new TextDecoder('utf-8', { ignoreBOM: true }).decode(joined(pieces)));
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
