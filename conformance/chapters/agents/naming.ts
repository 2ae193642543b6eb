/** Ways to name an agent, `fixtures/agent-models.json` and `agent-precedence.json`, as cases: one row, one case. */

import models from '../../../fixtures/agent-models.json' with { type: 'json' };
import precedence from '../../../fixtures/agent-precedence.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { expectEqual, shown } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { textOf } from '../../dial/reading.ts';
import { kept, may, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { WHICH_AGENT, namedAgent } from '../../vocabulary/prompts.ts';
import { USER_OR_NONE } from '../../vocabulary/situations.ts';
import { AGENT_HEADER } from '../../dial/headers.ts';

/** The header that names an agent; it goes before the model. */

/** Source of the promises of 2026.3.24 and later: any other model string is refused with 400 since then. */
export const MODEL_CONTRACT = 'https://docs.openclaw.ai/gateway/openai-http-api#agent-first-model-contract';

/** How a call names an agent; a model of null leaves the field out. */
interface Way {
  readonly model: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Row {
  readonly id: string;
  readonly level: 'MUST' | 'SHOULD' | 'NOTE';
  readonly says: string;
  readonly ways: readonly Way[];
  readonly reaches?: string;
  readonly since?: string;
  readonly until?: string;
}

type ModelRow = Omit<Row, 'level' | 'ways'> & { readonly models: readonly (string | null)[] };
type PrecedenceRow = Omit<Row, 'ways'> & Way;

// TypeScript reads each table as one type per row.
const ROWS: readonly Row[] = [
  ...(models.rows as readonly ModelRow[]).map(({ models: spellings, ...row }): Row => ({
    ...row,
    level: row.reaches ? 'MUST' : 'NOTE',
    ways: spellings.map((model) => ({ model })),
  })),
  ...(precedence.rows as unknown as readonly PrecedenceRow[]).map(({ model, headers, ...row }): Row => ({
    ...row,
    ways: [{ model, ...(headers && { headers }) }],
  })),
];

/**
 * Fills the templates of the tables about agents.
 *
 * @param agent The id for `{agent}`. `{default}` and `{other}` are the first two agents of the target; a template
 * without a value, `{other}` of a target with one agent, becomes an empty text.
 */
export function filled(template: string, dial: Dial, agent: string = dial.agents[0]): string {
  const values: Record<string, string | undefined> = { agent, default: dial.agents[0], other: dial.agents[1] };
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

function filledWay(
  way: Way,
  dial: Dial,
  agent: string,
): { model: string | undefined; headers: Record<string, string> } {
  const headers = Object.entries(way.headers ?? {}).map(([name, value]) => [name, filled(value, dial, agent)]);
  return {
    model: way.model === null ? undefined : filled(way.model, dial, agent),
    headers: Object.fromEntries(headers) as Record<string, string>,
  };
}

/** Sends the question which agent runs, naming the agent that way. */
async function expectReached(dial: Dial, row: Row, way: Way, agent: string, streaming: boolean): Promise<void> {
  const { model, headers } = filledWay(way, dial, agent);
  const wanted = filled(row.reaches!, dial, agent);
  const call = { body: { model }, headers };
  const { text } = streaming ? await dial.stream(WHICH_AGENT, call) : await dial.ask(WHICH_AGENT, call);
  const naming = [`model ${shown(model)}`, ...Object.entries(headers).map(([name, id]) => `${name} ${shown(id)}`)];
  expectEqual(
    namedAgent(text, [...new Set([...dial.agents, wanted])]),
    wanted,
    `${naming.join(' and ')} to reach agent`,
  );
}

async function everyWayReaches(dial: Dial, row: Row): Promise<void> {
  const agents = row.reaches === '{agent}' ? dial.agents.slice(0, 2) : [dial.agents[0]];
  for (const agent of agents) for (const way of row.ways) await expectReached(dial, row, way, agent, false);
}

/** The observation of a row without a promise: the status, and the agent that answered. */
async function observed(dial: Dial, row: Row): Promise<string> {
  const { model, headers } = filledWay(row.ways[0]!, dial, dial.agents[0]);
  const exchange = await dial.send(dial.body(WHICH_AGENT, { model }), { headers });
  if (exchange.status !== 200) return String(exchange.status);
  const agent = dial.agents.find((id) => mentions(textOf(exchange), id));
  return `${exchange.status} from ${agent ? `agent ${agent}` : 'another agent'}`;
}

/** Whether an agent's id stands in an answer as a word of its own, in any case: `main` does not stand in `domain`. */
export const mentions = (text: string, agent: string): boolean =>
  new Set(text.toLowerCase().match(/[a-z0-9_-]+/g)).has(agent.toLowerCase());

/**
 * Sends a call to another agent, `main` or `beta` as in `fixtures/gateways`. The answer still echoes the model of the
 * request, so that only the agent is wrong.
 *
 * @param choose Gets the agent that the call names, by its header or its model, and the model. Undefined leaves the
 * call alone.
 */
export const reroute =
  (choose: (named: string | undefined, model: string) => string | undefined): Liar =>
  async (request, faithful) => {
    const body = await lie.bodyOf(request);
    if (body?.messages === undefined) return faithful(request);
    const model = String(body.model ?? '').trim();
    const inModel = /(?:openclaw[:/]|agent:)([a-z0-9_-]+)$/i.exec(model)?.[1];
    const agent = choose(request.headers.get(AGENT_HEADER) || inModel, model);
    if (agent === undefined) return faithful(request);
    const unnamed = lie.withHeaders(request, (headers) => headers.delete(AGENT_HEADER));
    const sent = lie.withBody(unnamed, JSON.stringify({ ...body, model: `openclaw:${agent}` }));
    const echo = (said: Json): Json => (said.model === undefined ? said : { ...said, model: body.model ?? said.model });
    return lie.chunks(echo)(sent, (passed) => lie.completion(echo)(passed, faithful));
  };

const when =
  (holds: (request: Request, body: Json) => boolean, liar: Liar): Liar =>
  async (request, faithful) =>
    (holds(request, await lie.bodyOf(request)) ? liar : passes)(request, faithful);
const passes: Liar = (request, faithful) => faithful(request);
const refuses: Liar = lie.replies((response) =>
  response.ok ? lie.answer(400, { error: { message: 'No such form', type: 'invalid_request_error' } }) : response,
);

const isDefault = (model: string): boolean => ['', 'openclaw', 'openclaw/default'].includes(model);
const OTHER: Readonly<Record<string, string>> = { main: 'beta', beta: 'main' };
const SWAPS = reroute((named, model) => OTHER[named ?? ''] ?? (isDefault(model) ? 'beta' : undefined));
const DEAF = reroute((named) => named && 'main');
const HEADERLESS: Liar = (request, faithful) =>
  faithful(lie.withHeaders(request, (headers) => headers.delete(AGENT_HEADER)));
const INSISTS = when((_, body) => !/[:/](?!default)/.test(String(body?.model ?? '')), refuses);

/** Wrong gateways for a row that promises an agent. */
function liarsAbout({ id, reaches, ways }: Row): Record<string, Liar> {
  if (id === 'empty-header') {
    const empty = ({ headers }: Request): boolean => headers.get(AGENT_HEADER) === '';
    return {
      'takes an empty name for the default agent': when(empty, DEAF),
      'refuses an empty name': when(empty, refuses),
    };
  }
  if (ways[0]!.headers) {
    return { 'does not look at the header': HEADERLESS, 'mixes the agents up': SWAPS };
  }
  if (reaches === '{agent}') {
    const prefix = ways[0]!.model!.split('{')[0]!;
    const form = when((_, body) => String(body?.model).startsWith(prefix), refuses);
    return { 'asks main whichever agent is named': DEAF, 'mixes the agents up': SWAPS, 'knows no such form': form };
  }
  return { 'asks another agent': SWAPS, 'insists on a name': INSISTS };
}

const noSuchModel: Liar = async () => lie.answer(404, { error: { message: 'No such model', type: 'not_found' } });
const oddModel = (_: Request, body: Json): boolean =>
  body?.messages !== undefined &&
  !/^(?:(?:openclaw|agent):(?:main|beta)|openclaw(?:\/(?:main|beta|default))?)$/.test(String(body.model));

const OTHERWISE = {
  'has no such model': when(oddModel, noSuchModel),
  'asks another agent': when(
    oddModel,
    reroute((named) => OTHER[named ?? ''] ?? 'beta'),
  ),
};

/** Gateways that answer a row without a promise in another way, so that its observation has to change. */
const liarsOutside = ({ id }: Row): Record<string, Liar> =>
  id === 'header-alias'
    ? {
        'does not know the short name': (request, faithful) =>
          faithful(lie.withHeaders(request, (headers) => headers.delete('x-openclaw-agent'))),
      }
    : OTHERWISE;

const write = { MUST: must, SHOULD: kept, NOTE: may };

/** The dates, the source and the needs of a row. */
const dated = ({ since, until }: Row) => ({
  ...(since && { since, source: MODEL_CONTRACT }),
  ...(until && { until }),
  needs: ['second-agent'] as const,
});

/**
 * `agents.<row>`: documentation, "Choosing an agent". A call that reaches another agent than the one it names is
 * answered with the wrong persona, tools and memory, and the client sees nothing but a 200.
 */
export const addressing = ROWS.map((row) =>
  write[row.level](`agents.${row.id}`, {
    ...dated(row),
    says: row.says,
    ...(row.reaches && { situations: USER_OR_NONE }),
    holds: (dial) => (row.reaches ? everyWayReaches(dial, row) : observed(dial, row)),
    catches: row.reaches ? liarsAbout(row) : liarsOutside(row),
  }),
);

/** The version of each liar that lies in streams alone; one for each, so that cases share it as one mutant. */
const doubles = new Map<Liar, Liar>();
function whenStreaming(liar: Liar): Liar {
  const double = doubles.get(liar) ?? when((_, body) => body?.stream === true, liar);
  doubles.set(liar, double);
  return double;
}

/** The same ways in a stream, with the second agent where the row can name it: the default would prove nothing. */
export const streamed = ROWS.filter(({ level }) => level === 'MUST').map((row) =>
  must(`agents.streaming-too.${row.id}`, {
    ...dated(row),
    says: `in a stream too: ${row.says}`,
    situations: USER_OR_NONE,
    holds: (dial) => expectReached(dial, row, row.ways[0]!, dial.agents.at(1)!, true),
    catches: Object.fromEntries(
      Object.entries(liarsAbout(row)).map(([name, liar]) => [`${name} when it streams`, whenStreaming(liar)]),
    ),
  }),
);
