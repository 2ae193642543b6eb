/**
 * Marks: what a prompt may say to a scripted backend, and what needs no file to be answered. They stand anywhere in a
 * text, for gateways wrap what a caller says in time stamps and in headings of their own.
 *
 * - `play:<name>` plays the reply of that name; `play:echo <<<any text>>>` says that text
 * - `Remember the code word: X` and, later, `Which code word …?`; `What did I tell you?` is answered with all of it
 * - `Which agent are you?` is answered with the agent's id alone
 * - `Count to N` is answered with the numbers from 1 to N
 * - `Say hello` is answered with a greeting
 */

/** A mark found in a text. */
export type Mark =
  | { readonly type: 'echo'; readonly payload: string }
  | { readonly type: 'play'; readonly name: string }
  | { readonly type: 'remember'; readonly word: string }
  | { readonly type: 'count'; readonly to: number }
  | { readonly type: 'which-word' }
  | { readonly type: 'which-agent' }
  | { readonly type: 'told' }
  | { readonly type: 'hello' };

// Groups have numbers and no names: an object of names for each match would cost as much as all the rest.
const NAMED = [
  String.raw`\bplay:([a-z0-9]+(?:-[a-z0-9]+)*)`,
  String.raw`\bremember (?:this|the) code word:? (\S+)`,
  String.raw`\bcount (?:from 1 )?to (\d{1,9})\b`,
  String.raw`\b(which code word)`,
  String.raw`\b(which agent are you)`,
  String.raw`\b(what did i tell you)`,
  String.raw`\b(?:say hello)`,
];
// `echo` stands first so that marks inside a payload belong to the payload. A payload ends at the last `>` of a `>>>`.
const ECHO = String.raw`\bplay:echo\s*<<<([^]*?)>>>(?!>)`;
const MARK = new RegExp([ECHO, ...NAMED].join('|'), 'gi');
// The same groups, the first of which never holds anything.
const MARK_BUT_ECHO = new RegExp([String.raw`(?!)()`, ...NAMED].join('|'), 'gi');

/** The marks in a text, in its order. */
export function marksIn(text: string): Mark[] {
  // Behind the last `>>>` no payload can end; looking for its end from each `<<<` there would cost the square.
  const last = text.lastIndexOf('>>>');
  const edge = last === -1 ? 0 : last + '>>>'.length;
  const marks: Mark[] = [];
  if (edge > 0) for (const match of text.slice(0, edge).matchAll(MARK)) marks.push(markOf(match));
  for (const match of text.slice(edge).matchAll(MARK_BUT_ECHO)) marks.push(markOf(match));
  return marks;
}

function markOf([, payload, name, word, to, whichWord, whichAgent, told]: RegExpExecArray): Mark {
  if (payload !== undefined) return { type: 'echo', payload };
  if (name !== undefined) return { type: 'play', name };
  if (word !== undefined) return { type: 'remember', word: withoutStop(word) };
  if (to !== undefined) return { type: 'count', to: Number(to) };
  if (whichWord !== undefined) return { type: 'which-word' };
  if (whichAgent !== undefined) return { type: 'which-agent' };
  return { type: told === undefined ? 'hello' : 'told' };
}

function withoutStop(word: string): string {
  let end = word.length;
  while (end > 0 && '.,!'.includes(word.charAt(end - 1))) end -= 1;
  return word.slice(0, end);
}
