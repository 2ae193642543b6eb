/** Ways to write an event stream, lawful and broken: from the events of a faithful one to the pieces on the wire. */

/** Text, bytes, or a pause in ms. */
export type Piece = string | Uint8Array | number;

/** The headers of an event stream. */
export const DATA: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
};
/** The headers of a whole answer. */
export const JSON_TYPE: Readonly<Record<string, string>> = { 'content-type': 'application/json; charset=utf-8' };
/** The data of the event that ends a stream. */
export const DONE = '[DONE]';

/** The data of each event of a stream that the reference wrote. */
export function framesIn(body: string): string[] {
  if (!body.startsWith('data: ')) return [];
  return body
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => frame.slice('data: '.length));
}

/** Events, each in a write of its own; `frame` writes one. */
export function framed(events: readonly string[], frame = (data: string): string => `data: ${data}\n\n`): string[] {
  return events.map((data) => frame(data));
}

/** The bytes of the text, each in a write of its own. */
export function bytewise(text: string): Uint8Array[] {
  return [...Buffer.from(text)].map((byte) => Uint8Array.of(byte));
}

/** Time in which a reader gets what was written before, in ms. */
const APART_MS = 15;

/** The text cut inside each of its first characters beyond ASCII, with a pause in every cut. */
export function split(text: string, most = 6): Piece[] {
  const bytes = Buffer.from(text);
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length && pieces.length < 2 * most; at++) {
    // A byte that continues a character.
    if ((bytes[at]! & 0xc0) !== 0x80 || at === from) continue;
    pieces.push(bytes.subarray(from, at), APART_MS);
    from = at;
    while (at + 1 < bytes.length && (bytes[at + 1]! & 0xc0) === 0x80) at++;
  }
  return [...pieces, bytes.subarray(from)];
}

/** A chunk as JSON that `change` may alter; [DONE] stays. */
export function altered(events: readonly string[], change: (chunk: Chunk, at: number) => unknown): string[] {
  return events.map((data, at) => (data === DONE ? data : JSON.stringify(change(JSON.parse(data) as Chunk, at))));
}

/** A chunk that the reference wrote. */
export interface Chunk {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: Readonly<Record<string, unknown>>;
    readonly finish_reason: string | null;
  }[];
}

/** Whether an event holds the finish reason. */
export function finishes(data: string): boolean {
  return data !== DONE && (JSON.parse(data) as Chunk).choices.some(({ finish_reason: reason }) => reason != null);
}

/** A chunk with the delta, made after the first of these events. */
export function chunkLike(events: readonly string[], delta: object, finish: string | null = null): string {
  const first = JSON.parse(events[0]!) as Chunk;
  return JSON.stringify({ ...first, choices: [{ index: 0, delta, finish_reason: finish }] });
}

/** All characters beyond ASCII as `\u` escapes. */
export function escaped(json: string): string {
  return json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
