/**
 * How each fault looks on the wire. Bytes that come before a fault are flushed first, so the client receives them.
 * Loaded only when a fault is requested; frames are still written as `sse.ts` defines them.
 */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from '../backends/fault.ts';
import type { Behaviour } from '../editions/editions.ts';
import { faultRefusal, type Refusal } from '../errors.ts';
import { cutByFault } from '../journal/cut.ts';
import { jsonBytes } from '../steps.ts';
import { beginWhole } from './completion.ts';
import { begin, frame } from './sse.ts';

/** Time for the client to read what was flushed, before a reset discards it or the next piece is written. */
const READ_MS = 20;
/** A trickle writes this many milliseconds' worth of bytes at once. */
const DROP_MS = 10;

/**
 * Waits for `lateHeaders`; then gives the refusal that replaces the response, or undefined when the fault has no
 * status.
 */
export async function refused({ lateHeaders = 0, ...fault }: Fault, signal: AbortSignal): Promise<Refusal | undefined> {
  await sleep(lateHeaders, signal);
  return fault.status === undefined ? undefined : faultRefusal(fault.status, fault.message, fault.retryAfter);
}

/** An event stream with a fault. */
export class FaultyStream {
  readonly #response: ServerResponse;
  readonly #headers: Behaviour['headers'];
  readonly #fault: Fault;
  readonly #pipe: Pipe;
  /** How many chunks a stream without a fault would have sent. */
  #chunks = 0;
  /** A chunk held back until the next one is written. */
  #late: string | undefined;
  /** Whether the fault has ended this response; nothing more is written. */
  #over = false;
  #beat: NodeJS.Timeout | undefined;

  /** @param headers Sent in addition to the stream's own. */
  constructor(response: ServerResponse, headers: Behaviour['headers'], fault: Fault, signal: AbortSignal) {
    this.#response = response;
    this.#headers = headers;
    this.#fault = fault;
    this.#pipe = new Pipe(response, fault, signal);
  }

  /** Sends status, headers and the first frame. */
  async open(first: object): Promise<void> {
    begin(this.#response, this.#headers);
    this.#response.flushHeaders();
    if (this.#fault.heartbeat !== undefined) {
      this.#beat = setInterval(() => this.#pipe.between(this.#lines(': heartbeat\n\n')), this.#fault.heartbeat);
      this.#response.once('close', () => clearInterval(this.#beat));
    }
    await this.send(first);
  }

  /**
   * Sends a frame, as the fault changes it. Resolves when its bytes are flushed, or the fault has ended the response.
   */
  async send(value: object): Promise<void> {
    const { malformed, duplicate, reorder, noFinish = false } = this.#fault;
    const at = this.#chunks;
    if (await this.#struck(at)) return;
    this.#chunks += 1;
    if (noFinish && finishes(value)) return;
    const json = JSON.stringify(value);
    const text = frame(malformed === at ? json.slice(0, json.length / 2) : json);
    if (reorder === at) return void (this.#late = text);
    await this.#write(text);
    if (duplicate === at) await this.#write(text);
    await this.#catchUp();
  }

  /** Sends the sentinel, unless the fault omits it, and ends the response. */
  async end(): Promise<void> {
    await this.#catchUp();
    if (await this.#struck(Infinity)) return;
    await this.#close();
  }

  async #catchUp(): Promise<void> {
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined && !this.#over) await this.#write(late);
  }

  /** Whether this response is over: its fault strikes at the chunk `at`, or has struck before. */
  async #struck(at: number): Promise<boolean> {
    if (this.#over) return true;
    const { error = Infinity, message = 'internal error' } = this.#fault;
    if (at >= error && Number.isFinite(error)) {
      this.#over = true;
      await this.#write(frame(JSON.stringify({ error: { message, type: 'api_error' } })));
      await this.#close();
      return true;
    }
    const strike = strikeOf(this.#fault);
    if (strike === undefined || at < strike.after) return false;
    this.#over = true;
    clearInterval(this.#beat);
    await strike.now(this.#response);
    return true;
  }

  async #close(): Promise<void> {
    clearInterval(this.#beat);
    if (this.#fault.noDone !== true) await this.#write(frame('[DONE]'));
    this.#response.end();
  }

  async #write(text: string): Promise<void> {
    await this.#pipe.write(this.#lines(this.#fault.comments === true ? `: before a chunk\n\n${text}` : text));
  }

  #lines(text: string): string {
    return this.#fault.crlf === true ? text.replaceAll('\n', '\r\n') : text;
  }
}

function finishes(value: object): boolean {
  return 'choices' in value && (value.choices as { finish_reason: string | null }[])[0]?.finish_reason != null;
}

/** Sends a response that is not a stream, with a fault; positions are counted in bytes. */
export async function sendFaulty(
  response: ServerResponse,
  headers: Behaviour['headers'],
  value: object,
  fault: Fault,
  signal: AbortSignal,
): Promise<void> {
  const json = Buffer.concat(await jsonBytes(value));
  const whole = fault.malformed === undefined ? json : json.subarray(0, json.length / 2);
  const strike = strikeOf(fault);
  const bytes = whole.subarray(0, strike?.after);
  const length = fault.end === undefined ? whole.length : bytes.length;
  beginWhole(response, headers, length);
  response.flushHeaders();
  await new Pipe(response, fault, signal).write(bytes);
  if (strike === undefined) response.end();
  else await strike.now(response);
}

interface Strike {
  /** Chunks, or bytes. */
  readonly after: number;
  now(response: ServerResponse): Promise<void>;
}

/** The part of a fault that ends a response early. All bytes before it are flushed when it strikes. */
function strikeOf({ cut, reset, end, hang }: Fault): Strike | undefined {
  if (cut !== undefined) return { after: cut, now: closed(destroy) };
  if (reset !== undefined) return { after: reset, now: closed(resetSocket) };
  if (end !== undefined) return { after: end, now: closed((response) => response.end()) };
  if (hang !== undefined) return { after: hang, now: closed(() => undefined) };
  return undefined;
}

/** Resolves when the connection is closed, by the strike or by the client. */
function closed(strike: (response: ServerResponse) => unknown): Strike['now'] {
  return async (response) => {
    if (response.closed) return;
    const gone = once(response, 'close');
    await sleep(READ_MS);
    if (!response.closed) strike(response);
    await gone;
  };
}

function destroy(response: ServerResponse): void {
  cutByFault(response);
  response.destroy();
}

function resetSocket(response: ServerResponse): void {
  cutByFault(response);
  // An in-process request has no connection to reset.
  if (response.socket instanceof Socket) response.socket.resetAndDestroy();
  else response.destroy();
}

/** Writes bytes; each piece is flushed before the next one is written. */
class Pipe {
  readonly #response: ServerResponse;
  readonly #fault: Fault;
  readonly #signal: AbortSignal;
  /** Whether a write is in progress; a heartbeat would land in the middle of it. */
  #busy = false;
  /** When the next byte of a trickle may be written, as `performance.now()`. */
  #next = 0;

  constructor(response: ServerResponse, fault: Fault, signal: AbortSignal) {
    this.#response = response;
    this.#fault = fault;
    this.#signal = signal;
  }

  async write(data: string | Buffer): Promise<void> {
    const bytes = Buffer.from(data);
    this.#busy = true;
    let first = true;
    for (const piece of this.#fault.split === true ? halves(bytes) : [bytes]) {
      if (!first) await sleep(READ_MS, this.#signal);
      first = false;
      if (this.#fault.trickle === undefined) await this.#flush(piece);
      else await this.#drip(piece, this.#fault.trickle);
    }
    this.#busy = false;
  }

  /** Writes unless a write is in progress, the client is not reading, or the connection is closed. */
  between(text: string): void {
    if (!this.#busy && !this.#response.writableNeedDrain && !this.#response.closed) this.#response.write(text);
  }

  async #drip(bytes: Buffer, perSecond: number): Promise<void> {
    const drop = Math.max(1, Math.floor((perSecond * DROP_MS) / 1000));
    this.#next = Math.max(this.#next, performance.now());
    for (let at = 0; at < bytes.length && !this.#response.closed; at += drop) {
      await sleep(this.#next - performance.now(), this.#signal);
      const piece = bytes.subarray(at, at + drop);
      await this.#flush(piece);
      this.#next += (piece.length * 1000) / perSecond;
    }
  }

  /** Resolves when the operating system has the bytes, or the connection is closed. */
  async #flush(bytes: Buffer): Promise<void> {
    const response = this.#response;
    if (response.closed || bytes.length === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    response.once('close', resolve);
    response.write(bytes, () => resolve());
    await promise;
    response.off('close', resolve);
  }
}

/** Cuts behind the first byte of every character that has more than one. */
function* halves(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at]! < 0xc0) continue;
    yield bytes.subarray(start, at + 1);
    start = at + 1;
  }
  yield bytes.subarray(start);
}

/** Resolves after `ms`; at once when `ms` is not positive; early when `signal` aborts. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
