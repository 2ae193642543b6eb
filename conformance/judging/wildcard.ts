/**
 * Whether a text is one that a pattern stands for; `*` in it stands for anything. No RegExp is made of it, because a
 * pattern is written by a user, and many `*` would take exponential time.
 */
export function fits(text: string, pattern: string): boolean {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  // The first place of each part leaves the most room for those behind it.
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
