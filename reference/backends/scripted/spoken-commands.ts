/**
 * Spoken commands: texts in a prompt that the scripted backend obeys without a file of replies. They stand anywhere in a
 * text, because gateways wrap the text of the client in time stamps and headings.
 *
 * - `play:<name>` plays the reply of that name; `play:echo <<<any text>>>` says that text
 * - `Remember the code word: X` and, later, `Which code word …?` (the last one) or `Which code words …?` (all of
 *   them); `What did I tell you?` is answered with all that was said
 * - `Which agent are you?` is answered with the agent's id alone
 * - `Count to N` is answered with the numbers from 1 to N
 * - `Say hello` is answered with a greeting
 */

import { nextMatch } from '../../steps.ts';

/** A spoken command in a text. */
export type SpokenCommand =
  | { readonly type: 'echo'; readonly payload: string }
  | { readonly type: 'play'; readonly name: string }
  | { readonly type: 'remember'; readonly word: string }
  | { readonly type: 'count'; readonly to: number }
  | { readonly type: 'which-word' }
  | { readonly type: 'which-words' }
  | { readonly type: 'which-agent' }
  | { readonly type: 'told' }
  | { readonly type: 'hello' };

// Groups have numbers and no names: an object of names for each match would cost as much as all the rest.
const NAMED = [
  String.raw`\bplay:([a-z0-9]+(?:-[a-z0-9]+)*)`,
  String.raw`\bremember (?:this|the) code word:? (\S+)`,
  String.raw`\bcount (?:from 1 )?to (\d{1,9})\b`,
  String.raw`\b(which code words?)\b`,
  String.raw`\b(which agent are you)`,
  String.raw`\b(what did i tell you)`,
  String.raw`\b(?:say hello)`,
];
const COMMAND = new RegExp(NAMED.join('|'), 'gi');
const OPEN = /\s*<<</y;
const CLOSE = '>>>';

/** The spoken commands in a text, in its order; yields between two steps of a long one. */
export function* spokenCommandsIn(text: string): Generator<void, SpokenCommand[]> {
  const commands: SpokenCommand[] = [];
  // After the last `>>>` no payload can end; looking for its end from each `<<<` there would cost the square.
  const last = text.lastIndexOf(CLOSE);
  for (let at = 0; ;) {
    const found = yield* nextMatch(COMMAND, text, at);
    if (found === undefined) return commands;
    const echo = found.match[1]?.toLowerCase() === 'echo' ? echoAt(text, found.end, last) : undefined;
    commands.push(echo?.command ?? commandOf(found.match));
    // Commands inside a payload belong to the payload.
    at = echo?.end ?? found.end;
  }
}

/** The payload behind a `play:echo`; it ends at the last `>` of a `>>>`. */
function echoAt(text: string, at: number, last: number): { command: SpokenCommand; end: number } | undefined {
  OPEN.lastIndex = at;
  if (!OPEN.test(text) || OPEN.lastIndex > last) return undefined;
  const begin = OPEN.lastIndex;
  let close = text.indexOf(CLOSE, begin);
  while (text[close + CLOSE.length] === '>') close += 1;
  return { command: { type: 'echo', payload: text.slice(begin, close) }, end: close + CLOSE.length };
}

function commandOf([, name, word, to, whichWord, whichAgent, told]: RegExpExecArray): SpokenCommand {
  if (name !== undefined) return { type: 'play', name };
  if (word !== undefined) return { type: 'remember', word: withoutStop(word) };
  if (to !== undefined) return { type: 'count', to: Number(to) };
  if (whichWord !== undefined) return { type: /s$/i.test(whichWord) ? 'which-words' : 'which-word' };
  if (whichAgent !== undefined) return { type: 'which-agent' };
  return { type: told === undefined ? 'hello' : 'told' };
}

function withoutStop(word: string): string {
  let end = word.length;
  while (end > 0 && '.,!'.includes(word.charAt(end - 1))) end -= 1;
  return word.slice(0, end);
}
