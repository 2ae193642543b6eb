/** Secrets that are split over the frames of a stream: complete only when the frames' texts are joined. */

import type { Span } from './needles.ts';
import { MASK } from './decoding.ts';

/** The depth in a frame's JSON below which texts are ignored. */
const DEEPEST = 16;

/** Masks the frames of a stream that contain a part of a split secret; other text is unchanged. */
export function tornIn(text: string, find: (joined: string) => readonly Span[]): string {
  if (!text.includes('data:')) return text;
  const lines = text.split(/(\r\n|\n|\r)/);
  const data = lines.flatMap((line, at) => (line.startsWith('data:') ? [at] : []));
  if (data.length < 2) return text;
  const torn = tornAmong(
    data.map((at) => lines[at]!.slice('data:'.length).replace(/^ /, '')),
    find,
  );
  for (const index of torn) lines[data[index]!] = `data: ${MASK}`;
  return lines.join('');
}

/**
 * Which of the frames, by their index, hold a piece of a secret that only several of them together spell: as they are
 * joined, or as what they say in one place of their JSON is.
 */
export function tornAmong(frames: readonly string[], find: (joined: string) => readonly Span[]): Set<number> {
  const places = new Map<string, { frame: number; text: string }[]>();
  frames.forEach((text, frame) => {
    for (const [place, said] of saidIn(text)) {
      const there = places.get(place) ?? [];
      there.push({ frame, text: said });
      places.set(place, there);
    }
  });
  const torn = new Set<number>();
  for (const pieces of places.values()) {
    if (pieces.length < 2) continue;
    const spans = find(pieces.map(({ text }) => text).join('')).toSorted((one, other) => one[0] - other[0]);
    let first = 0;
    let begin = 0;
    for (const [from, to] of spans) {
      while (begin + pieces[first]!.text.length <= from) begin += pieces[first++]!.text.length;
      // What one frame holds alone is masked where it stands.
      if (begin + pieces[first]!.text.length >= to) continue;
      for (let at = first, reached = begin; reached < to; reached += pieces[at++]!.text.length) {
        if (pieces[at]!.text !== '') torn.add(pieces[at]!.frame);
      }
    }
  }
  return torn;
}

/** The texts of a frame, each with its place in the JSON; the frame itself when it is none. */
function saidIn(frame: string): [place: string, text: string][] {
  let json: unknown;
  try {
    json = JSON.parse(frame);
  } catch {
    // It is text.
  }
  // A part of a text may be a JSON number.
  if (typeof json !== 'object' || json === null) return [['', frame]];
  const said: [string, string][] = [];
  const left: { place: string; value: unknown; depth: number }[] = [{ place: '.', value: json, depth: 0 }];
  while (left.length > 0) {
    const { place, value, depth } = left.pop()!;
    if (typeof value === 'string' || typeof value === 'number') said.push([place, String(value)]);
    if (typeof value !== 'object' || value === null || depth === DEEPEST) continue;
    for (const [name, one] of Object.entries(value))
      left.push({ place: `${place}/${name}`, value: one, depth: depth + 1 });
  }
  return said;
}
