/**
 * Client lint: what the client under test does wrong against the contract, as far as the journal can tell.
 *
 *     expect(lint(journal)).toEqual([]);
 *
 * It reports only what cannot be lawful, so it cannot report much: that a client left in the middle of a text without
 * its user's wish, that it reads a stream to the end and discards it, that two people share one user and never send
 * their history. Of one finding, `entries` are the requests that show it.
 */

import { KEY_HEADER } from '../headers.ts';
import type { JournalEntry } from './entry.ts';
import type { Journal } from './journal.ts';
import { MASK } from './redaction.ts';

/** Something that the client does wrong, with the requests that show it. */
export interface Finding {
  /** Which rule; ids do not change. */
  readonly id: string;
  /** What the client does, in one sentence. */
  readonly what: string;
  /** Numbers of journal entries, ascending. */
  readonly entries: readonly number[];
  /** What to change in the client. */
  readonly mend: string;
  /** The section of the documentation, or of the standard, that it goes against. */
  readonly link: string;
}

interface Rule extends Omit<Finding, 'entries'> {
  /** The entries that show it; none when all is well. `now` is in milliseconds since 1970. */
  readonly shownBy: (entries: readonly JournalEntry[], now: number) => readonly JournalEntry[];
}

const PAGE = 'https://docs.openclaw.ai/gateway/openai-http-api';

/** What stays refused however often it is asked. */
const REFUSED = [400, 401, 403, 404, 405, 413];
/** Later than this, in milliseconds, a person may have pressed the button again. */
const RETRY_MS = 30_000;
/** The tolerance for inexact clocks, in milliseconds. */
const EARLY_MS = 50;
/** A pause before the next attempt that is none, in milliseconds; and how many such attempts in a row are one too many. */
const QUICK_MS = 100;
const QUICK_ATTEMPTS = 3;
/** A slow reader takes some bytes now and then; one that takes none for this long, in milliseconds, has stopped reading. */
const STALLED_MS = 5_000;
/** One person may have two windows. */
const CONVERSATIONS = 3;

const RULES: readonly Rule[] = [
  {
    id: 'one-user',
    what: 'Conversations that go on at the same time are sent with one user, and so share one session.',
    mend: 'Send a user of its own for each conversation, or none.',
    link: `${PAGE}#session-behavior`,
    // Told by the history that a client sends along: three conversations, each begun before another one's last call.
    shownBy: (entries) => Object.values(Object.groupBy(byUser(entries), sessionOf)).flatMap((s) => concurrent(s ?? [])),
  },
  {
    id: 'history-twice',
    what: 'A call repeats in messages what its session remembers already, so that the agent is told it twice.',
    mend: 'Send the newest message alone to a session, or the whole history without user and session key.',
    link: `${PAGE}#session-behavior`,
    shownBy: (entries) => entries.flatMap((entry) => repeatedBy(entry, entries)),
  },
  {
    id: 'retries-refused',
    what: `A request that was refused for good (${REFUSED.join(', ')}) is sent again, unchanged.`,
    mend: 'Retry after 408, 409, 429, 5xx and a broken connection alone; show every other error to the user.',
    link: `${PAGE}#authentication`,
    // GET, HEAD and OPTIONS probe whether the gateway answers; they are not retries.
    shownBy: (entries) =>
      againAfter(entries, (first, again) => {
        const looks = ['GET', 'HEAD', 'OPTIONS'].includes(first.method);
        return !looks && REFUSED.includes(first.status ?? 0) && again.timings.arrived - told(first) <= RETRY_MS;
      }),
  },
  {
    id: 'ignores-retry-after',
    what: 'A request is sent again before the time is over that Retry-After told.',
    mend: 'Wait as many seconds as Retry-After says, or give up (openai: maxRetries 0 when it is more than 60).',
    link: 'https://www.rfc-editor.org/rfc/rfc9110#field.retry-after',
    shownBy: (entries) =>
      againAfter(
        entries,
        (first, again) => again.timings.arrived < told(first) + (first.retryAfter ?? 0) * 1_000 - EARLY_MS,
      ),
  },
  {
    id: 'no-backoff',
    what: `A request that failed is sent again at once, ${QUICK_ATTEMPTS} times or more in a row.`,
    mend: 'Wait before each attempt, longer each time and not for the same time in every client.',
    link: 'https://platform.openai.com/docs/guides/rate-limits#retrying-with-exponential-backoff',
    shownBy: (entries) => repeats(entries).flatMap(hurried),
  },
  {
    id: 'left-before-done',
    what: 'A stream is left between its finish reason and [DONE].',
    mend: 'Read a stream until [DONE], then to its end: the connection can be used again, and token counts come late.',
    link: `${PAGE}#streaming-sse`,
    shownBy: (entries) =>
      entries.filter(
        ({ finishReason, done, abortedBy, fault }) =>
          finishReason !== null && done === 'no' && abortedBy === 'client' && fault === null,
      ),
  },
  {
    id: 'no-abort',
    what: 'A stream is no longer read, but its connection is kept open, so that the run goes on without a reader.',
    mend: 'Abort the request, with its AbortSignal or by cancelling its body, when the answer is no longer wanted.',
    link: `${PAGE}#streaming-sse`,
    // Told only of an answer that is longer than the buffers between both sides.
    shownBy: (entries, now) =>
      entries.filter(({ timings: { arrived, stalled, end } }) => {
        return stalled !== null && (end ?? now - arrived) - stalled >= STALLED_MS;
      }),
  },
  {
    id: 'secret-in-query',
    what: 'A secret stands in the query, where every log on the way keeps it; the gateway does not look for it there.',
    mend: 'Send it as Authorization: Bearer <secret>, and replace it by a new one.',
    link: `${PAGE}#authentication`,
    shownBy: (entries) => entries.filter(({ query }) => query.includes(MASK)),
  },
];

/**
 * Findings in the order of the rules, one for each rule at most.
 *
 * @param entries A journal, or entries of one, oldest first; those of one client.
 */
export function lint(entries: Journal | readonly JournalEntry[]): Finding[] {
  const all = 'forgotten' in entries ? entries.entries() : entries;
  const now = 'forgotten' in entries ? entries.now : Date.now();
  return RULES.flatMap(({ shownBy, ...rule }) => {
    const numbers = shownBy(all, now).map(({ number }) => number);
    return numbers.length === 0 ? [] : [{ ...rule, entries: [...new Set(numbers)].toSorted((a, b) => a - b) }];
  });
}

/** Findings as lines to print. */
export function findingLines(journal: Journal): string[] {
  const findings = lint(journal);
  const looked = journal.entries().length;
  const found = findings.length === 0 ? 'nothing found' : `${findings.length} found`;
  const forgotten = looked < journal.last ? `; of ${journal.last} the others are forgotten` : '';
  return [
    `Client lint: ${found} in ${looked} ${looked === 1 ? 'request' : 'requests'}${forgotten}.`,
    ...findings.flatMap(({ id, what, entries, mend, link }) => {
      const some = entries.slice(0, 10).map((number) => `#${number}`);
      const more = entries.length > some.length ? ` and ${entries.length - some.length} more` : '';
      return [`  ${id}: ${what}`, `    Requests: ${some.join(', ')}${more}`, `    Mend: ${mend}`, `    See: ${link}`];
    }),
  ];
}

/** When the client could know the outcome, in milliseconds since 1970. */
function told({ timings: { arrived, firstByte, end } }: JournalEntry): number {
  return arrived + (firstByte ?? end ?? Infinity);
}

/** Groups of equal requests. */
function repeats(entries: readonly JournalEntry[]): (readonly JournalEntry[])[] {
  const known = entries.filter(({ fingerprint }) => fingerprint !== '');
  return Object.values(Object.groupBy(known, ({ fingerprint }) => fingerprint)).map((same) => same ?? []);
}

/** A request and its next repeat, sent when the client could know the outcome of the first; all pairs for which `wrong` is true. */
function againAfter(
  entries: readonly JournalEntry[],
  wrong: (first: JournalEntry, again: JournalEntry) => boolean,
): JournalEntry[] {
  return repeats(entries).flatMap((same) =>
    same.flatMap((again, at) => {
      const first = same[at - 1];
      const knew = first !== undefined && again.timings.arrived >= told(first);
      return knew && wrong(first, again) ? [first, again] : [];
    }),
  );
}

/** Attempts that follow each other at once, when there are too many of them. */
function hurried(same: readonly JournalEntry[]): readonly JournalEntry[] {
  const found: JournalEntry[] = [];
  let row: JournalEntry[] = [];
  for (const entry of same) {
    const before = row.at(-1);
    if (before === undefined || !failed(before) || !rightAfter(before, entry)) row = [];
    row.push(entry);
    if (row.length === QUICK_ATTEMPTS) found.push(...row);
    else if (row.length > QUICK_ATTEMPTS) found.push(entry);
  }
  return found;
}

/** Failed in a way that may pass, and not told how long to wait. */
function failed({ status, retryAfter, abortedBy }: JournalEntry): boolean {
  const passing = status === 408 || status === 409 || status === 429 || (status ?? 0) >= 500;
  return retryAfter === null && (passing || abortedBy === 'gateway' || abortedBy === 'fault');
}

function rightAfter(before: JournalEntry, { timings: { arrived } }: JournalEntry): boolean {
  const ended = before.timings.arrived + (before.timings.end ?? Infinity);
  return arrived >= told(before) && arrived - ended < QUICK_MS;
}

/** Calls whose session is that of their user. */
function byUser(entries: readonly JournalEntry[]): JournalEntry[] {
  return entries.filter(({ sessionKey, headers }) => {
    return sessionKey?.includes(':openai-user:') === true && headers[KEY_HEADER] === undefined;
  });
}

const sessionOf = ({ sessionKey }: JournalEntry): string => sessionKey ?? '';

interface Conversation {
  readonly calls: JournalEntry[];
  /** The user messages of its newest call. */
  said: readonly string[];
}

/** The calls of conversations that go on at the same time, when there are too many of them; all are of one session. */
function concurrent(calls: readonly JournalEntry[]): readonly JournalEntry[] {
  const conversations: Conversation[] = [];
  for (const call of calls) {
    const said = saidIn(call);
    const known = conversations.findLast((one) => goesOn(one.said, said));
    if (known === undefined) conversations.push({ calls: [call], said });
    else {
      known.calls.push(call);
      known.said = said;
    }
  }
  const spans = conversations.filter((one) => one.calls.length > 1 || one.said.length > 1).map((one) => one.calls);
  const at = (span: readonly JournalEntry[], n: 0 | -1): number => span.at(n)?.number ?? 0;
  const together = spans.map((one) =>
    spans.filter((other) => at(other, 0) <= at(one, 0) && at(one, 0) <= at(other, -1)),
  );
  return together.find((many) => many.length >= CONVERSATIONS)?.flat() ?? [];
}

/** Whether `now` is `before` and one message more; the beginning of a long history may be left out. */
function goesOn(before: readonly string[], now: readonly string[]): boolean {
  const behind = now.slice(0, -1);
  return behind.length > 0 && behind.every((text, at) => before[before.length - behind.length + at] === text);
}

/** The earlier calls that `entry` repeats in its messages although its session remembers them, and `entry` itself. */
function repeatedBy(entry: JournalEntry, entries: readonly JournalEntry[]): readonly JournalEntry[] {
  if (entry.remembered === null || entry.remembered === 0) return [];
  const answered = entries.filter(({ number, sessionKey, status, abortedBy, run }) => {
    const before = number < entry.number && sessionKey === entry.sessionKey;
    return before && run !== null && status === 200 && abortedBy === null;
  });
  // Two turns per call, one of the user and one of the agent; a reset removes the turns before it.
  const remembered = answered.slice(-entry.remembered / 2);
  const repeated = messagesIn(entry).flatMap(({ role, text }, at, all) =>
    role === 'user' && all[at + 1]?.role === 'assistant' ? [text] : [],
  );
  const twice = remembered.filter((earlier) => repeated.includes(saidIn(earlier).at(-1) ?? ''));
  return twice.length === 0 ? [] : [...twice, entry];
}

/** The user messages of a call, oldest first. */
function saidIn(entry: JournalEntry): string[] {
  return messagesIn(entry).flatMap(({ role, text }) => (role === 'user' ? [text] : []));
}

/** The role of each message, and its content as JSON, in any form. */
function messagesIn({ body }: JournalEntry): { role: unknown; text: string }[] {
  const messages: unknown = typeof body === 'object' && body !== null && 'messages' in body ? body.messages : [];
  return Array.isArray(messages)
    ? messages.map((message: { role?: unknown; content?: unknown } | null) => {
        return { role: message?.role, text: JSON.stringify(message?.content) ?? '' };
      })
    : [];
}
