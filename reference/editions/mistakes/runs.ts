/** What releases do wrong with runs: when they end, what they see of their session, which tools their model is offered. */

import { OLDEST } from '../trait.ts';
import { issue, type Mistakes } from './mistake.ts';

/** See `editions/mistakes.ts`. */
export const RUNS = {
  /** What becomes of a run whose client left: it stops, and may leave the session of a stream shut; or it goes on. */
  left: {
    right: 'stops',
    seen: [
      [OLDEST, 'goes on', issue(54388)],
      ['2026.4.7', 'stops', issue(54388)],
      ['2026.5.12', 'goes on', issue(54388)],
      ['2026.5.28', 'stops, and shuts', issue(54388)],
      ['2026.8.1', 'stops', issue(54388)],
    ],
  },
  /**
   * A turn whose run failed or said nothing: the session forgets it; or keeps its prompt, perhaps with a note in place of an
   * answer that broke off. Where it is kept, so is an answer without the call that the client insisted on.
   */
  failedTurns: {
    right: 'forgotten',
    seen: [
      [OLDEST, 'kept', 'The next run is told the prompt, as one that nothing answered.'],
      ['2026.8.1', 'kept, with a note', 'The note says that the turn failed.'],
    ],
  },
  /** A turn whose client left: the session forgets it, or puts it in front of the next prompt. */
  abandonedTurns: {
    right: 'forgotten',
    seen: [
      [OLDEST, 'forgotten', 'The next prompt stands alone.'],
      ['2026.8.1', 'queued', 'The next prompt begins with it, as a message that was queued.'],
    ],
  },
  /** First calls of one session at once: each sees those before it; or none does, and the last of them is remembered. */
  firstTurns: {
    right: 'seen',
    seen: [
      [OLDEST, 'unseen', 'They run one after the other, and each begins the session.'],
      ['2026.8.1', 'seen', 'As all others.'],
    ],
  },
  /**
   * The client's tools: offered to the agent as they are; or hidden behind a search for tools, which agents do not find
   * them by, unless `tools.toolSearch` is false.
   */
  toolSearch: {
    right: 'shows',
    seen: [
      [OLDEST, 'shows', 'The provider is offered them.'],
      ['2026.9.6', 'hides', 'The agent says that the tool is not available here.'],
    ],
  },
  /** What a provider says as its refusal: content, or nothing that was said. */
  refusals: {
    right: 'content',
    seen: [
      [OLDEST, 'unheard', 'A run without a word.'],
      ['2026.8.1', 'content', 'The text of the answer.'],
    ],
  },
  /** An answer without a word: taken, or asked for once more. */
  silentAnswers: {
    right: 'taken',
    seen: [
      [OLDEST, 'taken', 'A run without a word.'],
      ['2026.6.8', 'asked again', 'Both prompts count.'],
    ],
  },
  /** A `response_format` of the type `json_schema` without a schema: the provider is asked for it, or not. */
  bareSchema: {
    right: 'forwarded',
    seen: [
      [OLDEST, 'forwarded', 'The field is ignored.'],
      ['2026.5.12', 'dropped', '200, and any text.'],
    ],
  },
  /** A tag by which agents name the message that they answer, in an answer that a session remembers: kept, or taken out. */
  rememberedTags: {
    right: 'kept',
    seen: [
      [OLDEST, 'kept', 'The next run is told the answer as it was said.'],
      ['2026.8.1', 'taken out', 'The next run is told the answer as it was shown.'],
    ],
  },
  /** A finish reason that OpenAI's API does not have and that names no error: a good end, or a failure. */
  oddFinish: {
    right: 'good end',
    seen: [[OLDEST, 'fails', 'What was said so far, and that the reason is unknown.']],
  },
  /** How often a provider is asked again that is not there, or fails before it says anything. */
  retries: {
    right: 0,
    seen: [
      [OLDEST, 2, 'After half a second, and after another one.'],
      ['2026.5.12', 0, 'Where the settings of an agent say so.'],
    ],
  },
  /**
   * What a provider is told of `tool_choice`: it; nothing, so that only the tools that are offered follow it; or, where a
   * call is insisted on, a sentence of the instructions.
   */
  toolChoice: {
    right: 'told',
    seen: [
      [OLDEST, 'told', 'Tools are ignored.'],
      ['2026.5.12', 'kept back', 'The provider is offered the tools, and may do with them what it likes.'],
      ['2026.6.8', 'put into words', 'The provider is asked to call one of the tools before it responds.'],
    ],
  },
} as const satisfies Mistakes;
