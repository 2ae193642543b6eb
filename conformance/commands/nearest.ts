/** Finds the known word that a misspelt one was meant to be. */

/** A longer word gets no suggestion; this also bounds the cost, which is quadratic in the length. */
const MOST_LETTERS = 60;

/** "Did you mean X?" for the known word that is nearest to a misspelt one; '' when none is near. */
export function meant(word: string, known: readonly string[]): string {
  if (word.length > MOST_LETTERS) return '';
  // A third of the letters may differ: in a longer word more of them are misspelt.
  const most = Math.max(1, Math.floor(word.length / 3));
  const [near] = known
    .map((one) => ({ one, away: distance(word, one) }))
    .filter(({ away }) => away <= most)
    .toSorted((a, b) => a.away - b.away);
  return near === undefined ? '' : `Did you mean ${near.one}?`;
}

/** The Levenshtein distance: letters to insert, to delete or to replace. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [at, letter] of from.split('').entries()) {
    const next = [at + 1];
    for (const [j, other] of to.split('').entries()) {
      next.push(Math.min(row[j]! + (letter === other ? 0 : 1), row[j + 1]! + 1, next[j]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
