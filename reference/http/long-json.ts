/**
 * JSON.parse for a long text that holds long strings, as a prompt is: these are read by themselves, a step at a time,
 * and what is around them at once.
 */

import { randomUUID } from 'node:crypto';
import { STEP, turn } from '../steps.ts';

/** A shorter string stays in its place, in bytes. */
const LONG = 4 * 1024;

/** More than this around the strings is parsed at once whatever is done, in bytes. */
const FRAME = 1024 * 1024;

/** So many bytes are looked at in one step. */
const LOOK = 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const U = 0x75;
const COLON = 0x3a;

/**
 * @param bytes UTF-8.
 * @returns Undefined where this is not the way: it is no JSON, or too much of it is no string.
 */
export async function parseLong(bytes: Buffer): Promise<{ readonly value: unknown } | undefined> {
  const mark = randomUUID();
  const texts: string[] = [];
  const frame: Buffer[] = [];
  let copied = 0;
  try {
    for (const cuts of await longStrings(bytes)) {
      const begin = cuts[0] ?? 0;
      const end = cuts.at(-1) ?? 0;
      frame.push(bytes.subarray(copied, begin), Buffer.from(mark + texts.length));
      copied = end;
      texts.push(await textOf(bytes, cuts));
    }
    frame.push(bytes.subarray(copied));
    const whole = Buffer.concat(frame);
    if (texts.length === 0 || whole.length > FRAME) return undefined;
    const value: unknown = JSON.parse(whole.toString(), (_, part: unknown) =>
      typeof part === 'string' && part.startsWith(mark) ? texts[Number(part.slice(mark.length))] : part,
    );
    return { value };
  } catch {
    return undefined;
  }
}

/** Where each long string begins, may be cut, and ends, without its quotes; a name of a field is none. */
async function longStrings(bytes: Buffer): Promise<readonly (readonly number[])[]> {
  const found: number[][] = [];
  let inside = false;
  let cut = 0;
  let cuts: number[] = [];
  for (let at = 0, pause = LOOK; at < bytes.length; at++) {
    if (at >= pause) {
      pause = at + LOOK;
      await turn();
    }
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      if (inside && at - cuts[0]! > LONG && !isName(bytes, at + 1)) found.push([...cuts, at]);
      inside = !inside;
      cut = at + 1;
      cuts = [cut];
    } else if (inside) {
      // Not within a character of UTF-8.
      if (at - cut >= STEP && (byte & 0xc0) !== 0x80) cuts.push((cut = at));
      // Nor within an escape.
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
