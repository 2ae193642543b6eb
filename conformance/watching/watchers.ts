/**
 * The watchers: what every exchange of a run is held against, by the id of the requirement. A watcher is pure: it looks
 * at what was recorded, and asks nothing of the gateway.
 */

import type { Said } from '../dial/reading.ts';
import { ChatCompletion, expectShape } from '../vocabulary/shapes.ts';
import { expectCounts } from '../vocabulary/token-counts.ts';
import * as answers from './answers.ts';
import * as calls from './calls.ts';
import { expectNoInternals, expectNoSecret } from './discretion.ts';
import * as refusals from './refusals.ts';
import type { Run } from './run.ts';
import type { Seen } from './seen.ts';
import * as streams from './streams.ts';
import * as transfer from './transfer.ts';

export interface Watcher {
  /** Whether the exchange shows anything of the promise. What was cut, left or too long shows nothing of the whole. */
  readonly concerns: (seen: Seen) => boolean;
  /** Throws a `Violation`, or returns. */
  readonly holds: (seen: Seen, run: Run) => void;
}

const isStream = (seen: Seen): boolean => seen.isStream;
const speaks = ({ chunks }: Seen): boolean => chunks.some(({ chunk }) => chunk.choices !== undefined);
/** A stream that came to its own end. */
const endsWell = (seen: Seen): boolean => speaks(seen) && !seen.hasFailed;
const isCompletion = ({ completion }: Seen): boolean => completion !== undefined;

/** Chunks of the first choice, and those without one: where several answers were asked for, each has a role and a finish. */
const ofFirst = ({ chunks }: Seen): Said[] => chunks.filter(({ chunk }) => !(chunk.choices?.[0]?.index > 0));

const usageAsked = ({ asked }: Seen): unknown => asked?.stream_options?.include_usage ?? false;

/** Watches the chunks of streams that have some. */
const chunked = (holds: (said: readonly Said[]) => void, concerns = speaks): Watcher => ({
  concerns,
  holds: ({ chunks }) => holds(chunks),
});

/** The id, the `created` or the usage of a stream stands in a chunk. */
const ofStream = (seen: Seen, field: string): unknown =>
  seen.chunks.find(({ chunk }) => chunk.choices !== undefined)?.chunk[field];

const countsIn = ({ completion, chunks }: Seen): unknown =>
  completion === undefined ? chunks.find(streams.hasUsage)?.chunk.usage : completion.usage;

export const WATCHERS: Readonly<Record<string, Watcher>> = {
  'endpoint.content-length': { concerns: transfer.isMeasured, holds: transfer.expectLength },
  'endpoint.transfer-coding': { concerns: transfer.isFramed, holds: transfer.expectFraming },
  'endpoint.content-coding': {
    concerns: (seen) => transfer.accepted(seen) !== undefined,
    holds: transfer.expectAllowedCoding,
  },
  'completions.json': {
    concerns: (seen) => seen.mode === 'whole' && seen.isWhole && seen.isSuccess,
    holds: answers.expectJson,
  },
  'completions.schema': {
    concerns: isCompletion,
    holds: ({ completion }) => expectShape(ChatCompletion, completion, 'completion'),
  },
  'completions.id': {
    concerns: (seen) => isCompletion(seen) || speaks(seen),
    holds: (seen, run) => answers.expectOwnId(seen.completion?.id ?? ofStream(seen, 'id'), run),
  },
  'completions.created': {
    concerns: isCompletion,
    holds: ({ completion, exchange }, run) => answers.expectNow(completion.created, exchange, run),
  },
  'completions.finish-known': {
    concerns: isCompletion,
    holds: ({ completion }) => answers.expectKnownFinish(completion),
  },
  'completions.usage': { concerns: isCompletion, holds: ({ completion }) => expectCounts(completion.usage) },
  'completions.usage-sum': {
    concerns: (seen) => answers.isCounted(countsIn(seen)),
    holds: (seen) => answers.expectSum(countsIn(seen)),
  },
  'streaming.content-type': {
    concerns: (seen) => seen.mode === 'streamed' && seen.isWhole && seen.isSuccess,
    holds: (seen) => answers.expectSuccess(seen, 'text/event-stream'),
  },
  'streaming.event-lines': { concerns: isStream, holds: ({ frames }) => streams.expectEventLines(frames) },
  'streaming.done': { concerns: isStream, holds: ({ events }) => streams.expectDone(events) },
  'streaming.nothing-after-done': { concerns: isStream, holds: ({ frames }) => streams.expectNothingAfterDone(frames) },
  'streaming.schema': chunked(streams.expectChunkShape),
  'streaming.one-id': chunked(streams.expectOneId),
  'streaming.one-model': chunked(streams.expectOneModel),
  'streaming.object': chunked(streams.expectChunks),
  'streaming.one-created': chunked(streams.expectOneCreated),
  'streaming.created': {
    concerns: speaks,
    holds: (seen, run) => answers.expectNow(ofStream(seen, 'created'), seen.exchange, run),
  },
  'streaming.role-first': {
    concerns: (seen) => ofFirst(seen).some(({ chunk }) => chunk.choices?.[0]?.delta),
    holds: (seen) => streams.expectRoleFirst(ofFirst(seen)),
  },
  'streaming.finish': { concerns: endsWell, holds: (seen) => streams.expectFinish(ofFirst(seen)) },
  'streaming.finish-null': chunked(streams.expectNullBefore),
  'streaming.usage-asked': chunked(streams.expectUsage, (seen) => endsWell(seen) && usageAsked(seen) === true),
  'streaming.usage-unasked': chunked(
    streams.expectNoUsage,
    (seen) => speaks(seen) && seen.mode === 'streamed' && usageAsked(seen) === false,
  ),
  'streaming.whole-characters': chunked(
    streams.expectWholeCharacters,
    // What the client tore itself may come back.
    (seen) => speaks(seen) && !/\\u[dD][89a-fA-F]/.test(seen.exchange.request.body ?? ''),
  ),
  'streaming.failure-done': {
    concerns: ({ hasFailed }) => hasFailed,
    holds: ({ events }) => streams.expectStreamedError(events),
  },
  'tools.shape': {
    concerns: (seen) => isCompletion(seen) && calls.callsIn(seen).length > 0 && calls.isUncut(seen),
    holds: (seen) => calls.expectCalls(calls.callsIn(seen)),
  },
  'tools.pieces': {
    concerns: (seen) => speaks(seen) && calls.callsIn(seen).length > 0 && calls.isUncut(seen),
    holds: ({ chunks }) => calls.expectPieces(calls.piecesIn(chunks)),
  },
  'tools.finish': {
    // Where one function is named, OpenAI's own answers end with stop.
    concerns: (seen) =>
      calls.callsIn(seen).length > 0 && !seen.hasFailed && typeof seen.asked?.tool_choice !== 'object',
    holds: calls.expectCallEnd,
  },
  'errors.envelope.any': { concerns: refusals.isRefusal, holds: refusals.expectEnvelope },
  'errors.no-leak.secret': { concerns: () => true, holds: expectNoSecret },
  'errors.no-leak.internals': { concerns: () => true, holds: expectNoInternals },
};
