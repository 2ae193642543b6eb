/** The answers of the floor and the bare stack: the same text as the reference's replies in `replies/`. */

import { randomUUID } from 'node:crypto';

/** The text of one delta. */
const DELTA = 'token ';
/** The text of an answer that is not streamed: as long as fifty deltas. */
export const PLAIN = DELTA.repeat(50);

/** The parts of a request that the answers depend on. */
export interface Asked {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly content: string }[];
}

/** Whether the stream stays open after its deltas: the prompt `play:open`. `play:deltas-50` asks for fifty deltas. */
export function asksForHanging({ messages }: Asked): boolean {
  return messages[0]?.content === 'play:open';
}

const head = (model: string, object: string): object => ({
  id: `chatcmpl_${randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model,
});

/** The body of a completion. */
export function completion({ model }: Asked): object {
  return {
    ...head(model, 'chat.completion'),
    choices: [{ index: 0, message: { role: 'assistant', content: PLAIN }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 50, total_tokens: 51 },
  };
}

/** The chunks of a stream: the role, the deltas, the finish reason. */
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
