/**
 * What a scripted backend answers to a run. In this order: the reply or echo that the last message names, the first
 * reply that matches, a tool that the client offers and asks for, a tool's result, the newest spoken command of the conversation,
 * and without any of them what it was told.
 */

import { nextMatch } from '../../steps.ts';
import { messageOf, type Run, type Tool, type Turn } from '../backend.ts';
import type { ScriptedAnswer } from './reply.ts';
import { sampleOf } from './sample.ts';
import { spokenCommandsIn, type SpokenCommand } from './spoken-commands.ts';
import { filler } from './template.ts';

const MOST_NUMBERS = 10_000;

/** How many replies that did not match a line names. */
const MOST_REASONS = 8;

/** What can be played. */
export interface Repertoire {
  /** Whether one of them comes with a fault. */
  readonly faulty: boolean;
  /** The next answer of a reply; undefined when there is no such reply. */
  play(name: string, run: Run): ScriptedAnswer | undefined;
  /** The reply that matches a run; or why each of those that match any does not. */
  match(run: Run): { readonly name: string } | { readonly why: readonly string[] };
}

/** The answer to a run. */
export interface Scripted {
  readonly answer: ScriptedAnswer;
  /** Fills in the templates of a reply; the text of the client is never read as a template. */
  readonly fill: (text: string) => string;
}

/**
 * Yields between two steps of long texts.
 *
 * @param log Takes a line about a run that none of the replies with a `match` was for.
 */
export function* answerTo(run: Run, replies: Repertoire, log?: (line: string) => void): Generator<void, Scripted> {
  const message = messageOf(run);
  const commands = yield* spokenCommandsIn(run.prompt);
  const own = message === run.prompt ? commands : yield* spokenCommandsIn(message);
  const named = own.at(-1);
  if (named?.type === 'echo') return said(named.payload);
  if (named?.type === 'play') return played(named.name, run, replies);
  const matched = replies.match(run);
  if ('name' in matched) return played(matched.name, run, replies);
  if (matched.why.length > 0 && log !== undefined) log(unmatched(run, matched.why));
  return (
    (yield* toolAnswer(run, message, own)) ??
    (yield* commandAnswer(run, commands, replies)) ??
    said(`You said: ${run.prompt}`)
  );
}

function played(name: string, run: Run, replies: Repertoire): Scripted {
  const answer = replies.play(name, run);
  if (answer === undefined) return said(`There is no reply named "${name}".`);
  run.played?.(name);
  return { answer, fill: filler(run) };
}

function said(text: string | string[]): Scripted {
  return { answer: { text }, fill: (verbatim) => verbatim };
}

function unmatched({ id }: Run, why: readonly string[]): string {
  const more = why.length > MOST_REASONS ? `; and ${why.length - MOST_REASONS} more` : '';
  return `No reply matched ${id}: ${why.slice(0, MOST_REASONS).join('; ')}${more}.`;
}

// "call the tool get_time", "use get_time", "run the function `get_time` with {…}"
const ASKS_TOOL = /\b(?:call|use|run|invoke)\s+(?:the\s+)?(?<kind>(?:tool|function)\s+)?["'`]?(?<name>[\w-]+)/gi;

/** A call of a tool that is asked for, or what is said about one's result. */
function* toolAnswer(run: Run, message: string, own: readonly SpokenCommand[]): Generator<void, Scripted | undefined> {
  const { tools = [], toolChoice = 'auto' } = run;
  if (run.message?.role === 'tool') return own.length === 0 ? said(`The tool said: ${message}`) : undefined;
  if (tools.length === 0) return undefined;
  const offered = new Map(tools.map((tool) => [tool.name, tool]));
  for (let at = 0; ;) {
    const found = yield* nextMatch(ASKS_TOOL, message, at);
    if (found === undefined) break;
    at = found.end;
    const { groups = {} } = found.match;
    const tool = offered.get(groups.name ?? '');
    if (tool !== undefined && toolChoice !== 'none') return callOf(tool, message.slice(at));
    if (groups.kind !== undefined && own.length === 0) return said(`There is no tool named "${groups.name}".`);
  }
  const chosen = toolChoice === 'required' ? tools[0] : offered.get(toolChoice);
  return chosen === undefined ? undefined : callOf(chosen, '');
}

/** The arguments are the JSON object that stands behind the tool's name, else made from its schema. */
function callOf({ name, parameters }: Tool, behind: string): Scripted {
  const given = behind.slice(behind.indexOf('{'), behind.lastIndexOf('}') + 1);
  let parsed: unknown;
  try {
    parsed = JSON.parse(given);
  } catch {
    parsed = sampleOf(parameters);
  }
  return { answer: { toolCalls: [{ name, arguments: JSON.stringify(parsed) }] }, fill: (verbatim) => verbatim };
}

/** What a conversation asks for: its newest spoken command decides. The text of an assistant is never a command. */
function* commandAnswer(
  run: Run,
  commands: readonly SpokenCommand[],
  replies: Repertoire,
): Generator<void, Scripted | undefined> {
  const told = run.history.filter(({ role }) => role !== 'assistant');
  const earlier: SpokenCommand[][] = [];
  for (const { text } of told) earlier.push(yield* spokenCommandsIn(text));
  const all = [...earlier, commands].flat();
  const command = all.at(-1);
  switch (command?.type) {
    case undefined:
      return undefined;
    case 'echo':
      return said(command.payload);
    case 'play':
      return played(command.name, run, replies);
    case 'remember':
      return said('OK, I will remember it.');
    case 'which-word': {
      const last = all.findLast((one) => one.type === 'remember');
      return said(last === undefined ? 'NONE' : `The code word is ${last.word}.`);
    }
    case 'which-words': {
      const words = all.flatMap((one) => (one.type === 'remember' ? [one.word] : []));
      return said(words.length === 0 ? 'NONE' : `The code words are ${words.join(', ')}.`);
    }
    case 'which-agent':
      return said(run.agent);
    case 'told':
      return said(['You told me:', ...saidBefore(run)].join('\n- '));
    case 'count':
      return said(countTo(command.to));
    case 'hello':
      return said('Hello! What can I do for you?');
  }
}

/** What the user said before the last message, in this session or in the call's own history. */
function saidBefore({ history, prompt, message }: Run): string[] {
  const sent = prompt === message?.text ? [] : [...prompt.matchAll(/^User: (.*)$/gm)].slice(0, -1);
  const remembered = history.filter((turn: Turn) => turn.role === 'user').map(({ text }) => text);
  const told = [...remembered, ...sent.map(([, line = '']) => line)];
  return told.length === 0 ? ['nothing yet'] : told;
}

function countTo(number: number): string[] {
  if (number > MOST_NUMBERS) return [`I count to ${MOST_NUMBERS} at most.`];
  return Array.from({ length: number }, (_, index) => (index === 0 ? '1' : ` ${index + 1}`));
}
