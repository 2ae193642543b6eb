/** What the floor and the bare stack say: the words that the replies in `replies/` give to the reference. */

import { randomUUID } from 'node:crypto';

/** One delta, and a plain answer of as many characters as fifty of them. */
const DELTA = 'token ';
export const PLAIN = DELTA.repeat(50);

export interface Asked {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly content: string }[];
}

/** `play:deltas-50` asks for fifty deltas, `play:open` for one and no end. */
export function asksForHanging({ messages }: Asked): boolean {
  return messages[0]?.content === 'play:open';
}

const head = (model: string, object: string): object => ({
  id: `chatcmpl_${randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model,
});

export function completion({ model }: Asked): object {
  return {
    ...head(model, 'chat.completion'),
    choices: [{ index: 0, message: { role: 'assistant', content: PLAIN }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 50, total_tokens: 51 },
  };
}

/** A role, the deltas, a finish. */
export function* chunks(asked: Asked): Generator<object> {
  const { id, object, created, model } = head(asked.model, 'chat.completion.chunk') as Record<string, unknown>;
  const chunk = (delta: object, finish_reason: string | null): object => ({
    id,
    object,
    created,
    model,
    choices: [{ index: 0, delta, finish_reason }],
  });
  yield chunk({ role: 'assistant' }, null);
  const count = Number(/\d+/.exec(asked.messages[0]?.content ?? '')?.[0] ?? 1);
  for (let n = 0; n < count; n++) yield chunk({ content: DELTA }, null);
  yield chunk({}, 'stop');
}
