/** Finds the known word that a misspelt one was meant to be. */

/** How many letters may differ. */
const MAX_DISTANCE = 2;
/** Longer words have no suggestion; this also bounds the cost, which is quadratic in the length. */
const MAX_LENGTH = 40;

/** The known word with the smallest edit distance; undefined when none is within `MAX_DISTANCE`. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const near = known.map((one) => ({ one, away: distance(word, one) })).toSorted((a, b) => a.away - b.away)[0];
  return near !== undefined && near.away <= MAX_DISTANCE && near.away < word.length ? near.one : undefined;
}

/** The Levenshtein distance: letters to insert, delete or substitute. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [at, letter] of from.split('').entries()) {
    const next = [at + 1];
    for (const [j, other] of to.split('').entries()) {
      const exchanged = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(exchanged, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
