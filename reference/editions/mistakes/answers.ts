/** What releases do wrong when they write the answer of a run. */

import { OLDEST } from '../trait.ts';
import { issue, type Mistakes } from './mistake.ts';

/** See `editions/mistakes.ts`. */
export const ANSWERS = {
  /** The chunk of the role: at once, or together with the first text, and then only if there is one. */
  roleChunk: {
    right: 'at once',
    seen: [
      [OLDEST, 'with the text', issue(77794)],
      ['2026.5.5', 'at once', issue(77794)],
    ],
  },
  /** Whether the chunk of the role says `finish_reason: null`. */
  roleFinish: {
    right: true,
    seen: [
      [OLDEST, false, 'The key is not there.'],
      ['2026.5.5', true, 'The key is null.'],
    ],
  },
  /** Whether a stream says why it ended. */
  finishChunk: {
    right: true,
    seen: [
      [OLDEST, false, issue(23013)],
      ['2026.4.10', true, issue(23013)],
    ],
  },
  /** `created`: one moment for all chunks, or that of each. */
  created: {
    right: 'once',
    seen: [
      [OLDEST, 'each', 'Every chunk carries the second in which it was sent.'],
      ['2026.8.1', 'once', 'One value.'],
    ],
  },
  /** The finish reason of an answer that was cut at the model's limit. */
  cut: {
    right: 'length',
    seen: [
      [OLDEST, 'stop', issue(141264)],
      ['2026.9.4', 'length', issue(141264)],
    ],
  },
  /** An answer that the provider's filter cut: the finish reason says so, or the run has failed. */
  filtered: {
    right: 'told',
    seen: [[OLDEST, 'fails', 'What was said so far, and an unknown error.']],
  },
  /** The text of one that was cut at the limit, when it is not streamed: as it is, replaced, or with a note behind it. */
  cutText: {
    right: 'as it is',
    seen: [
      [OLDEST, 'as it is', 'The text, as far as it went.'],
      ['2026.6.8', 'replaced', 'An apology stands in its place.'],
      ['2026.8.1', 'noted', 'A note says that it is partial.'],
    ],
  },
  /** Lines that begin with MEDIA:, by which agents attach files: shown; or taken out, in a stream perhaps too late. */
  mediaLines: {
    right: 'kept',
    seen: [
      [OLDEST, 'kept', 'The line is part of the text.'],
      ['2026.2.26', 'taken out late', 'In a stream what came before the name of the file is there.'],
      ['2026.5.28', 'taken out', 'The line is not there, nor what it attaches.'],
    ],
  },
  /** A stream of `NO_REPLY`, by which agents say nothing, in pieces: held until it is whole, or its beginning gets out. */
  tornNoReply: {
    right: 'held',
    seen: [
      [OLDEST, 'gets out', 'The chunk `NO_` alone.'],
      ['2026.6.8', 'held', 'No chunk of it.'],
    ],
  },
  /** A stream with `[[reply_to_current]]` in pieces: held until it is whole, or its beginning gets out and nothing else. */
  tornReplyTag: {
    right: 'held',
    seen: [
      [OLDEST, 'gets out', 'The chunk `[[reply_to_` alone.'],
      ['2026.2.1', 'held', 'The text behind it.'],
    ],
  },
  /** What is said before a tool is called: content, or nothing. */
  commentary: {
    right: 'content',
    seen: [
      [OLDEST, 'content', 'Deltas in front of the call.'],
      ['2026.9.6', 'lost', 'The content is empty, and there is no delta of it.'],
    ],
  },
  /** The halves of a character whose run says it in two pieces: joined, or each passed on as it comes. */
  halves: {
    right: 'joined',
    seen: [[OLDEST, 'passed on', 'Two chunks hold half a character each, in JSON escapes.']],
  },
  /** A run without a word: that there is none; an empty stream; an apology; or an error. */
  silence: {
    right: 'said',
    seen: [
      [OLDEST, 'said, but not streamed', issue(59913)],
      ['2026.5.5', 'refused', '400, the result is incomplete.'],
      ['2026.6.8', 'apologised for', 'A text says to try again.'],
      ['2026.8.1', 'an error', '500.'],
    ],
  },
} as const satisfies Mistakes;
