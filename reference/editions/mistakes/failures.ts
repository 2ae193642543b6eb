/** What releases do wrong when a run fails. */

import { OLDEST } from '../trait.ts';
import { issue, type Mistakes } from './mistake.ts';

/** What became of a run that the model provider refused: by its status, or `other`. */
export interface Told {
  readonly status: number;
  readonly type: string;
  /** What is said; without it, the provider's own words behind its status. */
  readonly message?: string;
}
type Telling = Readonly<Record<number | 'other', Told>> & { readonly [How in Cause]?: Told };

type Words = Readonly<Record<number | 'other', string>> & { readonly [How in Cause | 'limited' | 'named']?: string };

/** What decides before the status does: how a run failed, or what its words speak of. */
type Cause =
  | 'refused'
  | 'streamed'
  | 'filtered'
  | 'unreachable'
  | 'torn'
  | 'no json'
  | 'whole'
  | 'unfinished'
  | 'unreadable'
  | 'overloaded';

const LIMITED = '⚠️ API rate limit reached. Please try again later.';
const OVERLOADED = 'The AI service is temporarily overloaded. Please try again in a moment.';
const NETWORK = 'LLM request failed: network connection error.';
const REJECTED = 'LLM request failed: provider rejected the request schema or tool payload.';

const INTERNAL: Told = { status: 500, type: 'api_error', message: 'internal error' };
const TIMED_OUT: Told = { status: 408, type: 'api_error', message: 'upstream provider timeout' };
const BAD_GATEWAY: Told = { status: 502, type: 'api_error', message: 'upstream provider error' };
const BUSY: Told = { status: 503, type: 'api_error', message: 'upstream provider overloaded' };
const PASSED_ON = {
  400: { status: 400, type: 'invalid_request_error' },
  401: { status: 401, type: 'authentication_error' },
  402: { status: 429, type: 'rate_limit_error' },
  429: { status: 429, type: 'rate_limit_error' },
};

const SPOKEN: Words = {
  unreachable: 'Connection error.',
  torn: 'terminated',
  unfinished: '{words}',
  unreadable: '{words}',
  filtered: '{words}',
  overloaded: OVERLOADED,
  named: 'HTTP {status}: {words}',
  other: '{status} {words}',
};

/** See `editions/mistakes.ts`. */
export const FAILURES = {
  /** A run that failed, not streamed: an error, or its words as the answer. */
  failure: {
    right: 'told',
    seen: [
      [OLDEST, 'as the answer', issue(124038)],
      ['2026.5.5', 'told', issue(124038)],
    ],
  },
  /**
   * The words of the answer then: by how the provider failed, by what its words speak of (`overloaded`; `limited`, of a
   * rate or quota; `named`, of a kind of error that HTTP knows), by its status.
   */
  failureWords: {
    right: { other: '' } as Words,
    seen: [
      [OLDEST, SPOKEN, issue(124038)],
      ['2026.2.26', { ...SPOKEN, limited: LIMITED } as Words, issue(124038)],
      ['2026.3.24', { ...SPOKEN, limited: LIMITED, unreachable: NETWORK, torn: NETWORK } as Words, issue(124038)],
      [
        '2026.4.10',
        { ...SPOKEN, limited: LIMITED, unreachable: NETWORK, torn: NETWORK, 400: REJECTED } as Words,
        issue(124038),
      ],
    ],
  },
  /** A run that failed, streamed: an error; nothing at all; or a text that says no more than that there was one. */
  streamedFailure: {
    right: 'told',
    seen: [
      [OLDEST, 'silent', issue(59913)],
      ['2026.5.5', 'as text', issue(59913)],
      ['2026.5.18', 'told', issue(124038)],
    ],
  },
  /** The same after some words of text: an error, or a good end. */
  lateFailure: {
    right: 'told',
    seen: [
      [OLDEST, 'ends well', issue(124038)],
      ['2026.8.1', 'told', issue(124038)],
    ],
  },
  /** How a provider's refusal is told; `kit` is what `errors.ts` says. */
  telling: {
    right: 'kit',
    seen: [
      [OLDEST, { other: INTERNAL } as Telling, 'Nothing of it gets out as an error.'],
      [
        '2026.5.18',
        { ...PASSED_ON, overloaded: BUSY, 408: TIMED_OUT, 504: TIMED_OUT, other: TIMED_OUT } as Telling,
        issue(81275),
      ],
      [
        '2026.8.1',
        {
          ...PASSED_ON,
          402: { status: 402, type: 'rate_limit_error' },
          unreachable: TIMED_OUT,
          torn: TIMED_OUT,
          filtered: INTERNAL,
          unfinished: TIMED_OUT,
          other: BAD_GATEWAY,
        } as Telling,
        issue(115718),
      ],
    ],
  },
  /** A secret in a provider's words that are passed on: shown, or shortened. */
  secretsOfProviders: {
    right: 'shown',
    seen: [
      [OLDEST, 'shown', issue(115718)],
      ['2026.8.1', 'shortened', issue(115718)],
    ],
  },
  /** A provider's stream that ends without saying so: a failure, or a whole answer. */
  unfinished: {
    right: 'told',
    seen: [
      [OLDEST, 'taken for whole', 'What has come is the answer.'],
      ['2026.8.1', 'told', 'A failure of the provider.'],
    ],
  },
  /** A provider's answer that is no JSON: a failure; or no words at all, what the parser said of it, or that it failed. */
  noJson: {
    right: 'told',
    seen: [
      [OLDEST, 'silence', 'As a run without a word.'],
      ['2026.5.12', 'as the answer', 'What the parser said, with 200.'],
      ['2026.6.8', 'a text', '`LLM request failed.`, with 200.'],
      ['2026.8.1', 'silence', 'As a run without a word.'],
    ],
  },
} as const satisfies Mistakes;
