/** Completions: the tokens that an answer counts. */

import type { Liar } from '../../dial/mutant.ts';
import { kept, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { play } from '../../vocabulary/prompts.ts';
import { USER_OR_NONE } from '../../vocabulary/situations.ts';
import { expectCounts, expectRealCounts } from '../../vocabulary/token-counts.ts';
import { expectSum } from '../../watching/answers.ts';
import { completionOf } from './asking.ts';

const OBJECT = 'https://platform.openai.com/docs/api-reference/chat/object';

/** A usage with that many completion tokens, and the total that goes with it. */
const counted = (usage: Json, completion_tokens: number): Json => ({
  ...usage,
  completion_tokens,
  total_tokens: usage?.prompt_tokens + completion_tokens,
});
/** An answer or a chunk whose total is `tokens` more. */
const more = (body: Json, tokens: number): Json =>
  body.usage ? { ...body, usage: { ...body.usage, total_tokens: body.usage.total_tokens + tokens } } : body;
/** Gives with each call of a user the tokens of all its calls. */
function addsUp(): Liar {
  const sums = new Map<string, Json>();
  return async (request, faithful) => {
    const user = (await lie.bodyOf(request))?.user as string | undefined;
    return lie.completion((body) => {
      if (user === undefined || !body.usage) return body;
      const known = sums.get(user) ?? {};
      const counts = ['prompt_tokens', 'completion_tokens', 'total_tokens'];
      const sum = Object.fromEntries(counts.map((name) => [name, (known[name] ?? 0) + body.usage[name]]));
      sums.set(user, sum);
      return { ...body, usage: { ...body.usage, ...sum } };
    })(request, faithful);
  };
}

/** `completions.usage*`. */
export const usageCases = [
  must('completions.usage', {
    says: 'usage counts whole tokens, and the total is their sum at least',
    source: OBJECT,
    watched: true,
    async holds(dial) {
      expectCounts((await completionOf(dial)).usage);
    },
    catches: {
      'no usage': lie.completion((body) => ({ ...body, usage: undefined })),
      'usage of null': lie.completion((body) => ({ ...body, usage: null })),
      'a total below its parts': lie.completion((body) => ({
        ...body,
        usage: { ...body.usage, total_tokens: body.usage.prompt_tokens + body.usage.completion_tokens - 1 },
      })),
      'minus one': lie.completion((body) => ({ ...body, usage: { ...body.usage, total_tokens: -1 } })),
      'half tokens': lie.completion((body) => ({ ...body, usage: { ...body.usage, prompt_tokens: 0.5 } })),
      'other names': lie.completion((body) => ({ ...body, usage: { input_tokens: 1, output_tokens: 1 } })),
    },
  }),
  // Clients check a bill by it, and take a total of more for tokens that were hidden from them.
  kept('completions.usage-sum', {
    says: 'total_tokens is the sum of prompt_tokens and completion_tokens, also in a stream',
    source: 'https://platform.openai.com/docs/api-reference/chat/object#chat-object-usage',
    watched: true,
    async holds(dial) {
      const { usage } = await completionOf(dial);
      expectCounts(usage);
      expectSum(usage);
    },
    catches: {
      'five tokens more than the sum': lie.completion((body) => more(body, 5)),
      'one token more in streams': lie.chunks((chunk) => more(chunk, 1)),
      'the total of a session': lie.aboutRequest(
        /"user":/,
        lie.completion((body) => more(body, 100)),
      ),
    },
  }),
  // Issue 71118: before, usage was zero, and clients that bill or trim by it could not.
  must('completions.usage-real', {
    says: 'usage is what the model provider counted, cached tokens included',
    since: '2026.5.12',
    source: 'https://github.com/openclaw/openclaw/issues/71118',
    needs: ['scripted'],
    situations: USER_OR_NONE,
    async holds(dial) {
      // The counts are those of one call: a second call of the same client does not add to them.
      for (let call = 0; call < 2; call++) {
        expectRealCounts((await completionOf(dial, `${play('usage')} ${dial.nonce}`)).usage);
      }
    },
    catches: {
      'adds up the calls of a user': addsUp(),
      'always zero': lie.completion((body) => ({
        ...body,
        usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      })),
      'leaves the cached ones out': lie.completion((body) => ({
        ...body,
        usage: { ...body.usage, prompt_tokens: Math.max(0, body.usage?.prompt_tokens - 5) },
      })),
      'counts characters': lie.completion((body) => ({
        ...body,
        usage: counted(body.usage, body.choices?.[0]?.message?.content?.length),
      })),
    },
  }),
];
