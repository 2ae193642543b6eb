/** Choosing an agent: by `model`, by header, or by default. */

import escapes from '../../fixtures/agent-escapes.json' with { type: 'json' };
import type { Dial } from '../dial/dial.ts';
import { expect, expectEqual } from '../dial/expectation.ts';
import type { Mutant } from '../dial/mutant.ts';
import { answerOf, chunksIn, described, jsonOf, textOf } from '../dial/reading.ts';
import type { Dimensions } from '../dial/situation.ts';
import { chapter, kept, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import type { Json } from '../vocabulary/liars.ts';
import { WHICH_AGENT, namedAgent } from '../vocabulary/prompts.ts';
import { EITHER_MODE, USER_OR_NONE } from '../vocabulary/situations.ts';
import type { Exchange } from '../wire/exchange.ts';
import { connection } from './agents/connection.ts';
import { MODEL_CONTRACT, addressing, filled, mentions, reroute, streamed } from './agents/naming.ts';
import { AGENT_HEADER } from '../dial/headers.ts';

/** Models of other endpoints, as clients have them hard-coded. */
const FOREIGN = ['gpt-4o', 'anthropic/claude-sonnet-4'];

/** All that a call may say beside its agent. */
const BY_MODEL = { ...EITHER_MODE, naming: ['bare', 'user', 'key'] } as const satisfies Dimensions;

/** The agent id of a call, by header or model, where it has other characters than a plain id; else undefined. */
async function oddId(request: Request): Promise<string | undefined> {
  const named = /^openclaw:([^]*)/.exec(String((await lie.bodyOf(request))?.model))?.[1];
  const id = request.headers.get(AGENT_HEADER) ?? named ?? '';
  return /^[a-z0-9-]*$/i.test(id) ? undefined : id;
}

const breaks: Mutant = async (request, faithful) =>
  (await oddId(request)) === undefined ? faithful(request) : new Response('Internal Server Error', { status: 500 });

/** Resolves the id as a path and takes its last segment for the agent. */
const walksThePath: Mutant = async (request, faithful) => {
  const steps = (await oddId(request))?.replaceAll(/%2f/gi, '/').split(/[^\w-]+/);
  return steps === undefined ? faithful(request) : reroute(() => steps.at(-1)!)(request, faithful);
};

/** Ids that are like a configured one and name no agent of the target: a part of it, more than it, a slip in it. */
function relatives(dial: Dial, agent: string): string[] {
  const { nonce, agents } = dial;
  const swapped = `${agent.slice(0, -2)}${agent.at(-1)}${agent.at(-2) ?? ''}`;
  const parts = [agent.slice(0, -1), agent.slice(1), agent.slice(0, 3), swapped].filter(
    (id) => /^[a-z0-9][a-z0-9_-]*$/i.test(id) && !agents.some((one) => one.toLowerCase() === id.toLowerCase()),
  );
  return [...new Set([...parts, `${agent}${nonce}`, `${agent}-${nonce}`, `${nonce}-${agent}`, `${agent}_2`])];
}

/** Expects a 400 for an agent with such an id, unless the target has one that it does not declare. */
async function refusedOrOwn(dial: Dial, id: string, by: 'model' | 'header'): Promise<void> {
  const headers = by === 'header' ? { [AGENT_HEADER]: id } : {};
  const model = by === 'model' ? `openclaw:${id}` : dial.model();
  const exchange = await dial.send(dial.body(WHICH_AGENT, { model }), { headers });
  if (exchange.status < 300 && mentions(answerOf(exchange), id)) return;
  expectEqual(exchange.status, 400, `for agent "${id}" in the ${by}, which is not configured, a refusal with status`);
}

/** Another id for an agent that a call names by the beginning, the end, or more than its id. */
const findsAgent = (like: (named: string, agent: string) => boolean): Mutant =>
  reroute((named) => named && ['main', 'beta'].find((agent) => named !== agent && like(named, agent)));

const isGhost = (agent: string | undefined): boolean => agent?.startsWith('ghost-') ?? false;
const isForeign = (body: Json): boolean => FOREIGN.includes(body?.model as string);

/** Another refusal of a foreign model. */
const refusingForeign = (status: number, message: string, type: string): Mutant =>
  lie.replies(async (response, request) =>
    response.status === 400 && isForeign(await lie.bodyOf(request))
      ? lie.answer(status, { error: { message, type } })
      : response,
  );

/** Runs a call of another agent, then gives the refusal: the client sees the right 400. */
const runsThenRefuses: Mutant = async (request, faithful) => {
  const response = await faithful(request.clone());
  if (response.status === 400) await (await reroute(() => 'main')(request, faithful)).text();
  return response;
};

/** Expects a 400 and no run; gives the refusal. */
const refused = async (dial: Dial, model: string, headers: Record<string, string> = {}): Promise<Exchange> => {
  const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, { model }), { headers });
  expectEqual(
    exchange.status,
    400,
    `for model "${model}"${headers[AGENT_HEADER] ? ` and header "${headers[AGENT_HEADER]}"` : ''}, a refusal with status`,
  );
  dial.noRun(dial.nonce);
  return exchange;
};

export default chapter('agents', 'Choosing an agent', {
  section: '#choosing-an-agent',
  cases: [
    ...addressing,
    connection,
    // 2026.1.30 made the agent `x` on disk for `x-openclaw-agent-id: ../x`, and ran it: a client reached an agent that
    // the operator had not configured.
    ...escapes.rows.map((row) =>
      must(`agents.no-escape.${row.id}`, {
        says: `an agent id with ${row.says} reaches no other agent, and breaks nothing`,
        needs: row.agent.includes('{other}') ? ['second-agent'] : [],
        async holds(dial) {
          const id = filled(row.agent, dial);
          const other = dial.agents.at(1);
          // Undecided where plain calls reach no agent: there is nothing to escape from.
          namedAgent((await dial.ask(WHICH_AGENT)).text, dial.agents);
          const calls = [{ model: `openclaw:${id}` }, { model: dial.model(), headers: { [AGENT_HEADER]: id } }];
          for (const { model, headers } of row.header === false ? calls.slice(0, 1) : calls) {
            const exchange = await dial.send(dial.body(WHICH_AGENT, { model }), headers ? { headers } : {});
            expect(exchange.status < 500, 'a refusal or an answer, no 5xx', described(exchange));
            const reached = exchange.status < 300 && other !== undefined && mentions(textOf(exchange), other);
            expect(!reached, `no way from ${JSON.stringify(id)} to agent ${other}`, described(exchange));
          }
        },
        catches: {
          'breaks over it': breaks,
          ...(row.agent.includes('{other}') && { 'takes the id for a path': walksThePath }),
        },
      }),
    ),
    // Issue 92504: a misspelt agent ran under the default persona with 200, so the client took the wrong agent's
    // answer.
    must('agents.unknown', {
      says: 'an agent that is not configured is refused with 400 and no run, in the model and in the header',
      since: '2026.6.8',
      source: 'https://github.com/openclaw/openclaw/issues/92504',
      situations: BY_MODEL,
      async holds(dial) {
        const ghost = `ghost-${dial.nonce}`;
        await refused(dial, `openclaw:${ghost}`);
        await refused(dial, dial.model(), { [AGENT_HEADER]: ghost });
        for (const [at, id] of dial.agents
          .slice(0, 2)
          .flatMap((agent) => relatives(dial, agent))
          .entries())
          await refusedOrOwn(dial, id, at % 3 === 2 ? 'header' : 'model');
      },
      catches: {
        'finds an agent by the beginning of its id': findsAgent((named, agent) => agent.startsWith(named)),
        'finds an agent by the end of its id': findsAgent((named, agent) => agent.endsWith(named)),
        'finds an agent by what its id begins with': findsAgent((named, agent) => named.startsWith(agent)),
        'finds an agent by what its id ends with': findsAgent((named, agent) => named.endsWith(agent)),
        'finds the agent that was probably meant': findsAgent(
          (named, agent) => Array.from(named).toSorted().join('') === Array.from(agent).toSorted().join(''),
        ),
        'runs a phantom': reroute((named) => (isGhost(named) ? 'main' : undefined)),
        'runs a phantom when it streams': lie.aboutStreams(reroute((named) => (isGhost(named) ? 'main' : undefined))),
        // Refuses a ghost in the model, and runs one that is named in the header.
        'does not know the agents in headers': async (request, faithful) =>
          reroute((named) => (request.headers.has(AGENT_HEADER) && isGhost(named) ? 'main' : undefined))(
            request,
            faithful,
          ),
        'has no such page': lie.replies(async (response, request) =>
          response.status === 400 &&
          (request.headers.has(AGENT_HEADER) || (await request.clone().text()).includes(':ghost-'))
            ? lie.answer(404, { error: { message: 'No such agent', type: 'not_found' } })
            : response,
        ),
        'runs first and refuses then': runsThenRefuses,
      },
    }),
    // Clients that hard-code a model broke with 2026.3.24 (nicolasglg/openclaw-conversation#3): the message has to name
    // a form that works.
    must('agents.foreign-model', {
      says: 'a model that names no agent is refused with 400, which names a form that does, and no run',
      since: '2026.3.24',
      source: MODEL_CONTRACT,
      situations: BY_MODEL,
      async holds(dial) {
        for (const model of FOREIGN) {
          const { body } = await refused(dial, model);
          const own = dial.named('openclaw');
          expect(body.toLowerCase().includes(own), `a refusal that names a form of ${own}`, body);
        }
      },
      catches: {
        'asks the default agent': lie.asks((body) => (isForeign(body) ? { ...body, model: 'openclaw:main' } : body)),
        'names no form of openclaw': refusingForeign(400, 'Invalid model', 'invalid_request_error'),
        'answers as OpenAI does': refusingForeign(404, 'openclaw', 'not_found'),
        'runs first and refuses then': runsThenRefuses,
      },
    }),
    // Releases echo the model byte for byte; a client that tells its answers apart by it finds the name that it sent.
    kept('agents.model-echoed', {
      keptSince: '2026.3.31',
      says: 'the answer and each chunk carry the model as it was asked for',
      source: 'https://platform.openai.com/docs/api-reference/chat/object#chat/object-model',
      situations: USER_OR_NONE,
      async holds(dial) {
        const model = `agent:${dial.agents[0]}`;
        const whole = await dial.ask(`Say hello. ${dial.nonce}`, { body: { model } });
        expectEqual(jsonOf(whole.exchange)?.model, model, 'an answer with model');
        const stream = await dial.stream(`Say hello. ${dial.nonce}`, { body: { model } });
        for (const { chunk } of chunksIn(stream.exchange)) {
          if (chunk.choices !== undefined) expectEqual(chunk.model, model, 'a chunk with model');
        }
      },
      catches: {
        'tidies the model': lie.completion((body) => ({ ...body, model: 'openclaw' })),
        'names the model behind the agent': lie.chunks((chunk) => ({ ...chunk, model: 'gpt-4o' })),
        'forgets it after the first chunk': lie.chunks((chunk, index) =>
          index === 0 ? chunk : { ...chunk, model: undefined },
        ),
      },
    }),
    ...streamed,
  ],
});
