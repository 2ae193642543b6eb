/** The answer is printed, whole, and nothing but it. */
import { Violation } from '../../dial/expectation.ts';
import { DONE, finishes, framed } from '../framing.ts';
import type { Answer, Faithful } from '../stand.ts';
import { expectAnswer, expectEnd, isStreamed, Unseen, type Stage } from '../stage.ts';
import { expect } from '../../dial/expectation.ts';
import { BOTH, CHUNK, COMPLETION, PAGE, STREAMED, WHOLE, type Trial } from '../trial.ts';

/** By these the others are gated: a client that does not print a good answer earns nothing by failing at a bad one. */
export const BASES: readonly [streamed: Trial, whole: Trial] = [
  {
    id: 'answer.streamed',
    level: 'MUST',
    says: 'of a stream it prints the text of every delta, in order, and ends with success',
    source: CHUNK,
    modes: STREAMED,
    holds: answers,
  },
  {
    id: 'answer.whole',
    level: 'MUST',
    says: 'of a whole answer it prints the content, and ends with success',
    source: COMPLETION,
    modes: WHOLE,
    holds: answers,
  },
];

async function answers(stage: Stage): Promise<void> {
  const run = await stage.run({ any: true });
  const [call] = run.calls;
  if (call === undefined) {
    // Where its calls go instead is a requirement of its own.
    if (run.requests.length > 0) throw new Unseen('the client did not call the endpoint');
    expectEnd(run);
    throw new Violation('a call of the endpoint', `none; the client ${run.ok ? 'claims success' : 'failed'}`);
  }
  if (isStreamed(call) !== stage.streamed) {
    throw new Unseen(`the client asked for ${stage.streamed ? 'a whole answer' : 'a stream'} (KIT_STREAM)`);
  }
  expectAnswer(run);
}

/** How late [DONE] comes, in ms. */
const LATE_MS = 300;

/** Trials of `answer.*`. */
export const answerTrials: readonly Trial[] = [
  {
    id: 'answer.equal-deltas',
    level: 'MUST',
    says: 'deltas with equal text are each a part of the answer',
    source: CHUNK,
    modes: STREAMED,
    holds: async (stage) => expectAnswer(await stage.run({ text: ['ha', 'ha', 'ha', '!'] })),
  },
  {
    id: 'answer.blanks',
    level: 'MUST',
    says: 'blanks and line ends inside the answer are kept, a delta of blanks alone too',
    source: CHUNK,
    modes: BOTH,
    holds: async (stage) =>
      expectAnswer(await stage.run({ text: ['one', '  ', 'two', '\n', ' \n', '    three', '\r\n', 'four'] })),
  },
  {
    id: 'answer.look-alike',
    level: 'MUST',
    says: 'an answer that quotes the protocol, as "data: [DONE]" or an error object, is an answer',
    source: CHUNK,
    modes: BOTH,
    holds: async (stage) =>
      expectAnswer(
        await stage.run({
          text: [
            'The last line is "',
            'data: [DONE]',
            '"\n',
            '[DONE]',
            '\n\n{"error":{"message":"no"}}',
            ' and so on.',
          ],
        }),
      ),
  },
  {
    id: 'answer.large',
    level: 'MUST',
    says: 'an answer of 4 MiB is printed whole',
    source: COMPLETION,
    modes: BOTH,
    holds: async (stage) => expectAnswer(await stage.run({ text: longText(stage), answer: inBlocks })),
  },
  {
    id: 'answer.memory',
    level: 'SHOULD',
    says: `an answer of 4 MiB needs less than 256 MiB more memory than a short one`,
    source: COMPLETION,
    modes: BOTH,
    async holds(stage) {
      const short = await stage.run({ measured: true });
      if (short.peakMiB === undefined) throw new Unseen('memory is measured of commands on Linux alone');
      const long = await stage.run({ text: longText(stage), answer: inBlocks, measured: true });
      if (long.peakMiB === undefined || !long.ok) throw new Unseen('the client did not print it');
      const more = Math.round(long.peakMiB - short.peakMiB);
      expect(more < 256, 'less than 256 MiB more', `${more} MiB`);
      return `${more} MiB more`;
    },
  },
  {
    id: 'answer.to-the-end',
    level: 'SHOULD',
    says: 'a stream is read until [DONE]: usage comes after the finish reason, and the connection can be used again',
    source: `${PAGE}#streaming-sse`,
    modes: STREAMED,
    async holds(stage) {
      const run = await stage.run({
        answer: ({ events }) => {
          const at = events.findIndex(finishes) + 1;
          return { pieces: [...framed(events.slice(0, at)), LATE_MS, ...framed([DONE])] };
        },
      });
      expectAnswer(run);
      expect(run.calls[0]!.left === undefined, 'the client to read until [DONE]', 'it left after the finish reason');
    },
  },
];

/** How long the pieces of a long answer are, in characters: many events each, and the last one cut. */
const BLOCK = 60_000;

/** The reference's answer, a block in each write. */
function inBlocks({ status, headers, body }: Faithful): Answer {
  const blocks = Array.from({ length: Math.ceil(body.length / BLOCK) }, (_, at) =>
    body.slice(at * BLOCK, (at + 1) * BLOCK),
  );
  return { status, headers, pieces: blocks };
}

/** Deltas of 1 KiB, each with its number. */
function longText({ ground: { large } }: Stage): string[] {
  return Array.from({ length: large }, (_, at) => `${`${at} `.padEnd(1023, 'lorem ipsum ')}.`);
}
