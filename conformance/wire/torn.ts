/** Secrets split across the frames of a stream: complete only when the texts of several frames are joined. */
import type { Span } from './needles.ts';

/** Deepest level of a frame's JSON that is searched. */
const DEEPEST = 16;

/**
 * Indexes of the frames that hold a piece of a secret which only several frames together spell: when the frames are
 * joined, or when the texts at one path of their JSON are.
 *
 * @param find the spans of secrets in the joined text.
 */
export function tornAmong(frames: readonly string[], find: (joined: string) => readonly Span[]): Set<number> {
  const places = new Map<string, { frame: number; text: string }[]>();
  frames.forEach((text, frame) => {
    for (const [place, piece] of textsOf(text)) {
      const there = places.get(place) ?? [];
      there.push({ frame, text: piece });
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
      // A secret within one frame is masked there.
      if (begin + pieces[first]!.text.length >= to) continue;
      for (let at = first, reached = begin; reached < to; reached += pieces[at++]!.text.length) {
        if (pieces[at]!.text !== '') torn.add(pieces[at]!.frame);
      }
    }
  }
  return torn;
}

/** The texts of a frame, each with its path in the JSON; the frame itself when it is no JSON. */
function textsOf(frame: string): [place: string, text: string][] {
  let json: unknown;
  try {
    json = JSON.parse(frame);
  } catch {
    // The frame is plain text.
  }
  // A piece of text may happen to be a JSON number.
  if (typeof json !== 'object' || json === null) return [['', frame]];
  const texts: [string, string][] = [];
  const left: { place: string; value: unknown; depth: number }[] = [{ place: '.', value: json, depth: 0 }];
  while (left.length > 0) {
    const { place, value, depth } = left.pop()!;
    if (typeof value === 'string' || typeof value === 'number') texts.push([place, String(value)]);
    if (typeof value !== 'object' || value === null || depth === DEEPEST) continue;
    for (const [name, one] of Object.entries(value))
      left.push({ place: `${place}/${name}`, value: one, depth: depth + 1 });
  }
  return texts;
}
