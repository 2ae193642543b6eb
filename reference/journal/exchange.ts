/**
 * One request and its response as the journal keeps them. Redaction, parsing and the fingerprint are done when the entry
 * is first read, because they cost more than the call: most entries are written to a file once, or are never read.
 *
 * An exchange is raw at first. Reading makes it a `JournalEntry`, which is then kept up to date until it ends. Writing
 * one that has ended and was not read leaves its JSON alone, the smallest form.
 */

import { createHash, hash, type Hash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeader } from 'node:http';
import type { Cutter } from './cut.ts';
import {
  freeze,
  identityOf,
  openEntry,
  redactedHead,
  secondsOf,
  type JournalEntry,
  type Known,
  type Note,
  type OpenEntry,
  type RequestHead,
} from './entry.ts';
import type { Frames, Observer } from './recorder.ts';
import { redactedBody, redactedValue, type Redact } from './redaction.ts';

/** The kept part of a body, in bytes. */
export const BODY_LIMIT = 256 * 1024;

/** The part of an incomplete body that enters the fingerprint, in bytes. */
const FRONT = 16 * 1024;

/** The JSON of an entry without its texts, in characters: the estimate until the JSON is made. */
const ENTRY_CHARACTERS = 700;

/** The length of a fingerprint, in hexadecimal digits. */
const FINGERPRINT = 16;

type RedactFor = (request: Pick<IncomingMessage, 'headers'>) => Redact;

/** What an exchange needs of its journal. */
export interface Keeper {
  /** The key of the fingerprints, one character per byte. It is random: a fingerprint reveals nothing of the request. */
  readonly fingerprintKey: string;
  /** In milliseconds since 1970. */
  now(): number;
  /** Adds to the weight of an exchange, in characters; a negative number takes from it. */
  weigh(exchange: Exchange, more: number): void;
  /** Called after each change of the entry, the last one included. */
  changed(exchange: Exchange): void;
  /** Called once, after the last change. */
  ended(exchange: Exchange): void;
}

/** An exchange as the journal keeps it, built while it happens. */
export class Exchange implements Observer {
  readonly number: number;
  /** The size of the entry as JSON, in characters; estimated until it ends. The journal counts it. */
  weight = 0;
  /** Whether it is in the journal still. */
  kept = true;
  readonly #keeper: Keeper;
  readonly #redactFor: RedactFor;
  /** Undefined when only `#json` is left. */
  #entry: OpenEntry | undefined;
  #json: string | undefined;
  /** Whether the entry was read: then nothing of it may stay raw. */
  #read = false;
  /** Undefined when path, query, headers and fingerprint are in the entry. */
  #request: RequestHead | undefined;
  #headInEntry = false;
  #notes: Note[] = [];
  /** The kept part of the body, one character per byte: a string needs less memory than a buffer. */
  #body = '';
  #room = BODY_LIMIT;
  #bodyState: 'coming' | 'whole' | 'broken' | 'in the entry' = 'coming';
  /** The fingerprint so far of a body of which a part is not kept. */
  #digest: Hash | undefined;
  #redact: Redact | undefined;

  constructor(head: RequestHead, known: Known, keeper: Keeper, redactFor: RedactFor) {
    const { method = '', url = '', headers } = head;
    this.number = known.number;
    this.#keeper = keeper;
    this.#redactFor = redactFor;
    this.#entry = openEntry(method, known);
    // A copy: the gateway rewrites the URL of its request.
    this.#request = { method, url, headers };
  }

  /** Whether nothing changes any more. */
  get ended(): boolean {
    return this.#entry === undefined || this.#entry.ended;
  }

  /** Whether it has ended and was neither read nor written. */
  get raw(): boolean {
    return !this.#read && this.#entry?.ended === true;
  }

  /** What a client sent and the gateway noted, as far as it is raw, in characters. */
  get rawCharacters(): number {
    return this.weight - ENTRY_CHARACTERS;
  }

  /** The size estimated from what is raw, in characters. */
  get estimate(): number {
    const { url = '', headers } = this.#request ?? { headers: {} };
    let length = ENTRY_CHARACTERS + url.length;
    for (const name in headers) length += name.length + (headers[name]?.length ?? 0) + 6;
    return length;
  }

  /** The entry: the same object each time it is read. */
  get entry(): JournalEntry {
    if (this.#read) return this.#entry!;
    this.#read = true;
    if (this.#json !== undefined) this.#entry = JSON.parse(this.#json) as OpenEntry;
    this.#json = undefined;
    const entry = this.#entry!;
    this.#fill(entry);
    if (entry.ended) this.#close(entry);
    return entry;
  }

  /** The entry as JSON. After it, an exchange that has ended and was not read keeps the JSON alone. */
  write(): string {
    if (this.#json !== undefined) return this.#json;
    const entry = this.#entry!;
    this.#fill(entry);
    const json = JSON.stringify(entry);
    if (this.#read || !entry.ended) return json;
    this.#keeper.weigh(this, json.length - this.weight);
    this.#entry = undefined;
    return (this.#json = json);
  }

  /** Adds what the gateway knows of the call. */
  note(note: Note): void {
    if (this.ended) return;
    this.#notes.push(note);
    let length = 0;
    for (const value of Object.values(note)) if (typeof value === 'string') length += value.length;
    this.#keeper.weigh(this, length);
    this.#changed();
  }

  /** Adds the status and the message of a response that Node's server or its limits wrote; earlier ones stay. */
  refused(status: number, message: string): void {
    if (this.ended) return;
    const entry = this.#entry!;
    this.#fill(entry);
    entry.status ??= status;
    entry.message ??= message;
  }

  /** Ends the entry of what could not be read as a request. */
  unreadable(status: number, message: string): void {
    const entry = this.#entry!;
    Object.assign(entry, { status, message, abortedBy: 'gateway' });
    Object.assign(entry.timings, { firstByte: 0, end: 0 });
    this.#headInEntry = true;
    this.#bodyState = 'in the entry';
    this.#request = undefined;
    this.#end(entry);
  }

  piece(bytes: Buffer): void {
    const entry = this.#entry!;
    entry.bodyBytes += bytes.length;
    if (this.#bodyState !== 'coming') return;
    if (entry.bodyBytes > BODY_LIMIT) this.#digest ??= this.#digestOfBody();
    this.#digest?.update(bytes);
    const taken = Math.min(this.#room, bytes.length);
    if (taken > 0) this.#body += bytes.toString('latin1', 0, taken);
    this.#room -= taken;
    this.#keeper.weigh(this, taken);
    // The rest of a dropped entry takes no memory while its request is on its way.
    if (!this.kept) {
      this.#digest ??= this.#digestOfBody();
      this.#body = '';
      this.#room = 0;
    }
    this.#changed();
  }

  whole(): void {
    if (this.#bodyState === 'coming') this.#bodyState = 'whole';
    this.#changed();
  }

  head(status: number, retryAfter: OutgoingHttpHeader | undefined): void {
    const entry = this.#entry!;
    entry.status = status;
    entry.retryAfter = retryAfter === undefined ? null : secondsOf(String(retryAfter), this.#keeper.now());
    entry.timings.firstByte = this.#since(entry);
    this.#changed();
  }

  frames({ chunks, done, finishReason }: Frames): void {
    const entry = this.#entry!;
    entry.chunks += chunks;
    if (done) entry.done = 'written';
    entry.finishReason = finishReason ?? entry.finishReason;
    this.#changed();
  }

  taking(takes: boolean): void {
    const entry = this.#entry!;
    entry.timings.stalled = takes ? null : (entry.timings.stalled ?? this.#since(entry));
  }

  over(cutter: Cutter | undefined): void {
    const entry = this.#entry!;
    entry.timings.end = this.#since(entry);
    if (cutter === undefined && entry.done === 'written') entry.done = 'delivered';
    const faulty = entry.fault !== null || this.#notes.some(({ fault }) => fault !== undefined);
    entry.abortedBy = cutter === 'gateway' && faulty ? 'fault' : (cutter ?? null);
    this.#changed();
  }

  gone(): void {
    if (this.#bodyState === 'coming') this.#bodyState = 'broken';
    this.#end(this.#entry!);
  }

  #end(entry: OpenEntry): void {
    entry.ended = true;
    if (this.#read) this.#close(entry);
    this.#keeper.changed(this);
    this.#keeper.ended(this);
  }

  #changed(): void {
    if (this.#read) this.#fill(this.#entry!);
    this.#keeper.changed(this);
  }

  /** From now on the entry does not change. */
  #close(entry: OpenEntry): void {
    this.#fill(entry);
    this.#keeper.weigh(this, JSON.stringify(entry).length - this.weight);
    freeze(entry);
  }

  /** Brings what is raw into the entry. */
  #fill(entry: OpenEntry): void {
    const request = this.#request;
    if (request === undefined && this.#notes.length === 0) return;
    const redact = (this.#redact ??= this.#redactFor({ headers: request?.headers ?? {} }));
    if (request !== undefined && !this.#headInEntry) {
      Object.assign(entry, redactedHead(request, redact));
      this.#headInEntry = true;
    }
    const fields = entry as Record<string, unknown>;
    for (const note of this.#notes) {
      // A copy of an object: the entry is frozen in the end, and the gateway's own is not the journal's to freeze.
      for (const [name, value] of Object.entries(note)) {
        fields[name] = redactedValue(
          typeof value === 'object' && value !== null ? structuredClone(value) : value,
          redact,
        );
      }
    }
    this.#notes = [];
    if (this.#bodyState === 'whole' || this.#bodyState === 'broken') this.#fillBody(entry, redact);
  }

  #fillBody(entry: OpenEntry, redact: Redact): void {
    const whole = this.#bodyState === 'whole';
    const bytes = Buffer.from(this.#body, 'latin1');
    entry.fingerprint = this.#fingerprint(bytes, whole);
    if (entry.bodyBytes > 0) {
      entry.body = redactedBody(bytes.toString(), redact, !whole || bytes.length < entry.bodyBytes);
    }
    this.#bodyState = 'in the entry';
    this.#body = '';
    this.#digest = this.#request = undefined;
  }

  #fingerprint(bytes: Buffer, whole: boolean): string {
    if (whole && this.#digest !== undefined) return this.#digest.digest('hex').slice(0, FINGERPRINT);
    // Where a refused client stops sending is chance; the front of its body is not.
    const seen = whole ? bytes : bytes.subarray(0, FRONT);
    return hash('sha256', Buffer.concat([this.#identity(), seen]), 'hex').slice(0, FINGERPRINT);
  }

  #digestOfBody(): Hash {
    return createHash('sha256').update(this.#identity()).update(this.#body, 'latin1');
  }

  #identity(): Buffer {
    return Buffer.from(this.#keeper.fingerprintKey + identityOf(this.#request!), 'latin1');
  }

  #since({ timings }: OpenEntry): number {
    return Math.max(0, this.#keeper.now() - timings.arrived);
  }
}
