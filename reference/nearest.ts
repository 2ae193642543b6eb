/** What was meant by a word that is none of those that there are. */

/** How many letters may be wrong. */
const SLIPS = 2;
/** A longer word is no slip of any; its length must not cost either. */
const LONGEST = 40;

/** The known word that is the fewest letters away; undefined when each is too far. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const near = known.map((one) => ({ one, away: distance(word, one) })).toSorted((a, b) => a.away - b.away)[0];
  return near !== undefined && near.away <= SLIPS && near.away < word.length ? near.one : undefined;
}

/** Letters to be put in, taken out or exchanged (Levenshtein). */
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
