/** Calls of one session in parallel, and in a row with their history, as the model provider sees their runs. */

import monologue from '../../../fixtures/replies/monologue.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { expect, shown } from '../../dial/expectation.ts';
import type { Asked } from '../../dial/probe.ts';
import type { Call } from '../../dial/sdk.ts';
import { kept, may } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { echo, play } from '../../vocabulary/prompts.ts';
import { forgetsUsers, meanwhile, nonceIn, oneQueue, unnamed } from './liars.ts';

/** A call of the user of that name, made unique by the nonce. */
const as = (dial: Dial, name: string): Call => ({ body: { user: `${name}-${dial.nonce}` } });

/** How long the reply `monologue` lasts, in ms. */
const SPOKEN = Math.max(...monologue.events.map(({ pause }) => pause ?? 0));

/** Opens a session with one call: in releases two simultaneous first calls of a user do not share their history. */
async function opened(dial: Dial, call: Call): Promise<Call> {
  const { text } = await dial.ask(`${play('one-word')} ${dial.nonce}`, call);
  expect(text !== '', 'the call that opens the session to be answered', text);
  return call;
}

/**
 * The first run that was asked about `tag`; later runs of its session have it in their history. A violation if none.
 */
function runOf(dial: Dial, tag: string): Asked {
  const run = dial.probe.asked(tag)[0];
  expect(run !== undefined, 'a run behind the answer', `no run that was asked about ${tag}`);
  return run;
}

/** Issue 69112: turns that interleave in one transcript answer each other's questions. */
export const parallel = kept('sessions.parallel', {
  says: 'parallel calls of one session are all answered, one after the other',
  source: 'https://github.com/openclaw/openclaw/issues/69112',
  needs: ['scripted', 'probe'],
  async holds(dial) {
    const ann = await opened(dial, as(dial, 'ann'));
    const words = [`first ${dial.nonce}`, `second ${dial.nonce}`];
    const [long, ...short] = await Promise.all([
      dial.ask(`${play('spoken')} ${dial.nonce}`, ann),
      ...words.map((word) => dial.ask(echo(word), ann)),
    ]);
    expect(long!.text.includes('three'), 'the whole answer of the long call', long!.text);
    words.forEach((word, at) =>
      expect(short[at]!.text.includes(word), `its own answer, ${shown(word)}`, short[at]!.text),
    );
    const runs = dial.probe.asked(dial.nonce).toSorted((a, b) => a.at - b.at);
    const overlap = runs.some((run, at) => at > 0 && run.at < (runs[at - 1]!.endedAt ?? Infinity));
    expect(!overlap, 'one turn of the session after the other', 'a turn that began while another was going on');
  },
  catches: {
    'lets them talk at once': meanwhile((user) => user, unnamed),
    'turns away who comes while one speaks': meanwhile(
      (user) => user,
      async () => lie.answer(429, { error: { message: 'The session is busy.', type: 'rate_limit_error' } }),
    ),
    'answers all that wait alike': meanwhile(
      (user) => user,
      async () => lie.canned('one two three'),
    ),
  },
});

/** Issue 44026: one slow run must not hold up the clients of all other sessions. */
export const notBlocked = kept('sessions.not-blocked', {
  says: 'a long run of one session does not hold up another session',
  source: 'https://github.com/openclaw/openclaw/issues/44026',
  needs: ['scripted', 'probe'],
  async holds(dial) {
    const begun = performance.now();
    const ann = await opened(dial, as(dial, 'ann'));
    // A slow gateway needs the longer reply: the shorter one would be over before the other session gets its turn.
    const reply = performance.now() - begun < SPOKEN / 2 ? 'monologue' : 'soliloquy';
    const tags = { long: `long-${dial.nonce}`, other: `other-${dial.nonce}` };
    const leaving = new AbortController();
    const body = dial.body(`${play(reply)} ${tags.long}`, { ...ann.body, stream: true });
    const long = dial.send(body, { signal: leaving.signal });
    await Promise.race([long, dial.probe.wait(tags.long, ({ length }) => length > 0, dial.patience)]);
    const other = await dial.ask(`${play('one-word')} ${tags.other}`, as(dial, 'bob'));
    leaving.abort();
    await Promise.allSettled([long]);
    expect(other.text !== '', 'an answer', other.text);
    const heldUp = runOf(dial, tags.other).at > (runOf(dial, tags.long).endedAt ?? Infinity);
    expect(!heldUp, 'the run of the other session to begin while the first one goes on', 'a run that waited for it');
  },
  catches: {
    'has one queue for all': oneQueue(),
    'refuses every other call while one runs': meanwhile(nonceIn, async () =>
      lie.answer(503, { error: { message: 'busy', type: 'api_error' } }),
    ),
  },
});

/** Issue 78091: such a client pays for its history twice, and the agent reads each turn twice. */
export const historyDoubled = may('sessions.history-doubled', {
  says: 'a client that sends its history into a session of its own has it in the prompt twice',
  source: 'https://github.com/openclaw/openclaw/issues/78091',
  needs: ['scripted', 'probe'],
  async holds(dial) {
    const ann = as(dial, 'ann');
    const [first, second] = [`one-${dial.nonce}`, `two-${dial.nonce}`];
    const turn = (tag: string): object => ({ role: 'user', content: `${play('one-word')} ${tag}` });
    const { text } = await dial.ask([turn(first)], ann);
    const history = [turn(first), { role: 'assistant', content: text }, turn(second)];
    expect((await dial.ask(history, ann)).text !== '', 'an answer to the second turn', text);
    const times = runOf(dial, second).text.split(first).length - 1;
    return `the first turn stands ${times} times in the second prompt`;
  },
  catches: {
    'keeps no session': forgetsUsers,
    'reads the last message alone': lie.asks((body) =>
      Array.isArray(body?.messages) ? { ...body, messages: body.messages.slice(-1) } : body,
    ),
  },
});
