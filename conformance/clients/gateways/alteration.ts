/** Whether a wrong gateway changed an exchange: many change only some calls, and a client that met none shows nothing. */
import type { fetchDirect } from '../../wire/fetch.ts';

/** How much of an answer is compared, in bytes; a longer one counts as changed. */
const MOST = 8 * 1024 * 1024;
/** Headers that the connections set. */
const OF_CONNECTION = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];

/** An answer, as far as it has come. */
class Reply {
  readonly #head: string;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;
  ended = false;

  constructor({ status, headers }: Response) {
    this.#head = JSON.stringify([status, [...headers].filter(([name]) => !OF_CONNECTION.includes(name))]);
  }

  add(piece: Uint8Array): void {
    this.#length += piece.length;
    if (this.#length <= MOST) this.#pieces.push(piece);
  }

  /** Whether this is the other answer, or its beginning where it has not ended. */
  isOf(other: Reply): boolean {
    if (this.#head !== other.#head || this.#length > MOST || (this.ended && !other.ended)) return false;
    const [own, whole] = [this, other].map((one) => Buffer.concat(one.#pieces));
    return whole!.subarray(0, this.ended ? undefined : own!.length).equals(own!);
  }
}

/** One exchange, as the client had it and as the faithful gateway did. */
export class Alteration {
  readonly #asked: string;
  readonly #heard: string[] = [];
  readonly #faithful: Reply[] = [];
  #sent: Reply | undefined;
  #cut = false;

  /** @param body of the request; '' where it has none. */
  constructor(asked: Request, body: string) {
    this.#asked = textOf(asked, body);
  }

  /** The same fetch; what the faithful gateway gets and gives is observed. */
  observing(direct: typeof fetchDirect): typeof fetchDirect {
    return async (asked, init) => {
      const request = new Request(asked);
      this.#heard.push(textOf(request, await request.clone().text()));
      const response = await direct(request, init);
      const reply = new Reply(response);
      this.#faithful.push(reply);
      if (!response.body) {
        reply.ended = true;
        return response;
      }
      const tap = new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, controller) {
          reply.add(piece);
          controller.enqueue(piece);
        },
        flush: () => void (reply.ended = true),
      });
      const { status, statusText, headers } = response;
      return new Response(response.body.pipeThrough(tap), { status, statusText, headers });
    };
  }

  /** Notes the head of what the client is given. */
  begin(response: Response): void {
    this.#sent = new Reply(response);
  }

  /** Notes a piece of what the client was given. */
  add(piece: Uint8Array): void {
    this.#sent?.add(piece);
  }

  end(): void {
    if (this.#sent) this.#sent.ended = true;
  }

  /** Notes that the gateway broke the connection. */
  cut(): void {
    this.#cut = true;
  }

  /** Whether the client or the faithful gateway got anything that the other did not give, as far as it has come. */
  get altered(): boolean {
    const [heard, ...again] = this.#heard;
    const [faithful] = this.#faithful;
    if (this.#cut || again.length > 0 || heard !== this.#asked || !faithful || !this.#sent) return true;
    return !this.#sent.isOf(faithful);
  }
}

function textOf({ method, url, headers }: Request, body: string): string {
  return JSON.stringify([method, url, [...headers].filter(([name]) => !OF_CONNECTION.includes(name)), body]);
}
