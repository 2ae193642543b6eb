/** Agents of calls that share a connection, as all calls of one client and all clients of one proxy do. */

import { ENDPOINT, type Dial } from '../../dial/dial.ts';
import { expectEqual } from '../../dial/expectation.ts';
import { AGENT_HEADER } from '../../dial/headers.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { answerOf } from '../../dial/reading.ts';
import { Undecided } from '../../undecided.ts';
import { kept } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { WHICH_AGENT, namedAgent } from '../../vocabulary/prompts.ts';
import { rewritten } from '../../vocabulary/rewriting.ts';
import { exchangesIn } from '../../wire/raw-exchanges.ts';
import { rawResponses } from '../../wire/responses.ts';

interface Call {
  readonly model?: string;
  readonly header?: string;
}

/** Asks which agent runs, twice over one connection. */
async function twice(dial: Dial, unnamed: string, first: Call, second: Call): Promise<string[]> {
  const { baseUrl, credential } = dial.deployment;
  const url = new URL(baseUrl + ENDPOINT);
  const bytes = ({ model = unnamed, header }: Call): string => {
    const headers = {
      ...(credential !== undefined && { Authorization: `Bearer ${credential}` }),
      'Content-Type': 'application/json',
      ...(header !== undefined && { [AGENT_HEADER]: header }),
    };
    return rewritten({ url, headers, body: dial.body(WHICH_AGENT, { model }) }, {});
  };
  const answers = (received: string, count: number): boolean => rawResponses(received, false).length >= count;
  const sent = bytes(second);
  const beganAt = Date.now();
  const reply = await dial.raw(bytes(first), (received) => answers(received, 2), {
    sent,
    when: (received) => answers(received, 1),
  });
  const exchanges = exchangesIn({ sent: bytes(first) + sent, reply, url: url.href, beganAt });
  // A gateway may close the connection behind each answer.
  if (exchanges.length === 0) throw new Undecided('no whole answer came');
  return exchanges.map((exchange) => namedAgent(answerOf(exchange), dial.agents));
}

/** Another agent in the last of two answers, of `main` and `beta` as in `fixtures/gateways`. */
const carriesOver = (like: (first: string) => boolean, agent: 'main' | 'beta'): Mutant =>
  lie.raw(async (sent, faithful) => {
    const reply = await faithful(sent);
    const last = reply.bytes.lastIndexOf('HTTP/1.1 ');
    if (last <= 0 || !sent.includes('Which agent') || !like(sent)) return reply;
    // Both have four letters, so that every length is right.
    const second = reply.bytes.slice(last).replaceAll(agent === 'main' ? /\bbeta\b/g : /\bmain\b/g, agent);
    return { ...reply, bytes: reply.bytes.slice(0, last) + second };
  });

/** `agents.connection`. Each request stands alone, RFC 9110, section 3.3: a proxy sends those of all its clients over one connection. */
export const connection = kept('agents.connection', {
  says: 'calls over one connection reach the agent that each names, and the default agent where one names none',
  source: 'https://www.rfc-editor.org/rfc/rfc9110#section-3.3',
  needs: ['second-agent'],
  async holds(dial) {
    const [own, other] = dial.agents as [string, string];
    // Some releases take no call without an agent where there are several: `agents.default` says so.
    const openclaw = dial.named('openclaw');
    const { status } = await dial.send(dial.body(WHICH_AGENT, { model: openclaw }));
    const unnamed = status === 200 ? openclaw : dial.model();
    const calls: [first: Call, second: Call, reaches: string][] = [
      [{ model: `openclaw:${other}` }, {}, own],
      [{ header: other }, {}, own],
      [{ header: other }, { model: `openclaw:${own}` }, own],
      [{}, { header: other }, other],
    ];
    for (const [first, second, reaches] of calls) {
      const [, reached = reaches] = await twice(dial, unnamed, first, second);
      expectEqual(reached, reaches, `behind ${JSON.stringify(first)}, ${JSON.stringify(second)} to reach agent`);
    }
  },
  catches: {
    'keeps the agent of a header': carriesOver((sent) => sent.toLowerCase().includes(`${AGENT_HEADER}: beta`), 'beta'),
    'keeps the agent of a model': carriesOver((sent) => sent.includes('openclaw:beta'), 'beta'),
    'keeps the default agent': carriesOver((sent) => !sent.includes('beta'), 'main'),
  },
});
