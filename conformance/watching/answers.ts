/** What holds for one answer, whole or streamed, and among the answers of a run. */

import { expect, expectEqual } from '../dial/expectation.ts';
import { described, type Unjudged } from '../dial/reading.ts';
import { FINISH_REASONS } from '../vocabulary/shapes.ts';
import type { Exchange } from '../wire/exchange.ts';
import type { Run } from './run.ts';
import type { Seen } from './seen.ts';

/** How far the clocks of gateway and suite may be apart, in seconds. */
const CLOCKS_APART = 600;
/** How far `created` may lie before the call by the clock of the gateway's own Date header, in seconds. */
const BEFORE_DATE = 10;
/** How far a gateway's clock may fall behind within a run, in seconds: `created` is cut to whole ones, replicas differ. */
const DRIFT = 3;

/** A success in the mode that the call asked for: status 200, and that media type. */
export function expectSuccess({ exchange, type }: Seen, wanted: 'application/json' | 'text/event-stream'): void {
  const what = wanted === 'application/json' ? 'an answer' : 'a stream';
  expectEqual(exchange.status, 200, `${what} with status`);
  expectEqual(type, wanted, 'a content type of');
}

/** A whole answer is JSON. */
export function expectJson(seen: Seen): void {
  expectSuccess(seen, 'application/json');
  expect(seen.json !== undefined, 'JSON', described(seen.exchange));
}

/** Each choice of a whole answer ends for one of the SDK's reasons. */
export function expectKnownFinish(completion: Unjudged): void {
  for (const choice of completion.choices as Unjudged[]) {
    const reason: unknown = choice?.finish_reason;
    expect(
      FINISH_REASONS.includes(reason as string),
      `finish_reason of a whole answer to be one of ${FINISH_REASONS.join(', ')}`,
      reason,
    );
  }
}

/** Whole counts, of which something can be said. */
export const isCounted = (usage: Unjudged): boolean =>
  ['prompt_tokens', 'completion_tokens', 'total_tokens'].every((name) => Number.isInteger(usage?.[name]));

/** The total is the sum of its two parts. */
export function expectSum({ prompt_tokens: read, completion_tokens: written, total_tokens: total }: Unjudged): void {
  expect(total === read + written, `usage.total_tokens to be ${read} + ${written}`, total);
}

/** A text, and no other answer of the run has it. */
export function expectOwnId(id: unknown, run: Run): void {
  expect(typeof id === 'string' && id !== '', 'id to be a text that is not empty', id);
  expect(run.isNew(id), 'every answer to have an id of its own', id);
}

/**
 * Now, in whole seconds: as far from our clock as clocks may differ, not before the call by the gateway's own Date, and
 * not behind other answers of the run, whose `created` tells how far ahead the gateway's clock is at least.
 */
export function expectNow(created: unknown, exchange: Exchange, run?: Run): void {
  const [began, ended] = [exchange.beganAt / 1000, (exchange.beganAt + exchange.endedAt) / 1000];
  expect(
    Number.isInteger(created) && Number(created) > began - CLOCKS_APART && Number(created) < ended + CLOCKS_APART,
    'created to be now in whole seconds',
    created,
  );
  const seconds = Number(created);
  const date = Date.parse(exchange.headers.get('date') ?? '') / 1000;
  // The header is as old as the headers of the answer.
  const called = date - exchange.headersAt / 1000;
  expect(
    Number.isNaN(date) || seconds > called - BEFORE_DATE,
    'created not to lie before the call',
    `${Math.round(called - seconds)} s before it, by the Date of the answer`,
  );
  // A raw exchange may have gone past what stands in front of the gateway, and its clock.
  if (!run || exchange.raw) return;
  const ahead = run.aheadBy(new URL(exchange.request.url).origin, seconds - ended);
  expect(
    seconds > began + ahead - DRIFT,
    'created to go on with the time of a run',
    `${Math.round(began + ahead - seconds)} s before the call, by the other answers`,
  );
}
