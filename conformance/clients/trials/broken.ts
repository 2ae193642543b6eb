/** What is broken is never told as a whole answer, and never waited for once nothing more can come. */
import { DATA, DONE, finishes, framed, JSON_TYPE } from '../framing.ts';
import type { Answer, Faithful } from '../stand.ts';
import { brief, expectEnd, expectFailure, type Run, type Stage } from '../stage.ts';
import { expect } from '../../dial/expectation.ts';
import { CHUNK, HTTP1, JSON_RFC, PAGE, STREAMED, WHOLE, type Trial } from '../trial.ts';

/** A broken stream: its pieces from the data of a good one's events. */
function stream(
  name: string,
  level: Trial['level'],
  source: string,
  of: string,
  answer: (events: readonly string[], faithful: Faithful) => Answer,
  more: (run: Run) => void = () => {},
): Trial {
  return {
    id: `broken.${name}`,
    level,
    says: `${of} is told as a failure, and not waited for`,
    source,
    modes: STREAMED,
    async holds(stage: Stage) {
      const run = await stage.run({
        answer: (faithful) => (faithful.status === 200 ? answer(faithful.events, faithful) : undefined),
      });
      expectFailure(run, of);
      more(run);
    },
  };
}

function whole(name: string, source: string, of: string, answer: (json: string) => Answer): Trial {
  return {
    id: `broken.${name}`,
    level: 'MUST',
    says: `${of} is told as a failure, and not waited for`,
    source,
    modes: WHOLE,
    async holds(stage: Stage) {
      const run = await stage.run({
        answer: (faithful) => (faithful.status === 200 ? answer(faithful.body) : undefined),
      });
      expectFailure(run, of);
    },
  };
}

/** How many events come before a stream breaks: the role and a few words. */
const SOME = 4;
const some = (events: readonly string[]): string[] => framed(events.slice(0, SOME));
const PAGE_TEXT = '<!doctype html><html><title>Control</title><body>Welcome</body></html>';
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const REASON = 'the lamp of the lighthouse went out';
const failing = (error: object): string => `data: ${JSON.stringify({ error })}\n\n`;

/** Trials of `broken.*`. */
export const brokenTrials: readonly Trial[] = [
  stream('cut', 'MUST', `${HTTP1}#section-8`, 'a stream whose connection closes before HTTP ends it', (events) => ({
    pieces: some(events),
    ending: 'cut',
  })),
  stream('reset', 'MUST', `${HTTP1}#section-8`, 'a stream whose connection is reset', (events) => ({
    pieces: some(events),
    ending: 'reset',
  })),
  stream(
    'ended',
    'MUST',
    `${PAGE}#streaming-sse`,
    'a stream that ends with neither a finish reason nor [DONE]',
    (events) => ({ pieces: some(events) }),
  ),
  stream(
    'closed',
    'MUST',
    `${PAGE}#streaming-sse`,
    'a stream delimited by its connection that ends with neither a finish reason nor [DONE]',
    (events) => ({ pieces: some(events), ending: 'close' }),
  ),
  stream(
    'no-finish',
    'SHOULD',
    'https://github.com/openclaw/openclaw/issues/23013',
    'a stream that ends with [DONE] and without a finish reason',
    (events) => ({
      pieces: framed(events.filter((data) => !finishes(data))),
    }),
  ),
  stream(
    'bare-done',
    'MUST',
    'https://github.com/nicolasglg/openclaw-conversation/issues/3',
    'a stream of [DONE] alone',
    () => ({ pieces: framed([DONE]) }),
  ),
  stream('empty', 'MUST', CHUNK, 'a stream without an event', () => ({ pieces: [] })),
  stream('malformed', 'MUST', JSON_RFC, 'a stream with half a chunk in it', (events) => ({
    pieces: framed(events.map((data, at) => (at === SOME ? data.slice(0, data.length / 2) : data))),
  })),
  stream('torn-end', 'MUST', JSON_RFC, 'a stream that ends within a chunk', (events) => ({
    pieces: [...some(events), `data: ${events[SOME]!.slice(0, 60)}`],
  })),
  stream(
    'error',
    'MUST',
    `${PAGE}#streaming-sse`,
    'a stream with an error object and [DONE] in place of the rest',
    (events) => ({
      pieces: [...some(events), failing({ message: REASON, type: 'api_error' }), ...framed([DONE])],
    }),
  ),
  stream(
    'error-alone',
    'MUST',
    `${PAGE}#streaming-sse`,
    'a stream with an error object in place of the rest',
    (events) => ({
      pieces: [...some(events), failing({ message: REASON, type: 'server_error', code: null, param: null })],
    }),
  ),
  stream(
    'error-words',
    'SHOULD',
    `${PAGE}#streaming-sse`,
    'an error within a stream, with its message',
    (events) => ({ pieces: [...some(events), failing({ message: REASON, type: 'api_error' }), ...framed([DONE])] }),
    (run) =>
      expect(`${run.complaint}${run.text}`.includes(REASON), `the message ${brief(REASON)}`, run.complaint.trim()),
  ),
  stream(
    'page',
    'MUST',
    'https://github.com/openclaw/openclaw/issues/113609',
    'a web page with status 200 in place of a stream',
    () => ({
      headers: HTML,
      pieces: [PAGE_TEXT],
    }),
  ),
  {
    id: 'broken.no-done',
    level: 'MUST',
    says: 'a stream that ends without [DONE] after its finish reason is not waited for',
    source: `${PAGE}#streaming-sse`,
    modes: STREAMED,
    async holds(stage) {
      const run = await stage.run({
        answer: ({ events }) => ({ headers: DATA, pieces: framed(events.filter((data) => data !== DONE)) }),
      });
      expectEnd(run);
      return run.ok ? 'told as a success' : 'told as a failure';
    },
  },
  {
    id: 'broken.after-words',
    level: 'SHOULD',
    says: 'what came of a stream before it broke is shown',
    source: `${PAGE}#streaming-sse`,
    modes: STREAMED,
    async holds(stage) {
      const run = await stage.run({
        text: ['So far', ' so good', ' it was', ' before.'],
        answer: ({ events }) => ({ pieces: [...framed(events.slice(0, 3)), 50], ending: 'cut' }),
      });
      expectEnd(run);
      expect(run.text.includes('So far'), 'the words that came', run.text.trim());
    },
  },
  whole('cut-whole', `${HTTP1}#section-8`, 'a whole answer whose connection closes before its length', (json) => ({
    headers: { ...JSON_TYPE, 'content-length': String(Buffer.byteLength(json)) },
    pieces: [json.slice(0, json.length / 2)],
    ending: 'cut',
  })),
  whole('reset-whole', `${HTTP1}#section-8`, 'a whole answer whose connection is reset', (json) => ({
    headers: JSON_TYPE,
    pieces: [json.slice(0, json.length / 2)],
    ending: 'reset',
  })),
  whole('torn-whole', JSON_RFC, 'a whole answer that is half its JSON', (json) => ({
    headers: JSON_TYPE,
    pieces: [json.slice(0, json.length / 2)],
  })),
  whole('empty-whole', JSON_RFC, 'a whole answer without a byte', () => ({ headers: JSON_TYPE, pieces: [] })),
  whole(
    'no-choice',
    'https://platform.openai.com/docs/api-reference/chat/object',
    'a whole answer without a choice',
    (json) => ({
      headers: JSON_TYPE,
      pieces: [JSON.stringify({ ...(JSON.parse(json) as object), choices: [] })],
    }),
  ),
  whole('error-whole', `${PAGE}#endpoint`, 'an error object with status 200', () => ({
    headers: JSON_TYPE,
    pieces: [JSON.stringify({ error: { message: REASON, type: 'api_error' } })],
  })),
  whole('page-whole', 'https://github.com/openclaw/openclaw/issues/113609', 'a web page with status 200', () => ({
    headers: HTML,
    pieces: [PAGE_TEXT],
  })),
];
