/** Streaming: the text arrives complete, whatever it looks like and however long it is. */

import { setTimeout as wait } from 'node:timers/promises';
import quarter from '../../../fixtures/replies/long-quarter.json' with { type: 'json' };
import long from '../../../fixtures/replies/long.json' with { type: 'json' };
import multiline from '../../../fixtures/replies/multiline.json' with { type: 'json' };
import repeats from '../../../fixtures/replies/repeats.json' with { type: 'json' };
import splitUnicode from '../../../fixtures/replies/split-unicode.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { Violation, expect, expectEqual } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { spoken, chunkText, wordsIn } from '../../dial/reading.ts';
import { kept, must, should } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { echo, play, streamed } from '../../vocabulary/prompts.ts';
import { expectUnwrapped, spokenIn, wordsOf } from '../../vocabulary/replies.ts';
import { expectWholeCharacters } from '../../watching/streams.ts';

const CHUNK = 'https://platform.openai.com/docs/api-reference/chat-streaming/streaming';
const issue = (number: number): string => `https://github.com/openclaw/openclaw/issues/${number}`;

/**
 * How much longer a stream may take than one of a quarter of its deltas: 4 where each delta costs the same, 16 where
 * the cost grows with the square. Two streams and not two parts of one: in a gateway that stalls and catches up, the
 * times of the parts mean nothing. Releases were measured at 3 to 8, and at 14 to 15, on an idle machine.
 */
const GROWTH = 9;
/** In ms. A long stream that is faster is not judged by its growth: other work may have come between. */
const WORTH_A_LOOK = 3000;

/** Edits the text of every chunk that has one; undefined drops the chunk. */
const texts = (edit: (text: string, index: number) => string | undefined): Liar =>
  lie.chunks((chunk, index) => {
    if (!lie.saysText(chunk)) return chunk;
    const content = edit(chunk.choices[0].delta.content, index);
    const [choice] = chunk.choices;
    return content === undefined ? [] : { ...chunk, choices: [{ ...choice, delta: { ...choice.delta, content } }] };
  });

/** Two chunks for one whose text has a pair of surrogates, cut within the first pair. */
function halved(chunk: Json): Json {
  const text: unknown = chunk.choices?.[0]?.delta?.content;
  const at = typeof text === 'string' ? text.search(/[\ud800-\udbff][\udc00-\udfff]/) : -1;
  if (at === -1) return chunk;
  const [choice] = chunk.choices;
  const saying = (content: string): Json => ({ ...chunk, choices: [{ ...choice, delta: { content } }] });
  return [saying(String(text).slice(0, at + 1)), saying(String(text).slice(at + 1))];
}

/** Pauses after every hundredth word, longer each time: 5 s for ten thousand words, less than 0.1 s for a quarter. */
const slower: Liar = lie.aboutRequest(
  /play:long/,
  lie.replies((response) => {
    let said = 0;
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    const slow = new TransformStream<Uint8Array, Uint8Array>({
      async transform(bytes, controller) {
        for (const event of decoder.decode(bytes, { stream: true }).split(/(?<=\n\n)/)) {
          controller.enqueue(encoder.encode(event));
          if (++said % 100 === 0) await wait(150 * (said / 10_000) ** 2);
        }
      },
    });
    return response.body && lie.isStream(response) ? new Response(response.body.pipeThrough(slow), response) : response;
  }),
);

/** Decodes the bytes of a stream in reads of that size, each by itself. */
const torn = (size: number): Liar =>
  lie.wholeStream((text) => {
    const bytes = Buffer.from(text);
    const reads = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size).toString(),
    );
    return reads.join('');
  });

/** Edits the deltas of the reply `wrapped`, in which the model wraps its words in tags of its own. */
const wrapped = (edit: (text: string, index: number) => string): Liar => lie.aboutRequest(/play:wrapped/, texts(edit));

/** Ends the stream in front of the first event of more than so many characters. */
const stopsAt =
  (most: number): Liar =>
  (request, faithful) => {
    let stopped = false;
    return lie.frames((data) => {
      stopped ||= data.length > most;
      return stopped ? [] : [data];
    })(request, faithful);
  };

/** Each delta repeats all text before it, up to 1000 characters: a long reply would grow with its square. */
const soFar: Liar = (request, faithful) => {
  let said = '';
  return texts((text) => ((said += text).length < 1000 ? said : text))(request, faithful);
};

/** `streaming.*` about the text that a client joins from the deltas. */
export const wordCases = [
  // Snapshots sent as deltas double the text in every client that appends (issues 98427, 98408).
  must('streaming.same-text', {
    says: 'the joined deltas are the text that the non-streaming answer gives',
    source: CHUNK,
    needs: ['scripted'],
    situations: [
      {},
      { saying: 'one word', usage: 'asked' },
      { saying: 'emoji', naming: 'user' },
      { saying: 'crumbs' },
      { saying: 'crumbs', naming: 'user', usage: 'asked' },
      { saying: 'one huge delta', naming: 'user', usage: 'asked' },
      { saying: 'over 1,000 deltas' },
      { saying: 'long, of many letters' },
      { saying: 'over 1,000 deltas', naming: 'user', usage: 'asked' },
    ],
    async holds(dial) {
      const { prompt } = spokenIn(dial);
      // One after the other: in releases two simultaneous first calls of a user do not go together.
      const whole = await dial.ask(prompt);
      const exchange = await streamed(dial, prompt);
      expectEqual(spoken(exchange), whole.text, 'the joined deltas');
    },
    catches: {
      'loses the first character': texts((text, index) => (index === 1 ? text.slice(1) : text)),
      'drops deltas of line ends alone': texts((text) => (/^\n+$/.test(text) ? undefined : text)),
      'drops deltas of blanks alone': texts((text) => (text.trim() === '' ? undefined : text)),
      'drops a delta that is 0': texts((text) => (Number(text) === 0 ? undefined : text)),
      'trims the deltas': texts((text) => text.trim()),
      'says the whole so far each time': soFar,
      'says the beginning again': lie.aboutRequest(
        /play:sentence/,
        texts((text, index) => (index === 2 ? `The${text}` : text)),
      ),
      'decodes reads of 4 kB by themselves': torn(4096),
      'decodes reads of 16 kB by themselves': torn(16_384),
      'stops after a thousand deltas': texts((text, index) => (index > 1000 ? undefined : text)),
      'cuts a delta at 8 kB': texts((text) => text.slice(0, 8192)),
      'swallows a delta where usage was asked': lie.aboutRequest(
        /"include_usage":true/,
        texts((text, index) => (index === 1 ? undefined : text)),
      ),
      'swallows a delta': texts((text, index) => (index === 3 ? undefined : text)),
    },
  }),
  // A line end in the data splits the event, and a client that searches for [DONE] in the text stops early.
  must('streaming.multiline', {
    says: 'text that looks like framing (line ends, data:, [DONE]) comes through as text',
    source: CHUNK,
    needs: ['scripted'],
    async holds(dial) {
      expectEqual(spoken(await streamed(dial, `${play('multiline')} ${dial.nonce}`)), wordsOf(multiline), 'the text');
    },
    catches: {
      'puts bare line ends into the data': lie.frames((data) => [data.replaceAll('\\n', '\n')]),
      'takes [DONE] in the text for the end': texts((text) => text.split('[DONE]')[0]),
      'makes all line ends alike': texts((text) => text.replaceAll('\r\n', '\n')),
      'drops blank lines': texts((text) => text.replaceAll('\n\n', '\n')),
    },
  }),
  must('streaming.split-unicode', {
    says: 'characters that were cut between two pieces are whole when joined',
    source: 'https://www.rfc-editor.org/rfc/rfc8259#section-8.2',
    needs: ['scripted'],
    async holds(dial) {
      const text = spoken(await streamed(dial, `${play('split-unicode')} ${dial.nonce}`));
      expectEqual(text, wordsOf(splitUnicode), 'the text');
    },
    catches: {
      'decodes each piece by itself': texts((text) => text.replaceAll(/[\u{1F000}-\u{1FFFF}]/gu, '\uFFFD\uFFFD')),
      'drops what it cannot decode': texts((text) => text.replaceAll(/[\u{1F000}-\u{1FFFF}]/gu, '')),
    },
  }),
  // RFC 8259, section 8.2: what a half becomes differs. Go and Python replace it or refuse it, and the pair is lost.
  must('streaming.whole-characters', {
    says: 'no delta has half a surrogate pair',
    since: '2026.8.1',
    source: 'https://www.rfc-editor.org/rfc/rfc8259#section-8.2',
    watched: true,
    situations: { usage: ['not asked', 'asked'] },
    async holds(dial) {
      expectWholeCharacters(wordsIn(await streamed(dial, echo(`\u{1F44B}\u{1F600}-${dial.nonce}`))));
    },
    catches: {
      'cuts an emoji in two chunks': lie.chunks(halved),
      'cuts one when usage was asked': lie.aboutRequest(/"include_usage":true/, lie.chunks(halved)),
      'begins with half of one': texts((text, index) => (index === 1 ? `\udc4b${text}` : text)),
    },
  }),
  // Deltas count by position, not by content: "hi", "hi" is "hihi".
  must('streaming.repeats-kept', {
    says: 'a delta that equals the one before is said again',
    source: CHUNK,
    needs: ['scripted'],
    async holds(dial) {
      expectEqual(spoken(await streamed(dial, `${play('repeats')} ${dial.nonce}`)), wordsOf(repeats), 'the text');
    },
    catches: {
      'drops a repeat': texts((text, index) => (text === 'hi' && index > 1 ? undefined : text)),
      'repeats what was said': texts((text, index) => (text === 'hi' && index > 1 ? 'hihi' : text)),
    },
  }),
  // Issue 63325: tags that came in two deltas were not recognised, and users read `<final>`.
  kept('streaming.hides-internals', {
    says: "a stream never shows the model's own wrappers, not even in pieces",
    source: issue(63325),
    core: false,
    needs: ['scripted'],
    async holds(dial) {
      expectUnwrapped(spoken(await streamed(dial, `${play('wrapped')} ${dial.nonce}`)));
    },
    catches: {
      'shows the wrapper': wrapped((text, index) => (index === 1 ? `<final>${text}` : text)),
      'lets a torn tag through': wrapped((text) => `${text}</final`),
      'thinks aloud': wrapped((text, index) => (index === 1 ? `private thought ${text}` : text)),
    },
  }),
  // Go's bufio.Scanner gives up at a line of 64 KiB, Python's asyncio streams at the same.
  kept('streaming.large-deltas', {
    says: 'words of the model that come as one of 70 kB, and as one of 300 kB, arrive whole',
    source: CHUNK,
    needs: ['scripted'],
    async holds(dial) {
      for (const size of [70_000, 300_000]) {
        const text = `${'word-'.repeat(size / 5)}${dial.nonce}`;
        const said = spoken(await streamed(dial, echo(text)));
        if (said !== text) throw new Violation(`${text.length} characters`, difference(said, text));
      }
    },
    catches: {
      'cuts a delta at 32 kB': texts((text) => text.slice(0, 32_768)),
      'stops at an event of more than 64 kB': stopsAt(65_536),
      'drops events of more than 64 kB': lie.frames((data) => (data.length > 65_536 ? [] : [data])),
    },
  }),
  // Code and lists lose their last line, and a client that caches by text takes the two for different answers.
  kept('streaming.same-ends', {
    says: 'white space at the ends of an answer is the same whole and streamed',
    source: CHUNK,
    needs: ['scripted'],
    async holds(dial) {
      const prompt = echo(` \n two words ${dial.nonce} \n\n `);
      const whole = await dial.ask(prompt);
      expectEqual(spoken(await streamed(dial, prompt)), whole.text, 'the joined deltas');
    },
    catches: {
      'trims whole answers': lie.message((message) => ({ ...message, content: message.content.trim() })),
      'trims the end of whole answers': lie.message((message) => ({ ...message, content: message.content.trimEnd() })),
      'ends streams with a line': texts((text) => (text.endsWith('\n\n ') ? `${text.trimEnd()}\n` : text)),
    },
  }),
  // Up to 2026.7.1 the cost grew with the square: 2026.1.30 gave 10,473 of 30,000 deltas in 120 s.
  should('streaming.long', {
    says: '10,000 deltas arrive whole, at a cost that grows with their number, not with its square',
    source: CHUNK,
    needs: ['scripted'],
    // Releases whose cost grows with the square answer no other call meanwhile.
    alone: true,
    async holds(dial) {
      // Other work only adds to a time, so the shorter of two is nearer to the truth.
      let [short, whole] = [Infinity, Infinity];
      for (let round = 0; round < 2; round++) {
        short = Math.min(short, await took(dial, 'long-quarter', wordsOf(quarter)));
        whole = Math.min(whole, await took(dial, 'long', wordsOf(long)));
      }
      expect(
        whole < WORTH_A_LOOK || whole <= GROWTH * short,
        'four times as many deltas to take about four times as long',
        `${whole} ms after ${short} ms`,
      );
    },
    catches: {
      'loses one of many': texts((text, index) => (index === 5000 ? undefined : text)),
      'stops after 4096 words': texts((text, index) => (index > 4096 ? undefined : text)),
      'slower with each word': slower,
    },
  }),
];

/** The time from the first word of a reply to its last, in ms, at least 1. A violation when the text differs. */
async function took(dial: Dial, name: string, wanted: string): Promise<number> {
  const words = wordsIn(await streamed(dial, `${play(name)} ${dial.nonce}`));
  const text = words.map(chunkText).join('');
  if (text !== wanted) throw new Violation(`${wanted.length} characters`, difference(text, wanted));
  return Math.max(1, Math.round((words.at(-1) ?? words[0]).at - words[0].at));
}

/** Where a text begins to differ from the wanted one, for the report. */
function difference(text: string, wanted: string): string {
  const at = wanted.split('').findIndex((character, index) => text[index] !== character);
  return `${text.length}, ${at === -1 ? 'more than that' : `other text from character ${at} on`}`;
}
