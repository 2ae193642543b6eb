/** Completions: which of the model's words an answer shows. */

import { shown } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { jsonOf } from '../../dial/reading.ts';
import { kept, may } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { play } from '../../vocabulary/prompts.ts';
import { expectUnwrapped } from '../../vocabulary/replies.ts';

/** Edits the content of the reply `wrapped`, in which the model wraps its words in tags of its own. */
const wrapped = (edit: (text: string) => string): Mutant =>
  lie.aboutRequest(
    /play:wrapped/,
    lie.message((message) => ({ ...message, content: edit(message.content) })),
  );

/** `completions.hides-internals` and `completions.empty-reply`. */
export const nothingButWords = [
  // Issue 63325: users read `<final>` in chats, and heard it spoken.
  kept('completions.hides-internals', {
    says: "the model's own wrappers and private thoughts never show",
    source: 'https://github.com/openclaw/openclaw/issues/63325',
    core: false,
    needs: ['scripted'],
    async holds(dial) {
      const { text } = await dial.ask(`${play('wrapped')} ${dial.nonce}`);
      expectUnwrapped(text);
    },
    catches: {
      'shows the wrapper': wrapped((text) => `<final>${text}</final>`),
      'leaves half a tag': wrapped((text) => `${text}</final`),
      'thinks aloud': wrapped((text) => `private thought ${text}`),
      'hides everything': wrapped(() => ''),
    },
  }),
  // Releases differ: `No response from OpenClaw.`, a warning in words, 400 or 500.
  may('completions.empty-reply', {
    says: 'what an agent that has nothing to say answers',
    core: false,
    needs: ['scripted'],
    async holds(dial) {
      const { exchange } = await dial.ask(`${play('empty')} ${dial.nonce}`);
      const body = jsonOf(exchange);
      const told: unknown = body?.error ? body.error.type : body?.choices?.[0]?.message?.content;
      return `${exchange.status} ${shown(told)}`;
    },
    catches: {
      'answers with null': lie.aboutRequest(
        /play:empty/,
        lie.message((message) => ({ ...message, content: null })),
      ),
      'makes it an error': lie.aboutRequest(
        /play:empty/,
        lie.replies(() => lie.answer(502, { error: { message: 'No answer', type: 'api_error' } })),
      ),
    },
  }),
];
