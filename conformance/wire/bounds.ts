/**
 * How much of a gateway the suite takes, and the one place that measures it, for fetch and for the raw socket alike. A
 * gateway under judgement may send without end; what exceeds a bound is left, and the line that says so names the bound.
 */
import { Undecided } from '../undecided.ts';

const MiB = 1024 * 1024;

/** Of each exchange. */
export interface Bounds {
  /** How long it may take, in ms. Default 30 000. */
  readonly patience: number;
  /** Bytes of the reply, as received and as decoded. Default 4 MiB: the longest lawful one to the suite has 2. */
  readonly maxBytes: number;
  /** Events of a stream. Default 100 000: the longest lawful stream has 10 000. */
  readonly maxFrames: number;
}

export const BOUNDS = { patience: 30_000, maxBytes: 4 * MiB, maxFrames: 100_000 } as const satisfies Bounds;

/** How long a whole run may take, in seconds, by default. */
export const DEADLINE = 3600;

/** What is kept of a reply that exceeded a bound, in bytes of its beginning. */
export const BEGINNING = 64 * 1024;

/** A bound was exceeded: nothing that needs the whole reply can be judged. */
export class Excess extends Undecided {
  /** What was sent instead of an answer within the bound: its value and its option. */
  readonly bound: string;
  /** `open`: the time was over; `over`: there was too much. */
  readonly end: 'open' | 'over';

  constructor(bound: string, end: 'open' | 'over' = 'over') {
    super(`the gateway sent ${bound}`);
    this.name = 'Excess';
    this.bound = bound;
    this.end = end;
  }
}

/** @param begun the status and the headers had come. */
export const tooLate = ({ patience }: Bounds, begun: boolean): Excess =>
  new Excess(`${begun ? 'no end of the answer' : 'no answer'} within ${patience} ms (--timeout)`, 'open');

/** Counts one reply; the first bound that is exceeded is thrown. */
export class Meter {
  readonly #bounds: Bounds;
  #received = 0;
  #decoded = 0;
  #frames = 0;
  /** Whether the line has no character so far, and whether a CR was the last byte. */
  #blank = false;
  #cr = false;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Bytes as they came over the connection. */
  received(count: number): void {
    this.#received += count;
    this.#hold(this.#received, '');
  }

  /** Bytes of the body, without its content coding. */
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

  /** A frame ends at a blank line, one without anything too; a line ends in LF, CRLF or CR, whatever the pieces. */
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
