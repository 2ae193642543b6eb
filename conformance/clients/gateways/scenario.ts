/** What an agent says behind a wrong gateway, and what a client is to make of it. */
import { randomUUID } from 'node:crypto';
import type { Reference } from '../../../reference/index.ts';
import type { Mode } from '../client.ts';

/** A reply of the agent. Where a gateway is wrong only about some replies, it is met by one of them. */
export interface Scenario {
  readonly name: string;
  /** Said to the agent, for what the reference plays by name. Default: a question of its own for each run. */
  readonly prompt?: string;
  /** What the reference plays for that question: `fixtures/schemas/reply.schema.json`. */
  readonly reply?: object;
}

/** Several scripts, repeats, blanks and lines as deltas of their own, and the sentinel as a word. */
const WORDS = [
  'Zwölf',
  ' ',
  'Boxkämpfer',
  ' – 十二人',
  ' 🦊🌊',
  '\n\n',
  'hi',
  'hi',
  ' ',
  '0',
  ' say [DONE] ',
  'twice',
  '.',
];
/** Many deltas, and few large ones. */
const MANY = [
  ...Array.from({ length: 4200 }, (_, at) => `w${at} `),
  ...[9, 33, 70].map((kib) => `${'long '.repeat((kib * 1024) / 5)} `),
  'the end.',
];

/** In the order in which a wrong gateway is tried by them. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'words', reply: { text: WORDS } },
  { name: 'failure', prompt: 'play:fail-400' },
  { name: 'failure after words', prompt: 'play:fail-400-after-text' },
  { name: 'nothing', prompt: 'play:empty' },
  { name: 'wrapped', prompt: 'play:wrapped' },
  { name: 'many words', reply: { text: MANY } },
];

/** A faithful gateway of one run: its own key, and the prompt that the agent answers so. */
export interface Setting extends AsyncDisposable {
  readonly url: string;
  readonly apiKey: string;
  readonly prompt: string;
  /** Names the conversation. */
  readonly nonce: string;
}

/** Opens a gateway of its own, whose agent answers the prompt as the scenario has it. */
export async function settingOf({ prompt, reply }: Scenario, reference: Reference): Promise<Setting> {
  const scope = await reference.scope();
  const nonce = randomUUID().slice(0, 8);
  if (reply) scope.replies.put('answer', { match: { message: nonce }, ...reply });
  return {
    url: scope.url,
    apiKey: scope.apiKey,
    prompt: prompt ?? `What does the keeper of lighthouse ${nonce} say?`,
    nonce,
    [Symbol.asyncDispose]: () => scope.close(),
  };
}

/** Asks a gateway as a client does. */
export function ask(
  url: string,
  { apiKey, prompt }: Setting,
  mode: Mode,
  init: RequestInit & { usage?: boolean },
): Promise<Response> {
  const { usage = false, ...others } = init;
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'openclaw/main',
      messages: [{ role: 'user', content: prompt }],
      stream: mode === 'streamed',
      ...(usage && { stream_options: { include_usage: true } }),
    }),
    ...others,
  });
}

/** The whole answer that the faithful gateway gives; undefined where it gives none, and a client is to tell a failure. */
export async function answerOf(scenario: Scenario, reference: Reference): Promise<string | undefined> {
  await using setting = await settingOf(scenario, reference);
  const response = await ask(setting.url, setting, 'whole', {});
  if (!response.ok) return undefined;
  const { choices } = (await response.json()) as { choices: [{ message: { content: string } }] };
  return choices[0].message.content;
}
