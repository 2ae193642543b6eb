/** Ways to name an agent, `fixtures/agent-models.json` and `agent-precedence.json`, as cases: one row, one case. */
import models from '../../fixtures/agent-models.json' with { type: 'json' };
import precedence from '../../fixtures/agent-precedence.json' with { type: 'json' };
import { textOf } from '../answer.ts';
import { may, must, should } from '../contract.ts';
import { expectEqual, shown } from '../expectation.ts';
import * as lie from '../mutants.ts';
import { WHICH_AGENT, namedAgent } from '../prompts.ts';
import type { Dial } from '../dial.ts';
import type { Json, Liar } from '../mutants.ts';

export const HEADER = 'x-openclaw-agent-id';

/** Where the promises of 2026.3.24 and later stand. */
export const MODEL_CONTRACT = 'https://docs.openclaw.ai/gateway/openai-http-api#agent-first-model-contract';

/** How a call names an agent; a model of null is no model at all. */
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
  ...(models.rows as readonly ModelRow[]).map(({ models, ...row }): Row => ({
    ...row,
    level: row.reaches ? 'MUST' : 'NOTE',
    ways: models.map((model) => ({ model })),
  })),
  ...(precedence.rows as unknown as readonly PrecedenceRow[]).map(({ model, headers, ...row }): Row => ({
    ...row,
    ways: [{ model, ...(headers && { headers }) }],
  })),
];

/** Fills the templates of the tables about agents. */
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

/** Asks in that way who answers. */
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

/** What was seen of a call that nothing is promised about: the status, and who answered. */
async function observed(dial: Dial, row: Row): Promise<string> {
  const { model, headers } = filledWay(row.ways[0]!, dial, dial.agents[0]);
  const exchange = await dial.send(dial.body(WHICH_AGENT, { model }), { headers });
  if (exchange.status !== 200) return String(exchange.status);
  const agent = dial.agents.find((agent) => mentions(textOf(exchange), agent));
  return `${exchange.status} from ${agent ? `agent ${agent}` : 'somebody else'}`;
}

/** Whether an agent's id stands in an answer as a word of its own. */
export const mentions = (text: string, agent: string): boolean =>
  new Set(text.toLowerCase().match(/[a-z0-9_-]+/g)).has(agent.toLowerCase());

/**
 * Sends a call to an agent of the liar's choice, `main` or `beta` as in `fixtures/gateways`; undefined leaves it alone.
 * The answer still echoes the model that was asked for.
 */
export const reroute =
  (choose: (named: string | undefined, model: string) => string | undefined): Liar =>
  async (request, faithful) => {
    const body = await lie.bodyOf(request);
    if (body?.messages === undefined) return faithful(request);
    const model = String(body.model ?? '').trim();
    const inModel = /(?:openclaw[:/]|agent:)([a-z0-9_-]+)$/i.exec(model)?.[1];
    const agent = choose(request.headers.get(HEADER) || inModel, model);
    if (agent === undefined) return faithful(request);
    const unnamed = lie.withHeaders(request, (headers) => headers.delete(HEADER));
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
const HEADERLESS: Liar = (request, faithful) => faithful(lie.withHeaders(request, (headers) => headers.delete(HEADER)));
const INSISTS = when((_, body) => !/[:/](?!default)/.test(String(body?.model ?? '')), refuses);

function liarsAbout({ id, reaches, ways }: Row): Record<string, Liar> {
  if (id === 'empty-header') {
    const empty = ({ headers }: Request): boolean => headers.get(HEADER) === '';
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
    return { 'asks main whoever is named': DEAF, 'mixes the agents up': SWAPS, 'knows no such form': form };
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

/** Gateways that answer a row otherwise of which nothing is promised. */
const liarsOutside = ({ id }: Row): Record<string, Liar> =>
  id === 'header-alias'
    ? {
        'does not know the short name': (request, faithful) =>
          faithful(lie.withHeaders(request, (headers) => headers.delete('x-openclaw-agent'))),
      }
    : OTHERWISE;

const write = { MUST: must, SHOULD: should, NOTE: may };

/** When and where the row's promise holds. */
const dated = ({ since, until }: Row) => ({
  ...(since && { since, source: MODEL_CONTRACT }),
  ...(until && { until }),
  needs: ['second-agent'] as const,
});

export const addressing = ROWS.map((row) =>
  write[row.level](`agents.${row.id}`, {
    ...dated(row),
    says: row.says,
    holds: (dial) => (row.reaches ? everyWayReaches(dial, row) : observed(dial, row)),
    catches: row.reaches ? liarsAbout(row) : liarsOutside(row),
  }),
);

/** One liar has one double that lies in streams alone. */
const doubles = new Map<Liar, Liar>();
function whenStreaming(liar: Liar): Liar {
  const double = doubles.get(liar) ?? when((_, body) => body?.stream === true, liar);
  doubles.set(liar, double);
  return double;
}

/** The same ways in a stream, each with the agent that is not the default where it can name one. */
export const streamed = ROWS.filter(({ level }) => level === 'MUST').map((row) =>
  must(`agents.streaming-too.${row.id}`, {
    ...dated(row),
    says: `in a stream too: ${row.says}`,
    holds: (dial) => expectReached(dial, row, row.ways[0]!, dial.agents.at(1)!, true),
    catches: Object.fromEntries(
      Object.entries(liarsAbout(row)).map(([name, liar]) => [`${name} when it streams`, whenStreaming(liar)]),
    ),
  }),
);
