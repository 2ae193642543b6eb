/**
 * Prompts of the cases, `fixtures/prompts.json`. Scripted backends and live models both understand the natural ones;
 * targets that declare `scripted` understand `play:`.
 */
import table from '../../fixtures/prompts.json' with { type: 'json' };
import type { Dial, Send } from '../dial/dial.ts';
import { shown } from '../dial/expectation.ts';
import { Undecided } from '../undecided.ts';
import type { Exchange } from '../wire/exchange.ts';

const templates = new Map(table.rows.map(({ id, says }) => [id, says]));

/** The prompt of that id; `word` stands in place of its template, where it has one. */
function said(id: string, word = ''): string {
  return templates.get(id)!.replace(/\{\w+\}/, () => word);
}

/** The prompt to which the agent gives the reply `fixtures/replies/<name>.json`. */
export const play = (name: string): string => said('play', name);
/** The prompt to which the agent answers exactly `text`. */
export const echo = (text: string): string => said('echo', text);

/** A prompt that gives the agent a word to remember in its session. */
export const remember = (word: string): string => said('remember', word);
/** Asks for the word of `remember`. See `knows`. */
export const WHICH_WORD = said('which-word');
/** Asks for the agent's id. See `namedAgent`. */
export const WHICH_AGENT = said('which-agent');

/** Asks for all words of `remember`. See `known`. */
export const WHICH_WORDS = said('which-words');

/** How both questions begin, in whatever case and spacing an agent repeats them. */
const QUESTION = /which\s+code\s+words?\s+did\s+i\s+tell\s+you/i;

/**
 * Whether an answer to `WHICH_WORD` has `word`.
 *
 * @throws {Undecided} as `known` does.
 */
export const knows = (answer: string, word: string): boolean => known(answer, [word]).length > 0;

/**
 * Those of `words` that an answer to `WHICH_WORD` or `WHICH_WORDS` names.
 *
 * @throws {Undecided} when it neither names a code word nor states that it knows none, and when it repeats the question:
 * then it shows what the agent was asked, and not what it knows.
 */
export function known(answer: string, words: readonly string[]): string[] {
  const unread = new Undecided(`asked for a code word, the agent answered ${shown(answer)}`);
  if (QUESTION.test(answer)) throw unread;
  const named = words.filter((word) => answer.includes(word));
  if (named.length > 0) return named;
  if (/\bnone\b|no code word|not (?:been )?(?:told|given)|don['’]t (?:know|have)/i.test(answer) || /\bKW-/.test(answer))
    return [];
  throw unread;
}

/**
 * The one of `agents` that an answer to `WHICH_AGENT` names.
 *
 * @throws {Undecided} when it names none of them, or several.
 */
export function namedAgent(answer: string, agents: readonly string[]): string {
  const words = new Set(answer.toLowerCase().match(/[a-z0-9_-]+/g));
  const named = agents.filter((agent) => words.has(agent.toLowerCase()));
  if (named.length === 1) return named[0]!;
  throw new Undecided(`asked for its id, the agent answered ${shown(answer)}`);
}

/** Streams by fetch: the SDK stops reading at `[DONE]`, and never sees what follows. */
export function streamed(
  dial: Dial,
  prompt = `Say hello. ${dial.nonce}`,
  fields: Readonly<Record<string, unknown>> = {},
  send: Send = {},
): Promise<Exchange> {
  return dial.send(dial.body(prompt, { stream: true, ...fields }), send);
}
