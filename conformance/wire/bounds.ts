/**
 * Limits on what the suite reads from a gateway, and the one place that measures them, for fetch and for the raw socket
 * alike. A gateway under judgement may send without end: a reply that exceeds a limit is abandoned, and the message names
 * the limit.
 */
import { Undecided } from '../undecided.ts';

const MiB = 1024 * 1024;

/** Limits of one exchange. */
export interface Bounds {
  /** Duration of the exchange, in ms. Default 30 000. */
  readonly patience: number;
  /** Bytes of the response, as received and as decoded. Default 4 MiB: the longest lawful one in the suite has 2 MiB. */
  readonly maxBytes: number;
  /** Events of a stream. Default 100 000: the longest lawful stream has 10 000. */
  readonly maxFrames: number;
}

/** The default limits. */
export const BOUNDS = { patience: 30_000, maxBytes: 4 * MiB, maxFrames: 100_000 } as const satisfies Bounds;

/** Default limit of a whole run, in seconds. */
export const DEADLINE = 3600;

/** Bytes kept from the start of a response that exceeded a limit. */
export const BEGINNING = 64 * 1024;

/** A limit was exceeded: no case that needs the whole response can be judged. */
export class Excess extends Undecided {
  /** What was exceeded, as text: the limit's value and its command-line option. */
  readonly bound: string;
  /** `open`: out of time; `over`: too many bytes or frames. */
  readonly end: 'open' | 'over';

  constructor(bound: string, end: 'open' | 'over' = 'over') {
    super(`the gateway sent ${bound}`);
    this.name = 'Excess';
    this.bound = bound;
    this.end = end;
  }
}

/**
 * The error for a response that took longer than `patience`.
 *
 * @param begun whether the status and the headers had arrived.
 */
export const tooLate = ({ patience }: Bounds, begun: boolean): Excess =>
  new Excess(`${begun ? 'no end of the answer' : 'no answer'} within ${patience} ms (--timeout)`, 'open');

/** Counts one response. Its methods throw an `Excess` for the first limit that is exceeded. */
export class Meter {
  readonly #bounds: Bounds;
  #received = 0;
  #decoded = 0;
  #frames = 0;
  /** Whether the current line is empty so far, and whether the last byte was a CR. */
  #blank = false;
  #cr = false;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Counts bytes as received from the connection. */
  received(count: number): void {
    this.#received += count;
    this.#hold(this.#received, '');
  }

  /** Counts bytes of the body after its content coding is undone, and the frames in them. */
  decoded(bytes: Uint8Array): void {
    this.#decoded += bytes.length;
    this.#hold(this.#decoded, this.#decoded > this.#received ? ' when decoded' : '');
    this.#countFrames(bytes);
    const { maxFrames } = this.#bounds;
    if (this.#frames > maxFrames) throw new Excess(`more than ${maxFrames} frames (--max-frames)`);
  }

  #hold(bytes: number, how: string): void {
    const { maxBytes } = this.#bounds;
    if (bytes > maxBytes) throw new Excess(`more than ${maxBytes} bytes${how} (--max-bytes)`);
  }

  /** A frame ends at a blank line, even an empty frame. A line ends in LF, CRLF or CR, however the bytes are chunked. */
  #countFrames(bytes: Uint8Array): void {
    for (const byte of bytes) {
      const continues = byte === 0x0a && this.#cr;
      this.#cr = byte === 0x0d;
      if (continues) continue;
      const ends = byte === 0x0a || byte === 0x0d;
      if (ends && this.#blank) this.#frames++;
      this.#blank = ends;
    }
  }
}
