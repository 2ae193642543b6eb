/** Clients that take an answer for whole that is not, or wait for more than an end. */
import { SOUND } from '../sound.ts';
import { changed, taking } from './changed.ts';
import { wrong, type Wrong } from './wrong.ts';

const FINISHED = JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] });
/** Streams that end although they are not whole. */
const TOO_EARLY = ['broken.ended', 'broken.closed', 'broken.no-finish', 'broken.bare-done', 'broken.empty'];

export const endingWrongly: readonly Wrong[] = [
  wrong('takes whatever ended for whole', TOO_EARLY, { check: () => undefined }),
  wrong('takes any text for whole', ['broken.ended', 'broken.closed', 'broken.no-finish'], {
    check({ text, calls }) {
      if (text === '' && calls.length === 0) throw new Error('No answer.');
    },
  }),
  wrong('takes [DONE] for the end, whatever came', ['broken.no-finish', 'broken.bare-done'], {
    check({ done }) {
      if (!done) throw new Error('The stream ended before [DONE].');
    },
  }),
  wrong('leaves out a chunk that is no JSON', ['broken.malformed'], {
    take(data, read) {
      try {
        return SOUND.take(data, read);
      } catch (cause) {
        if (cause instanceof SyntaxError) return '';
        throw cause;
      }
    },
  }),
  wrong('takes an error for the end', ['broken.error', 'broken.error-alone', 'broken.error-words'], {
    take(data, read) {
      if (!data.includes('"error":{')) return SOUND.take(data, read);
      read.finish = 'error';
      read.done = true;
      return '';
    },
  }),
  wrong('leaves out an error', ['broken.error-words'], {
    take: (data, read) => (data.includes('"error":{') ? '' : SOUND.take(data, read)),
  }),
  wrong('keeps the words of an error for itself', ['broken.error-words'], {
    take: taking(({ error }) => {
      if (error) throw new Error('The stream failed.');
    }),
  }),
  wrong('takes a broken connection for the end', ['broken.cut', 'broken.reset'], {
    events: changed(async function* (events) {
      try {
        yield* events;
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause;
        yield FINISHED;
        yield '[DONE]';
      }
    }),
  }),
  wrong('takes half an event at the end for none', ['broken.torn-end', 'broken.page'], {
    events: changed(async function* (events) {
      try {
        yield* events;
      } catch (cause) {
        if (!(cause instanceof Error) || !cause.message.includes('within an event')) throw cause;
        yield FINISHED;
        yield '[DONE]';
      }
    }),
  }),
  wrong('waits for [DONE] for ever', ['broken.ended', 'broken.closed', 'broken.empty', 'broken.no-done'], {
    events: changed(async function* (events) {
      yield* events;
      await new Promise(() => {});
    }),
  }),
  wrong('shows nothing before all has come', ['broken.after-words'], {
    events: changed(async function* (events) {
      yield* await Array.fromAsync(events);
    }),
  }),
  wrong('takes a page for an answer', ['broken.page'], {
    async send(question, given) {
      const response = await SOUND.send(question, given);
      if (!response.headers.get('content-type')?.startsWith('text/html')) return response;
      const chunk = JSON.stringify({ choices: [{ delta: { content: await response.text() }, finish_reason: 'stop' }] });
      return new Response(`data: ${chunk}\n\ndata: [DONE]\n\n`);
    },
  }),
];
