/** Where in a JSON text a value stands, so that what is wrong with it can be named by its line. */

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+)/gy;

/**
 * The line, from 1 on, of the value at `path`, or of what is nearest to it.
 *
 * @param text Sound JSON.
 */
export function lineOf(text: string, path: readonly PropertyKey[]): number {
  const tokens = text.matchAll(TOKEN);
  let line = 1;
  let seen = 0;
  const next = (): string => {
    const { value } = tokens.next();
    const token = value?.[1] ?? '';
    const start = value === undefined ? text.length : value.index + value[0].length - token.length;
    for (; seen < start; seen++) if (text[seen] === '\n') line += 1;
    return token;
  };

  /** Whether the place was found, in the value that begins with `token`. */
  function find(token: string, rest: readonly PropertyKey[] | undefined): boolean {
    if (rest?.length === 0) return true;
    if (token !== '{' && token !== '[') return false;
    const here = line;
    for (let at = 0, inner = next(); inner !== '}' && inner !== ']' && inner !== ''; inner = next()) {
      if (inner === ',') continue;
      let key: PropertyKey = at++;
      if (token === '{') {
        key = JSON.parse(inner) as string;
        next();
        inner = next();
      }
      const [wanted, ...deeper] = rest ?? [];
      if (find(inner, key === wanted ? deeper : undefined)) return true;
    }
    // It is missing: the value that should have it is the place.
    if (rest !== undefined) line = here;
    return rest !== undefined;
  }

  find(next(), path);
  return line;
}
