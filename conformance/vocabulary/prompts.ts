/**
 * What cases say to an agent. The natural prompts are understood by a scripted backend and by a live model alike;
 * `play:` is understood by targets that declare `scripted`.
 */
import type { Dial, Send } from '../dial/dial.ts';
import { shown } from '../dial/expectation.ts';
import { Undecided } from '../undecided.ts';
import type { Exchange } from '../wire/exchange.ts';

/** The prompt that makes the agent give the reply `fixtures/replies/<name>.json`. */
export const play = (name: string): string => `play:${name}`;
/** The prompt that makes the agent answer exactly `text`. */
export const echo = (text: string): string => `play:echo <<<${text}>>>`;

export const remember = (word: string): string => `Remember this code word: ${word} Answer with OK.`;
export const WHICH_WORD =
  'Which code word did I tell you in this conversation? Answer with the code word alone, or with NONE if I told you none.';
export const WHICH_AGENT = 'Which agent are you? Answer with your agent id alone.';

/** Whether an answer to `WHICH_WORD` knows `word`. Undecided when it neither names it nor says that it knows none. */
export function knows(answer: string, word: string): boolean {
  if (answer.includes(word)) return true;
  if (/\bnone\b|no code word|not (?:been )?(?:told|given)|don['’]t (?:know|have)/i.test(answer) || /\bKW-/.test(answer))
    return false;
  throw new Undecided(`asked for a code word, the agent answered ${shown(answer)}`);
}

/** Which of `agents` an answer to `WHICH_AGENT` names. Undecided when it names none of them, or several. */
export function namedAgent(answer: string, agents: readonly string[]): string {
  const words = new Set(answer.toLowerCase().match(/[a-z0-9_-]+/g));
  const named = agents.filter((agent) => words.has(agent.toLowerCase()));
  if (named.length === 1) return named[0]!;
  throw new Undecided(`asked for its id, the agent answered ${shown(answer)}`);
}

/** Streams by fetch alone: the SDK leaves at the sentinel, and never sees what stands behind it. */
export function streamed(
  dial: Dial,
  prompt = `Say hello. ${dial.nonce}`,
  fields: Readonly<Record<string, unknown>> = {},
  send: Send = {},
): Promise<Exchange> {
  return dial.send(dial.body(prompt, { stream: true, ...fields }), send);
}
