/** One request in many spellings, `fixtures/equivalents.json`, as cases: one row, one case. */

import table from '../../../fixtures/equivalents.json' with { type: 'json' };
import { ENDPOINT, type Dial } from '../../dial/dial.ts';
import { Violation, expect, expectEqual, shown } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described, streamText, textOf } from '../../dial/reading.ts';
import type { Situation } from '../../dial/situation.ts';
import { Undecided } from '../../undecided.ts';
import { kept, should } from '../../vocabulary/chapter.ts';
import { WHICH_WORD, echo, knows, remember } from '../../vocabulary/prompts.ts';
import { rewritten, type Plain, type Rewriting } from '../../vocabulary/rewriting.ts';
import type { Exchange } from '../../wire/exchange.ts';
import { closes, rawResponses } from '../../wire/responses.ts';
import { SPECIAL, otherSpelling } from './equivalents-liars.ts';

interface Row extends Rewriting {
  readonly id: string;
  readonly what: string;
  readonly source: string;
  readonly core?: boolean;
  /** Clients hardly send it: a gateway that does not know it hurts few. */
  readonly rare?: boolean;
  readonly streamed?: boolean;
}

// TypeScript reads the table as one type per row.
const ROWS = table.rows as unknown as readonly Row[];

/** A prompt with characters of one to four bytes, and what JSON escapes. */
const TEXT = 'café 漢字 \u{1F600} "a/b" \\ end';

/** Plain, and in a session: of a user, and of a key where the row is about headers. */
function situationsOf(row: Row): Situation[] {
  const { streamed } = row;
  const mode = streamed ? 'streamed' : 'whole';
  return [
    { mode },
    { mode: streamed === false ? 'whole' : 'streamed', naming: 'user' },
    ...(isAboutHeaders(row) ? [{ mode, naming: 'key' } as const] : []),
  ];
}

const isAboutHeaders = ({ names, order, around, headers }: Rewriting): boolean =>
  (names ?? order ?? around ?? headers) !== undefined;

/** The agent of a user's call: the second one, because the default one would answer to a name that is not read. */
const agentOf = ({ situation, agents, model }: Pick<Dial, 'situation' | 'agents' | 'model'>): string | undefined =>
  situation.naming === 'user' && model(agents[0]).includes(agents[0]) ? agents.at(1) : undefined;

/** The request of a call in the situation of the dial; a row about headers has the agent's name in one. */
function plainOf(dial: Dial, prompt: string, inHeader: boolean): Plain {
  const { deployment } = dial;
  const agent = agentOf(dial);
  const model = agent === undefined ? {} : { model: inHeader ? 'openclaw' : dial.model(agent) };
  const { body, headers } = dial.placed({
    body: dial.body(prompt, model),
    headers: agent !== undefined && inHeader ? { 'X-OpenClaw-Agent-Id': agent } : {},
  });
  return {
    url: new URL(deployment.baseUrl + ENDPOINT),
    headers: {
      Accept: '*/*',
      'Accept-Encoding': 'identity',
      ...(deployment.credential !== undefined && { Authorization: `Bearer ${deployment.credential}` }),
      'Content-Type': 'application/json',
      ...headers,
    },
    body,
  };
}

/** Sends a request in that spelling, behind an empty one where it is pipelined, and reads its response. */
async function sent(dial: Dial, plain: Plain, way: Rewriting): Promise<Exchange> {
  const before = way.pipelined ? rewritten({ ...plain, body: { messages: [] } }, {}) : '';
  const wanted = way.pipelined ? 2 : 1;
  const bytes = before + rewritten(plain, way);
  const reply = await dial.raw(bytes, (received) => rawResponses(received, false).length >= wanted);
  expect(!reply.unanswered, '100, or an answer, before the body', 'nothing while the body was held back');
  const responses = rawResponses(reply.bytes, reply.end === 'closed');
  const response = responses[wanted - 1];
  if (!response) {
    // RFC 9112, section 9.6: nothing more is answered on a connection that is closed; the client asks again.
    if (way.pipelined && responses.some(closes)) return sent(dial, plain, {});
    const begun = reply.bytes.match(/HTTP\/1\.[01] [2-5]\d\d /g)?.length ?? 0;
    if (reply.end !== 'silent')
      throw new Violation('a response', reply.end === 'reset' ? 'a broken connection' : shown(reply.bytes));
    if (begun >= wanted) throw new Undecided('the response was not whole in time');
    throw new Violation('a response', `nothing in ${Math.round(reply.ms)} ms on an open connection`);
  }
  const { status, headers } = response;
  const body = Buffer.from(response.body, 'latin1');
  return {
    request: { method: 'POST', url: plain.url.href, headers: Object.entries(plain.headers), body: '' },
    status,
    headers,
    beganAt: Date.now() - reply.ms,
    headersAt: 0,
    pieces: [{ at: 0, bytes: body }],
    end: 'complete',
    endedAt: reply.ms,
    body: body.toString(),
  };
}

/** The agent's text. A violation when there is none, or when it is compressed against the request. */
async function answered(dial: Dial, prompt: string, way: Rewriting): Promise<string> {
  const plain = plainOf(dial, prompt, isAboutHeaders(way));
  const exchange = await sent(dial, plain, way);
  expect(exchange.status < 300, 'the answer that the plain request gets', described(exchange));
  const coding = exchange.headers.get('content-encoding') ?? 'identity';
  expect(coding === 'identity', 'no content coding, which the request refuses', coding);
  return plain.body.stream === true ? streamText(exchange) : textOf(exchange);
}

async function judges(dial: Dial, row: Rewriting): Promise<void> {
  const { naming = 'bare' } = dial.situation;
  if (naming === 'bare') {
    const text = `${TEXT} ${dial.nonce}`;
    const said = await answered(dial, dial.scripted ? echo(text) : `Say hello. ${text}`, row);
    // A live model answers with words of its own.
    if (dial.scripted) return expectEqual(said, text, 'the text that was sent,');
    return expect(said !== '', 'an answer', said);
  }
  const word = `KW-${dial.nonce}`;
  const agent = agentOf(dial);
  await dial.ask(remember(word), { body: agent === undefined ? {} : { model: dial.model(agent) } });
  const said = await answered(dial, WHICH_WORD, row);
  expect(knows(said, word), `the session that was told ${word}`, said);
}

/** A gateway that does not answer the plain request either says nothing about the row. */
async function judged(dial: Dial, row: Row): Promise<void> {
  try {
    await judges(dial, row);
  } catch (cause) {
    if (!(cause instanceof Violation)) throw cause;
    const there = dial.in(dial.situation);
    const plainly = await judges(there, {}).then(
      () => true,
      () => false,
    );
    if (!plainly) throw new Undecided(`the plain request is not answered either: ${cause.message}`);
    throw cause;
  }
}

/**
 * `requests.equivalent.<row>`. Clients, proxies and languages write one request in many ways. A gateway that knows one of
 * them answers another client with an error, or as another user.
 */
export const equivalents = ROWS.map((row) =>
  (row.rare ? should : kept)(`requests.equivalent.${row.id}`, {
    says: `with ${row.what}: the same answer, in the same session`,
    source: row.source,
    core: row.core ?? true,
    situations: situationsOf(row),
    holds: (dial) => judged(dial, row),
    catches: { ...otherSpelling, ...(SPECIAL as Readonly<Record<string, Readonly<Record<string, Mutant>>>>)[row.id] },
  }),
);
