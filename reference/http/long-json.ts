/**
 * JSON.parse for a long text with long strings, such as prompts. The strings are parsed one by one, in steps between
 * which other requests are served; the JSON around them is parsed at once.
 */

import { randomUUID } from 'node:crypto';
import { STEP, turn } from '../steps.ts';

/** Shorter strings are parsed with the JSON around them, in bytes. */
const LONG = 4 * 1024;

/** With more JSON than this around the strings, parsing in steps would not help, in bytes. */
const FRAME = 1024 * 1024;

/** Bytes scanned in one step. */
const SCAN = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const U = 0x75;
const COLON = 0x3a;

/**
 * Parses JSON in steps.
 *
 * @param bytes UTF-8.
 * @returns The value in an object; undefined when the text is for JSON.parse: it is not valid, has no long string, or
 * has more than 1 MiB around its long strings.
 */
export async function parseLong(bytes: Buffer): Promise<{ readonly value: unknown } | undefined> {
  const tag = randomUUID();
  const texts: string[] = [];
  const frame: Buffer[] = [];
  let copied = 0;
  try {
    for (const cuts of await longStrings(bytes)) {
      const begin = cuts[0] ?? 0;
      const end = cuts.at(-1) ?? 0;
      frame.push(bytes.subarray(copied, begin), Buffer.from(tag + texts.length));
      copied = end;
      texts.push(await textOf(bytes, cuts));
    }
    frame.push(bytes.subarray(copied));
    const whole = Buffer.concat(frame);
    if (texts.length === 0 || whole.length > FRAME) return undefined;
    const value: unknown = JSON.parse(whole.toString(), (_, part: unknown) =>
      typeof part === 'string' && part.startsWith(tag) ? texts[Number(part.slice(tag.length))] : part,
    );
    return { value };
  } catch {
    return undefined;
  }
}

/**
 * For each long string, the offsets at which it begins, may be cut, and ends, without its quotes; property names are
 * skipped.
 */
async function longStrings(bytes: Buffer): Promise<readonly (readonly number[])[]> {
  const found: number[][] = [];
  let inside = false;
  let cut = 0;
  let cuts: number[] = [];
  for (let at = 0, pause = SCAN; at < bytes.length; at++) {
    if (at >= pause) {
      pause = at + SCAN;
      await turn();
    }
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      if (inside && at - cuts[0]! > LONG && !isName(bytes, at + 1)) found.push([...cuts, at]);
      inside = !inside;
      cut = at + 1;
      cuts = [cut];
    } else if (inside) {
      // Never cut inside a UTF-8 character,
      if (at - cut >= STEP && (byte & 0xc0) !== 0x80) cuts.push((cut = at));
      // nor inside an escape sequence.
      if (byte === BACKSLASH) at += bytes[at + 1] === U ? 5 : 1;
    }
  }
  return found;
}

function isName(bytes: Buffer, behind: number): boolean {
  let at = behind;
  while (at < bytes.length && bytes[at]! <= 0x20) at += 1;
  return bytes[at] === COLON;
}

/** The text between the cuts. */
async function textOf(bytes: Buffer, cuts: readonly number[]): Promise<string> {
  const pieces: string[] = [];
  for (const [index, end] of cuts.entries()) {
    if (index === 0) continue;
    pieces.push(JSON.parse(`"${bytes.toString('utf8', cuts[index - 1], end)}"`) as string);
    await turn();
  }
  return pieces.join('');
}
