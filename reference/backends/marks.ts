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

const NAMED = [
  String.raw`\bplay:(?<name>[a-z0-9]+(?:-[a-z0-9]+)*)`,
  String.raw`\bremember (?:this|the) code word:? (?<word>\S+)`,
  String.raw`\bcount (?:from 1 )?to (?<to>\d{1,9})\b`,
  String.raw`\b(?<whichWord>which code word)`,
  String.raw`\b(?<whichAgent>which agent are you)`,
  String.raw`\b(?<told>what did i tell you)`,
  String.raw`\b(?<hello>say hello)`,
];
// `echo` stands first so that marks inside a payload belong to the payload. A payload ends at the last `>` of a `>>>`.
const ECHO = String.raw`\bplay:echo\s*<<<(?<payload>[^]*?)>>>(?!>)`;
const MARK = new RegExp([ECHO, ...NAMED].join('|'), 'gi');
const MARK_BUT_ECHO = new RegExp(NAMED.join('|'), 'gi');

/** The marks in a text, in its order. */
export function marksIn(text: string): Mark[] {
  // Behind the last `>>>` no payload can end; looking for its end from each `<<<` there would cost the square.
  const last = text.lastIndexOf('>>>');
  const edge = last === -1 ? 0 : last + '>>>'.length;
  const behind = [...text.slice(edge).matchAll(MARK_BUT_ECHO)];
  const matches = edge === 0 ? behind : [...text.slice(0, edge).matchAll(MARK), ...behind];
  return matches.map(({ groups = {} }): Mark => {
    if (groups.payload !== undefined) return { type: 'echo', payload: groups.payload };
    if (groups.name !== undefined) return { type: 'play', name: groups.name };
    if (groups.word !== undefined) return { type: 'remember', word: withoutStop(groups.word) };
    if (groups.to !== undefined) return { type: 'count', to: Number(groups.to) };
    if (groups.told !== undefined) return { type: 'told' };
    if (groups.hello !== undefined) return { type: 'hello' };
    return { type: groups.whichWord === undefined ? 'which-agent' : 'which-word' };
  });
}

function withoutStop(word: string): string {
  let end = word.length;
  while (end > 0 && '.,!'.includes(word.charAt(end - 1))) end -= 1;
  return word.slice(0, end);
}
