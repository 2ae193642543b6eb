/**
 * What releases do wrong, release by release: `right` is what the reference does, `seen` is what it does instead with
 * `asReleased`. A value is in force from its release until the next one. Seen on the wire of the releases in
 * `fixtures/releases.json`; a link says where it was reported or mended.
 */

import { OLDEST, type Row } from './trait.ts';

const issue = (number: number): string => `https://github.com/openclaw/openclaw/issues/${number}`;

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
type Cause = 'refused' | 'unreachable' | 'no json' | 'unfinished' | 'overloaded';

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
  overloaded: OVERLOADED,
  named: 'HTTP {status}: {words}',
  other: '{status} {words}',
};

export const MISTAKES = {
  /** A wrong secret of the right length that is not ASCII: refused as any other, or the comparison breaks (500). */
  secrets: {
    right: 'compared',
    seen: [
      [OLDEST, 'break', 'Two texts of the same length are not two buffers of the same length.'],
      ['2026.2.17', 'compared', 'Refused with 401.'],
    ],
  },
  /** The header Host: of no account, or part of the URL, so that one that is no host is a 500. */
  hostHeader: {
    right: 'ignored',
    seen: [
      [OLDEST, 'parsed', 'A lone bracket is answered with 500 in text.'],
      ['2026.5.14', 'ignored', 'The changelog of that release.'],
    ],
  },
  /**
   * A body over the limit: told so, after which the connection may be closed; or cut off, at its declared length or only
   * when that much has come.
   */
  tooLarge: {
    right: 'told',
    seen: [
      [OLDEST, 'cut off late', 'The connection is reset when the limit is passed.'],
      ['2026.2.26', 'cut off', 'The connection is reset at once.'],
      ['2026.8.1', 'told, and closed', '413 in JSON, with `Connection: close`.'],
    ],
  },
  /** What is wrong with malformed JSON: the words alone, or behind the name of the class that was thrown. */
  badJson: {
    right: 'words',
    seen: [
      [OLDEST, 'class and words', '`SyntaxError: Unexpected …`.'],
      ['2026.2.26', 'words', '`Unexpected …`.'],
    ],
  },
  /** A key that begins with `agent:` and goes on wrongly: refused, taken as it is, or a 500. */
  malformedKey: {
    right: 'refused',
    seen: [
      [OLDEST, 'taken', '`agent::x` is a session like any other.'],
      ['2026.2.26', 'breaks', 'The session cannot be found, and the run fails.'],
    ],
  },
  /** A key that names an agent that is not configured: refused where such agents are; or it runs all the same, or 500. */
  foreignKey: {
    right: 'refused',
    seen: [
      [OLDEST, 'refused', 'As a model that names such an agent; and where that runs, this does.'],
      ['2026.6.8', 'runs', 'A model that names such an agent is refused, a key is not.'],
      ['2026.8.1', 'breaks', 'The session cannot be found, and the run fails.'],
    ],
  },
  /** A key in `acp:`, while it is not refused: a session, or a 500. */
  acpKey: {
    right: 'taken',
    seen: [
      [OLDEST, 'taken', 'A session like any other.'],
      ['2026.2.26', 'breaks', 'No runtime answers for that namespace, and the run fails.'],
    ],
  },
  /** Several agents and none named: the default one answers, or 400. */
  severalAgents: {
    right: 'default',
    seen: [
      [OLDEST, 'default', 'The default agent answers, or `main`.'],
      ['2026.8.1', 'refused', 'Although the documentation calls `openclaw/default` safe to hardcode.'],
    ],
  },
  /** Clients that say nothing of their scopes: trusted with all, or refused, if they have a secret or not. */
  unscoped: {
    right: 'trusted',
    seen: [
      [OLDEST, 'trusted', 'A right secret opens everything.'],
      ['2026.3.28', 'refused', issue(56763)],
      ['2026.3.31', 'refused without a secret', issue(57113)],
      ['2026.4.5', 'trusted', issue(57331)],
    ],
  },
  /** How long a wrong secret from this machine waits for its refusal, in ms; twice as long each time, up to 20 times. */
  wrongSecretDelay: {
    right: 0,
    seen: [
      [OLDEST, 0, 'Answered at once.'],
      ['2026.8.1', 250, 'Growing up to five seconds; a right one ends it.'],
    ],
  },
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
  /** The finish reason of an answer that was cut at the model's limit. */
  cut: {
    right: 'length',
    seen: [
      [OLDEST, 'stop', issue(141264)],
      ['2026.9.4', 'length', issue(141264)],
    ],
  },
  /** Its text, when it is not streamed: as it is, replaced, or with a note behind it. */
  cutText: {
    right: 'as it is',
    seen: [
      [OLDEST, 'as it is', 'The text, as far as it went.'],
      ['2026.6.8', 'replaced', 'An apology stands in its place.'],
      ['2026.8.1', 'noted', 'A note says that it is partial.'],
    ],
  },
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
      ['2026.3.24', { ...SPOKEN, limited: LIMITED, unreachable: NETWORK } as Words, issue(124038)],
      ['2026.4.10', { ...SPOKEN, limited: LIMITED, unreachable: NETWORK, 400: REJECTED } as Words, issue(124038)],
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
  /** First calls of one session at once: each sees those before it, or none does. */
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
  /** What is said before a tool is called: content, or nothing. */
  commentary: {
    right: 'content',
    seen: [
      [OLDEST, 'content', 'Deltas in front of the call.'],
      ['2026.9.6', 'lost', 'The content is empty, and there is no delta of it.'],
    ],
  },
  /** What a provider is told of `tool_choice`: it, or nothing, so that only the tools that are offered follow it. */
  toolChoice: {
    right: 'told',
    seen: [
      [OLDEST, 'told', 'Tools are ignored.'],
      ['2026.5.12', 'kept back', 'The provider is offered the tools, and may do with them what it likes.'],
    ],
  },
  /** Whether a gateway is ready and has started, asked through a proxy that is not configured: told, or 403. */
  probesBehindProxies: {
    right: 'told',
    seen: [
      [OLDEST, 'told', 'A balancer that adds `X-Forwarded-For` learns it.'],
      ['2026.9.6', 'refused', 'The balancer takes the gateway out, although `/healthz` is 200.'],
    ],
  },
  /** Which upgrades a request may ask for without becoming one: WebSocket is not asked of a POST. */
  upgrades: {
    right: 'ignored',
    seen: [[OLDEST, 'refused', 'A POST with `Upgrade: h2c` is a 405 in HTML.']],
  },
  /** Clients without a credential: not counted as failures, or counted with those whose secret is wrong. */
  strangers: {
    right: 'not counted',
    seen: [
      [OLDEST, 'counted', 'So many calls without a header lock an address out.'],
      ['2026.3.13', 'not counted', 'However many, they are 401.'],
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
} as const satisfies Readonly<Record<string, { readonly right: unknown; readonly seen: readonly Row[] }>>;
