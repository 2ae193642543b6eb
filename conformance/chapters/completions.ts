/** The non-streaming answer: one completion, as the official SDK and OpenAI's API have it. */

import type { Dial } from '../dial/dial.ts';
import { Words, expect, expectEqual } from '../dial/expectation.ts';
import type { Liar } from '../dial/mutant.ts';
import { described, jsonOf, type Unjudged } from '../dial/reading.ts';
import { chapter, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { play } from '../vocabulary/prompts.ts';
import { spokenIn } from '../vocabulary/replies.ts';
import { ChatCompletion, expectShape } from '../vocabulary/shapes.ts';
import { expectJson, expectKnownFinish, expectNow } from '../watching/answers.ts';
import { Seen } from '../watching/seen.ts';
import { completionOf } from './completions/asking.ts';
import { usageCases } from './completions/usage.ts';
import { nothingButWords } from './completions/visible-text.ts';

const OBJECT = 'https://platform.openai.com/docs/api-reference/chat/object';
const issue = (number: number): string => `https://github.com/openclaw/openclaw/issues/${number}`;

const choiceOf = async (dial: Dial): Promise<Unjudged> => (await completionOf(dial)).choices?.[0];

const isAnswer = (response: Response): boolean => response.ok && !lie.isStream(response);

/** The same body under another content type. */
const called = (type: string): Liar =>
  lie.replies((response) =>
    isAnswer(response) ? new Response(response.body, { headers: { 'content-type': type } }) : response,
  );

export default chapter('completions', 'The non-streaming answer', {
  section: '#examples',
  core: true,
  cases: [
    // The SDK that most clients are built on: what it rejects, they cannot use at all.
    must('completions.sdk', {
      says: "the official SDK's create() resolves with text",
      async holds(dial) {
        const { completion, failure, exchange } = await dial.ask(`Say hello. ${dial.nonce}`);
        const refused = failure instanceof Error ? failure.message : '';
        expect(failure === undefined, 'create() to resolve', new Words(`${refused}; ${String(described(exchange))}`));
        const content: unknown = completion?.choices?.[0]?.message?.content;
        expect(typeof content === 'string' && content.trim() !== '', 'text in choices[0].message.content', content);
      },
      catches: {
        'refuses the SDK': lie.replies((response, request) =>
          request.headers.get('user-agent')?.startsWith('OpenAI/') ? lie.answer(403, { error: 'no' }) : response,
        ),
        'answers with a web page': lie.replies(
          () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
        ),
        'answers with nothing': lie.replies((response) => (response.ok ? new Response('') : response)),
        'has nothing to say': lie.message((message) => ({ ...message, content: '' })),
      },
    }),
    must('completions.text', {
      says: "the content is the agent's text, whole",
      needs: ['scripted'],
      situations: { saying: ['a sentence', 'one word', 'emoji', 'one huge delta', 'over 1,000 deltas'] },
      async holds(dial) {
        const { prompt, words } = spokenIn(dial);
        expectEqual((await dial.ask(prompt)).text, words, 'the content');
      },
      catches: {
        'loses the first character': lie.message((message) => ({ ...message, content: message.content.slice(1) })),
        'gives the last words only': lie.message((message) => ({
          ...message,
          content: message.content.split(' ').at(-1),
        })),
        'gives the first 4096 characters': lie.message((message) => ({
          ...message,
          content: message.content?.slice(0, 4096) ?? null,
        })),
        'says it twice': lie.message((message) => ({ ...message, content: message.content.repeat(2) })),
        'never asks the agent': lie.replies((response) => (isAnswer(response) ? lie.canned() : response)),
      },
    }),
    must('completions.json', {
      says: 'an answer is status 200 with application/json',
      source: OBJECT,
      watched: true,
      async holds(dial) {
        const { exchange } = await dial.ask(`Say hello. ${dial.nonce}`);
        expectJson(new Seen(exchange));
      },
      catches: {
        'calls it text for a user': lie.aboutRequest(/"user":/, called('text/plain')),
        'calls it text': called('text/plain'),
        'calls it HTML': called('text/html; charset=utf-8'),
        'created instead of OK': lie.CREATED,
        'cuts the JSON short': lie.replies(async (response) =>
          isAnswer(response)
            ? new Response((await response.text()).slice(0, -1), { headers: { 'content-type': 'application/json' } })
            : response,
        ),
      },
    }),
    must('completions.schema', {
      says: "an answer has the shape of the SDK's ChatCompletion",
      source: OBJECT,
      watched: true,
      async holds(dial) {
        expectShape(ChatCompletion, await completionOf(dial), 'completion');
      },
      catches: {
        'usage in words': lie.completion((body) => ({ ...body, usage: { ...body.usage, total_tokens: 'few' } })),
        'says nothing of the model to a user': lie.aboutRequest(
          /"user":/,
          lie.completion((body) => ({ ...body, model: undefined })),
        ),
        'says nothing of the model': lie.completion((body) => ({ ...body, model: undefined })),
        'a finish reason of its own': lie.choice((choice) => ({ ...choice, finish_reason: 'done' })),
        'a fingerprint that is a number': lie.completion((body) => ({ ...body, system_fingerprint: 7 })),
      },
    }),
    must('completions.id', {
      says: 'every answer has an id of its own',
      source: OBJECT,
      watched: true,
      async holds(dial) {
        const [first, second] = await Promise.all([completionOf(dial), completionOf(dial)]);
        for (const { id } of [first, second]) {
          expect(typeof id === 'string' && id !== '', 'id to be a text that is not empty', id);
        }
        expect(first.id !== second.id, 'two answers to have two ids', first.id);
      },
      catches: {
        'one id for all streams': lie.chunks((chunk) => ({ ...chunk, id: 'chatcmpl-1' })),
        'one id for all users': lie.aboutRequest(
          /"user":/,
          lie.completion((body) => ({ ...body, id: 'chatcmpl-1' })),
        ),
        'one id for all': lie.completion((body) => ({ ...body, id: 'chatcmpl-1' })),
        'an empty id': lie.completion((body) => ({ ...body, id: '' })),
        'no id': lie.completion((body) => ({ ...body, id: undefined })),
        'an id of null': lie.completion((body) => ({ ...body, id: null })),
        'a number for an id': lie.completion((body) => ({ ...body, id: 7 })),
      },
    }),
    must('completions.object', {
      says: 'object is chat.completion',
      source: OBJECT,
      async holds(dial) {
        expectEqual((await completionOf(dial)).object, 'chat.completion', 'object to be');
      },
      catches: {
        'calls it a chunk': lie.completion((body) => ({ ...body, object: 'chat.completion.chunk' })),
        'does not say': lie.completion((body) => ({ ...body, object: undefined })),
      },
    }),
    // Milliseconds were seen at other servers (vercel/ai#7417): read as seconds that is the year 57519.
    must('completions.created', {
      says: 'created is now, in whole seconds since 1970',
      source: OBJECT,
      watched: true,
      async holds(dial) {
        const { exchange } = await dial.ask(`Say hello. ${dial.nonce}`);
        expectNow(jsonOf(exchange)?.created, exchange);
      },
      catches: {
        'when the process was started': lie.completion((body) => ({ ...body, created: body.created - 300 })),
        'five minutes ago for a user': lie.aboutRequest(
          /"user":/,
          lie.completion((body) => ({ ...body, created: body.created - 300 })),
        ),
        milliseconds: lie.completion((body) => ({ ...body, created: body.created * 1000 })),
        'fractions of a second': lie.completion((body) => ({ ...body, created: body.created + 0.5 })),
        'as a text': lie.completion((body) => ({ ...body, created: String(body.created) })),
        'long ago': lie.completion((body) => ({ ...body, created: 0 })),
        'does not say when': lie.completion((body) => ({ ...body, created: undefined })),
      },
    }),
    // Clients read choices[0] and nothing else.
    must('completions.one-choice', {
      says: 'an answer has exactly one choice, of index 0',
      source: OBJECT,
      async holds(dial) {
        const { choices } = await completionOf(dial);
        expect(Array.isArray(choices) && choices.length === 1, 'one choice', choices);
        expectEqual(choices[0]?.index, 0, 'choices[0].index to be');
      },
      catches: {
        'two choices': lie.completion((body) => ({
          ...body,
          choices: [...body.choices, { ...body.choices[0], index: 1 }],
        })),
        'no choice': lie.completion((body) => ({ ...body, choices: [] })),
        'no list of choices': lie.completion((body) => ({ ...body, choices: body.choices?.[0] })),
        'counts from one': lie.choice((choice) => ({ ...choice, index: 1 })),
      },
    }),
    must('completions.role', {
      says: 'the message is of role assistant',
      source: OBJECT,
      async holds(dial) {
        expectEqual((await choiceOf(dial))?.message?.role, 'assistant', 'choices[0].message.role to be');
      },
      catches: {
        'no role': lie.message((message) => ({ ...message, role: undefined })),
        'speaks as the user': lie.message((message) => ({ ...message, role: 'user' })),
        'a role of its own': lie.message((message) => ({ ...message, role: 'agent' })),
      },
    }),
    // An array of parts is for requests; clients that expect a string break on it (vercel/ai#13703).
    must('completions.content-string', {
      says: "the message's content is a string",
      source: OBJECT,
      async holds(dial) {
        const content: unknown = (await choiceOf(dial))?.message?.content;
        expect(typeof content === 'string', 'choices[0].message.content to be a string', content);
      },
      catches: {
        'content in parts': lie.message((message) => ({
          ...message,
          content: [{ type: 'text', text: message.content }],
        })),
        'content of null': lie.message((message) => ({ ...message, content: null })),
        'no content': lie.message((message) => ({ ...message, content: undefined })),
      },
    }),
    must('completions.finish-stop', {
      says: 'an answer that came to its end has finish_reason stop',
      source: OBJECT,
      async holds(dial) {
        expectEqual((await choiceOf(dial))?.finish_reason, 'stop', 'choices[0].finish_reason to be');
      },
      catches: {
        'no finish reason': lie.choice((choice) => ({ ...choice, finish_reason: undefined })),
        'a finish reason of null': lie.choice((choice) => ({ ...choice, finish_reason: null })),
        'always length': lie.choice((choice) => ({ ...choice, finish_reason: 'length' })),
      },
    }),
    // A client that waits for a reason takes null for an answer that goes on, and an unknown one for a fault.
    must('completions.finish-known', {
      says: "finish_reason is one of the SDK's, also of an answer without words",
      source: OBJECT,
      watched: true,
      async holds(dial) {
        for (const prompt of ['Say hello.', play('empty')]) {
          const { exchange } = await dial.ask(`${prompt} ${dial.nonce}`);
          const { completion } = new Seen(exchange);
          if (completion !== undefined) expectKnownFinish(completion);
        }
      },
      catches: {
        'null when there is nothing to say': lie.aboutRequest(
          /play:empty/,
          lie.choice((choice) => ({ ...choice, finish_reason: null })),
        ),
        'the reason of another API': lie.choice((choice) => ({ ...choice, finish_reason: 'end_turn' })),
        'null for a user': lie.aboutRequest(
          /"user":/,
          lie.choice((choice) => ({ ...choice, finish_reason: null })),
        ),
      },
    }),
    ...usageCases,
    // Issue 141264: with stop a cut answer passes for a whole one, and no client knows that it has to be continued.
    must('completions.length', {
      says: 'an answer that the token limit cut has finish_reason length',
      since: '2026.9.4',
      source: issue(141264),
      needs: ['scripted'],
      async holds(dial) {
        for (const fields of [{}, { max_tokens: 60 }, { max_completion_tokens: 60 }]) {
          const body = await completionOf(dial, `${play('length')} ${dial.nonce}`, fields);
          const where = `with ${Object.keys(fields)[0] ?? 'no limit of its own'} choices[0].finish_reason to be`;
          expectEqual(body.choices?.[0]?.finish_reason, 'length', where);
        }
      },
      catches: {
        'always stop': lie.choice((choice) => ({ ...choice, finish_reason: 'stop' })),
        'looks at max_tokens alone': lie.aboutRequest(
          /max_completion_tokens/,
          lie.choice((choice) => ({ ...choice, finish_reason: 'stop' })),
        ),
        'says max_tokens': lie.choice((choice) => ({
          ...choice,
          finish_reason: choice.finish_reason === 'length' ? 'max_tokens' : choice.finish_reason,
        })),
      },
    }),
    ...nothingButWords,
  ],
});
