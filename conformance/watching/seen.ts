/** An exchange as watchers look at it: each reading of it is made once, and only when one asks for it. */

import { eventsOf, type Said, type Unjudged } from '../dial/reading.ts';
import { textIn, type Exchange } from '../wire/exchange.ts';
import { DONE, splitFrames, type Frames } from '../wire/frames.ts';

const PATH = '/v1/chat/completions';

/** Readings of one exchange. None of them throws: what cannot be read is undefined or empty. */
export class Seen {
  readonly exchange: Exchange;
  #asked: { readonly json: Unjudged } | undefined;
  #json: { readonly json: Unjudged } | undefined;
  #text: string | undefined;
  #frames: Frames | undefined;
  #events: Said[] | undefined;
  #chunks: Said[] | undefined;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  /** All of the reply came. */
  get isWhole(): boolean {
    return this.exchange.end === 'complete';
  }

  get isSuccess(): boolean {
    return this.exchange.status >= 200 && this.exchange.status < 300;
  }

  /** It is a call of the endpoint, not of another path or method. */
  get isCall(): boolean {
    const { method, url } = this.exchange.request;
    return method === 'POST' && URL.canParse(url) && new URL(url).pathname.endsWith(PATH);
  }

  /** The request's body as JSON; undefined when it is none. */
  get asked(): Unjudged {
    return (this.#asked ??= { json: parsed(this.exchange.request.body ?? '') }).json;
  }

  /** How the call wants its answer; undefined where `stream` is neither a boolean nor absent, or the body is not known. */
  get mode(): 'streamed' | 'whole' | undefined {
    const asked: unknown = this.asked;
    if (!this.isCall || typeof asked !== 'object' || asked === null || Array.isArray(asked)) return undefined;
    const { stream } = asked as { stream?: unknown };
    if (stream === true) return 'streamed';
    return stream === false || stream === undefined || stream === null ? 'whole' : undefined;
  }

  /** The media type without its parameters, in lower case; '' without one. */
  get type(): string {
    return this.exchange.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  }

  /** The reply is a stream of events, and all of it came. */
  get isStream(): boolean {
    return this.isWhole && this.isSuccess && this.type === 'text/event-stream';
  }

  /** What came of the reply's body. */
  get text(): string {
    return (this.#text ??= textIn(this.exchange.pieces));
  }

  /** The reply's body as JSON; undefined when it is none. */
  get json(): Unjudged {
    return (this.#json ??= { json: parsed(this.text) }).json;
  }

  /** The JSON of a whole answer that has choices; undefined for everything else. */
  get completion(): Unjudged {
    if (!this.isWhole || !this.isSuccess || !this.isCall || this.isStream) return undefined;
    return Array.isArray(this.json?.choices) ? this.json : undefined;
  }

  get frames(): Frames {
    return (this.#frames ??= splitFrames(this.exchange.pieces));
  }

  get events(): Said[] {
    return (this.#events ??= eventsOf(this.exchange, this.frames));
  }

  /** The objects before the sentinel, errors left out; none where the reply is no whole stream. */
  get chunks(): Said[] {
    return (this.#chunks ??= this.isStream ? chunksBefore(this.events) : []);
  }

  /** The stream tells an error. */
  get hasFailed(): boolean {
    return this.isStream && this.events.some(({ chunk }) => chunk?.error);
  }
}

function chunksBefore(events: readonly Said[]): Said[] {
  const done = events.findIndex(({ data }) => data === DONE);
  const said = done === -1 ? events : events.slice(0, done);
  return said.filter(({ chunk }) => chunk !== undefined && !chunk.error);
}

function parsed(text: string): Unjudged {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
