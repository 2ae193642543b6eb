/** Clients that disconnect before the answer is complete. */

import OpenAI from 'openai';
import falter from '../../../fixtures/replies/falter.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { Violation, expect } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described } from '../../dial/reading.ts';
import { kept, may } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { echo, play } from '../../vocabulary/prompts.ts';

const LEFT = 'https://github.com/openclaw/openclaw/issues/54388';

/** A run that ignores the disconnect ends at most this many ms later, by the pauses of its reply. */
const OVER = Math.max(...falter.events.map(({ pause }) => pause ?? 0));

/** Disconnects as soon as the model provider was asked. */
async function leavesWhenAsked(dial: Dial, prompt: string, fields: object): Promise<void> {
  const leaving = new AbortController();
  const call = dial.send(dial.body(prompt, { ...fields }), { signal: leaving.signal });
  const begun = dial.probe.wait(dial.nonce, (asked) => asked.length > 0, dial.patience);
  const first = await Promise.race([begun, call]);
  if ('status' in first && dial.probe.asked(dial.nonce).length === 0) throw new Violation('a run', described(first));
  leaving.abort();
}

/** Disconnects after the first word, by breaking out of the SDK's loop. */
async function leavesWhenSpokenTo(dial: Dial, prompt: string): Promise<void> {
  const body = { ...dial.body(prompt), stream: true } as unknown as OpenAI.ChatCompletionCreateParamsStreaming;
  const listen = async (): Promise<boolean> => {
    for await (const chunk of await dial.sdk.chat.completions.create(body)) {
      // A chunk without choices is `streaming.schema`'s to judge.
      const choices = chunk.choices as (typeof chunk)['choices'] | undefined;
      if (choices?.[0]?.delta?.content) return true;
    }
    return false;
  };
  const [heard] = await Promise.allSettled([listen()]);
  const exchange = await dial.wire();
  expect(heard.status === 'fulfilled' && heard.value, 'a first word', described(exchange));
}

/** A violation when a run was answered to its end although its client had disconnected. */
async function expectStopped(dial: Dial): Promise<void> {
  const leftAt = performance.now();
  const runs = await dial.probe.wait(
    dial.nonce,
    (asked) => asked.every(({ ended }) => ended !== 'running'),
    OVER + dial.patience,
  );
  expect(runs.length > 0, 'a run', 'none');
  const wentOn = runs.some(({ ended, endedAt }) => ended === 'answered' && endedAt !== undefined && endedAt > leftAt);
  expect(!wentOn, 'the run to stop when its client leaves', 'a run that went on to its end');
}

/**
 * The next call of the session got no answer. A violation when another session gets one; else `cause` is thrown, and
 * the case could not be judged.
 */
async function shut(dial: Dial, user: string, cause: unknown): Promise<never> {
  const { exchange } = await dial.ask(`Say hello. ${dial.nonce}`, { body: { user: `not-${user}` } });
  const got = 'no answer, while another session has one';
  expect(exchange.status !== 200, 'an answer to the next call of the session', got);
  throw cause;
}

const rows: readonly {
  row: string;
  says: string;
  leave: (dial: Dial) => Promise<void>;
  catches: Readonly<Record<string, Mutant>>;
}[] = [
  {
    row: 'speaking',
    says: 'a client that leaves a stream after the first word stops the run',
    leave: (dial) => leavesWhenSpokenTo(dial, `${play('falter')} ${dial.nonce}`),
    catches: {
      'goes on without a listener': lie.deaf,
      'stops whole answers alone': lie.aboutRequest(/"stream":true/, lie.deaf),
    },
  },
  {
    row: 'silent',
    says: 'a client that leaves a stream before the first word stops the run',
    leave: (dial) => leavesWhenAsked(dial, `${play('ponder')} ${dial.nonce}`, { stream: true }),
    catches: { 'goes on without a listener': lie.deaf },
  },
  {
    row: 'non-streaming',
    says: 'a client that leaves a non-streaming call stops the run',
    leave: (dial) => leavesWhenAsked(dial, `${play('ponder')} ${dial.nonce}`, {}),
    catches: {
      'goes on without a listener': lie.deaf,
      'stops streams alone': lie.aboutRequest(/^(?!.*"stream":true)/s, lie.deaf),
    },
  },
];

/**
 * `streaming.abort.*` and `streaming.after-abort`: issue 54388. Runs went on for 70 s, and up to 48 h, that no client
 * was reading: they cost tokens, act, and hold their session and one of the gateway's slots.
 */
export const leavingCases = [
  ...rows.map(({ row, says, leave, catches }) =>
    may(`streaming.abort.${row}`, {
      says,
      mustSince: '2026.4.7',
      source: LEFT,
      needs: ['scripted', 'probe'],
      async holds(dial) {
        await leave(dial);
        await expectStopped(dial);
      },
      catches,
    }),
  ),
  // Before 2026.4.7 a client's retry waited behind its own abandoned run, and timed out again.
  kept('streaming.after-abort', {
    keptSince: '2026.5.28',
    says: 'the next call of a session is answered, and does not wait for a run whose client has left',
    source: LEFT,
    core: false,
    needs: ['scripted', 'probe'],
    async holds(dial) {
      const user = `left-${dial.nonce}`;
      const word = `KW-${dial.nonce}`;
      await leavesWhenAsked(dial, `${play('slow-start')} ${dial.nonce}`, { stream: true, user });
      const signal = AbortSignal.timeout(dial.patience / 2);
      const { text } = await dial
        .ask(echo(word), { body: { user }, signal })
        .catch((cause: unknown) => shut(dial, user, cause));
      expect(text.includes(word), `an answer with ${word}`, text);
      const [left] = dial.probe.asked(dial.nonce);
      const next = dial.probe.asked(word)[0];
      const waited = left?.ended === 'answered' && next !== undefined && left.endedAt! <= next.at;
      expect(!waited, 'the next run not to wait for the one that was left', 'it waited until that had come to its end');
    },
    catches: {
      'keeps the session for a run without a listener': lie.deaf,
      'lets the next call of that session wait for ever': lie.aboutRequest(
        /"user":"left-/,
        async (request, faithful) =>
          (await request.clone().text()).includes('"stream":true')
            ? faithful(request)
            : new Promise((_, reject) => {
                request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
              }),
      ),
      'shuts the session of one who left': lie.aboutRequest(/"user":"left-/, async (request, faithful) =>
        (await request.clone().text()).includes('"stream":true')
          ? faithful(request)
          : lie.answer(409, { error: { message: 'The session is busy.', type: 'conflict' } }),
      ),
    },
  }),
];
