/** The client leaves when it is told to, so that the agent stops working. */
import { expect, Violation, Words } from '../../dial/expectation.ts';
import { framed } from '../framing.ts';
import { expectFailure, Unseen, type Run } from '../stage.ts';
import { BOTH, PAGE, STREAMED, WHOLE, type Trial } from '../trial.ts';

/** Within this time a client that is told to leave has left, in ms. */
const LEAVES_MS = 1000;

function expectLeft(run: Run): void {
  if (run.leftAfter === undefined) {
    throw new Violation(
      'the connection to be closed when the client is told to leave',
      run.ended ? 'it was not told to, or did not' : 'it stayed open',
    );
  }
  expect(
    run.leftAfter <= LEAVES_MS,
    `the connection to be closed within ${LEAVES_MS} ms`,
    new Words(`${Math.round(run.leftAfter)} ms`),
  );
  expect(
    run.ended && run.endedAfter <= LEAVES_MS,
    `the client to end within ${LEAVES_MS} ms`,
    new Words(`${Math.round(run.endedAfter)} ms`),
  );
  expect(run.calls.length === 1, 'no call after the client was told to leave', new Words(`${run.calls.length} calls`));
}

/** Trials of `leaving.*`. */
export const leavingTrials: readonly Trial[] = [
  {
    id: 'leaving.streamed',
    level: 'MUST',
    says: 'told to leave within a stream (SIGINT, abort), it closes the connection and ends within a second',
    source: `${PAGE}#streaming-sse`,
    modes: STREAMED,
    holds: async (stage) =>
      expectLeft(
        await stage.run({
          leaves: true,
          answer: ({ events }) => ({ pieces: framed(events.slice(0, 4)), ending: 'hang' }),
        }),
      ),
  },
  {
    id: 'leaving.silent',
    level: 'MUST',
    says: 'told to leave before the first byte of an answer, it closes the connection and ends within a second',
    source: `${PAGE}#streaming-sse`,
    modes: WHOLE,
    holds: async (stage) =>
      expectLeft(await stage.run({ leaves: true, answer: () => ({ pieces: [], ending: 'silent' }) })),
  },
  {
    id: 'leaving.patience',
    level: 'SHOULD',
    says: 'with a patience of its own (KIT_TIMEOUT_MS) it gives up a silent gateway when that is over, and tells it',
    source: `${PAGE}#streaming-sse`,
    modes: BOTH,
    async holds(stage) {
      const run = await stage.run({
        call: { timeoutMs: PATIENCE_MS },
        answer: ({ events }) =>
          stage.streamed ? { pieces: framed(events.slice(0, 3)), ending: 'hang' } : { pieces: [], ending: 'silent' },
      });
      if (!run.ended) throw new Unseen('it did not give up: it has no patience of its own, or was not told it');
      expectFailure(run, 'a gateway that fell silent');
    },
  },
];

const PATIENCE_MS = 1000;
