/** The list of models, by which clients set themselves up: the agents, and nothing else. */

import { NotFoundError } from 'openai';
import type { Dial } from '../dial/dial.ts';
import { expect, expectEqual } from '../dial/expectation.ts';
import type { Liar } from '../dial/mutant.ts';
import { described, jsonOf, type Unjudged } from '../dial/reading.ts';
import { chapter, may, must, should } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import type { Json } from '../vocabulary/liars.ts';
import { expectNotAllowed } from '../vocabulary/refusal.ts';
import {
  ANY,
  ASKED,
  LIST,
  MODEL,
  ONE,
  PATH,
  about,
  aboutList,
  aboutOne,
  eachEntry,
  entries,
  expectEntry,
  get,
  instead,
  listed,
  notFound,
  served,
} from './models/asking.ts';
import { byId } from './models/ids.ts';

const OPENAI = 'https://platform.openai.com/docs/api-reference/models';

/** The ids that OpenClaw lists for some agents, in any order. */
const namesOf = (dial: Dial): string[] =>
  ['openclaw', 'openclaw/default', ...dial.agents.map((id) => `openclaw/${id}`)].map((id) => dial.named(id));

const isAgentOf = (own: string, id: string): boolean =>
  id.startsWith(`${own}/`) && /^[^/]+$/.test(id.slice(own.length + 1));

export default chapter('models', 'Model list and agent routing', {
  section: '#model-list-and-agent-routing',
  since: '2026.3.24',
  needs: ['models'],
  cases: [
    // Open WebUI, LibreChat and Home Assistant ask for the list before anything else, and offer what it names.
    must('models.served', {
      says: 'GET /v1/models is a list of models, each with id, object, created and owned_by',
      core: true,
      async holds(dial) {
        const exchange = await get(dial);
        expectEqual(exchange.status, 200, 'the list with status');
        expect(/json/i.test(exchange.headers.get('content-type') ?? ''), 'JSON', described(exchange));
        expectEqual(jsonOf(exchange)?.object, 'list', 'the list with object');
        for (const entry of await listed(dial)) expectEntry(entry, 'a model');
      },
      catches: {
        'has no such page': instead(LIST, 200, notFound),
        'a bare array': aboutList(({ data }) => data),
        'another name for the list': aboutList(({ data, ...body }) => ({ ...body, models: data })),
        'lists texts': entries((data) => data.map(({ id }) => id)),
        'calls a model an agent': eachEntry({ object: 'agent' }),
        'created as a text': eachEntry({ created: '2026-01-29' }),
        'forgets whose they are': eachEntry({ owned_by: undefined }),
        'lists nothing': entries(() => []),
        'calls it text': about(
          LIST,
          lie.headers((headers) => headers.set('content-type', 'text/plain')),
        ),
      },
    }),
    // A client that meets a page of HTML takes the gateway for one that speaks another protocol (issue 113609).
    must('models.off-with-it', {
      says: 'with the endpoint off there is no list and no model: 404, which is no HTML page',
      needs: ['deploy:disabled'],
      async holds(dial) {
        const closed = dial.at('disabled');
        for (const path of [PATH, `${PATH}/openclaw`]) {
          const exchange = await get(closed, path);
          const html =
            /html/i.test(exchange.headers.get('content-type') ?? '') || /^\s*<(?:!doctype|html)/i.test(exchange.body);
          expect(exchange.status === 404 && !html, `404 for ${path}, no HTML page`, described(exchange));
        }
      },
      catches: {
        'lists all the same': instead(ANY, 404, served),
        'gives a model all the same': instead(ONE, 404, () => lie.answer(200, MODEL)),
        'falls through to a web page': instead(
          ANY,
          404,
          () =>
            new Response('<!doctype html><title>Control</title>', {
              status: 404,
              headers: { 'content-type': 'text/html' },
            }),
        ),
        'asks who is there first': instead(LIST, 404, () => new Response('Unauthorized', { status: 401 })),
      },
    }),
    must('models.auth', {
      says: 'the list and a model need the credential of a call: without it, or with another, 401',
      core: true,
      needs: ['credential'],
      async holds(dial) {
        for (const path of [PATH, `${PATH}/openclaw`]) {
          for (const credential of [null, `wrong-${dial.nonce}`]) {
            const exchange = await get(dial, path, { credential });
            const what = credential === null ? 'without a credential' : 'with a wrong one';
            expect(exchange.status === 401, `401 for ${path} ${what}`, described(exchange));
          }
        }
      },
      catches: {
        'shows the list to every client': instead(LIST, 401, served),
        'shows a model to every client': instead(ONE, 401, () => lie.answer(200, MODEL)),
        'does not look at the secret': about(LIST, (request, faithful) =>
          faithful(request).then((response) =>
            response.status === 401 && request.headers.has('authorization') ? served() : response,
          ),
        ),
        'hides behind 404': instead(ANY, 401, notFound),
      },
    }),
    // A list with the models of providers lets users choose what every call is then refused for.
    must('models.agents-only', {
      says: 'the list is openclaw, openclaw/default and openclaw/<id> of each agent, once each, and no provider’s model',
      async holds(dial) {
        const ids = (await listed(dial)).map(({ id }): unknown => id);
        for (const id of namesOf(dial)) {
          expect(ids.filter((one) => one === id).length === 1, `${id} once in the list`, ids);
        }
        const own = dial.named('openclaw');
        const foreign = ids.filter((id) => id !== own && !isAgentOf(own, String(id)));
        expect(foreign.length === 0, 'agents alone in the list', foreign);
      },
      catches: {
        "lists a provider's model": entries((data) => [...data, { ...MODEL, id: 'openai/gpt-4o' }]),
        'names a model as calls do': entries((data) =>
          data.map((entry) => ({ ...entry, id: entry.id.replace('/', ':') })),
        ),
        'knows the default alone': entries((data) => data.slice(0, 2)),
        'forgets the alias': entries((data) => data.filter(({ id }) => id !== 'openclaw/default')),
        'lists an agent twice': entries((data) => [...data, data.at(-1)]),
      },
    }),
    ...byId,
    must('models.sdk', {
      says: "the official SDK's models.list() and models.retrieve() work, and raise NotFoundError for an unknown agent",
      source: OPENAI,
      async holds(dial) {
        const page = await dial.sdk.models.list();
        const ids = page.data.map(({ id }) => id);
        const own = dial.named('openclaw');
        expect(ids.includes(own), `${own} in the list of the SDK`, ids);
        const id = `${own}/${dial.agents[0]}`;
        expectEqual((await dial.sdk.models.retrieve(id)).id, id, 'the SDK to retrieve');
        const [ghost] = await Promise.allSettled([dial.sdk.models.retrieve(`${own}/ghost-${dial.nonce}`)]);
        const thrown: unknown = ghost.status === 'rejected' ? ghost.reason : ghost.value;
        expect(thrown instanceof NotFoundError, 'the SDK to raise NotFoundError', String(thrown));
      },
      catches: {
        'another name for the list': aboutList(({ data, ...body }) => ({ ...body, data: [], models: data })),
        'gives the model in an envelope': aboutOne((body) => ({ data: body })),
        'refuses what it does not know': about(
          ONE,
          lie.insteadOf(404, () => lie.answer(400, { error: { message: 'No', type: 'invalid_request_error' } })),
        ),
      },
    }),
    // Open WebUI's setup offers every id of the list; with two agents 2026.8.2 and 2026.9.6 refuse calls to two of them.
    must('models.listed-work', {
      says: 'a call to each model of the list is answered',
      async holds(dial) {
        for (const { id: model } of (await listed(dial)).slice(0, ASKED)) {
          const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, { model }));
          expect(exchange.status === 200, `an answer of the model ${model}`, described(exchange));
        }
      },
      catches: {
        'lists what it then refuses': entries((data) => [{ ...MODEL, id: 'openclaw/sub-agent' }, ...data]),
        'refuses the alias': lie.aboutRequest(
          /"model":"openclaw\/default"/,
          lie.replies(() =>
            lie.answer(400, { error: { message: 'Multiple agents are configured', type: 'invalid_request_error' } }),
          ),
        ),
        'knows colons alone': lie.aboutRequest(/"model":"openclaw\//, lie.replies(notFound)),
      },
    }),
    // RFC 9110, section 15.5.6.
    should('models.get-only', {
      says: 'other methods get 405 with Allow: GET, for the list and for a model',
      source: 'https://www.rfc-editor.org/rfc/rfc9110#status.405',
      async holds(dial) {
        for (const path of [PATH, `${PATH}/openclaw`]) {
          const exchange = await get(dial, path, { method: 'POST' });
          expectNotAllowed(exchange, `POST ${path}`, ['GET']);
        }
      },
      catches: {
        'answers whatever the method': instead(LIST, 405, served),
        'knows no POST': instead(ANY, 405, notFound),
        'does not say what is allowed': instead(ANY, 405, () => new Response('Method Not Allowed', { status: 405 })),
      },
    }),
    // Clients show the list again and again: one that changes makes them forget what was chosen.
    should('models.steady', {
      says: 'two lists name the same models in the same order',
      source: `${OPENAI}/list`,
      core: true,
      async holds(dial) {
        expectEqual(namesIn(await listed(dial)), namesIn(await listed(dial)), 'the second list to be');
      },
      catches: {
        'shuffles the list': eachTime(ordered),
        'forgets one': eachTime((data, time) => ordered(data, time).slice(1)),
        'names them anew': eachTime((data, time) => data.map((entry) => ({ ...entry, id: `${entry.id}-${time}` }))),
      },
    }),
    may('models.query-ignored', {
      says: 'a query does not change the list',
      async holds(dial) {
        const [plain, queried] = [await get(dial), await get(dial, `${PATH}?limit=1`)];
        return queried.body === plain.body ? 'the same list' : `another answer: ${queried.status}`;
      },
      catches: {
        'takes a query for another page': async (request, faithful) =>
          new URL(request.url).search ? notFound() : faithful(request),
        'breaks on it': async (request, faithful) =>
          new URL(request.url).search ? new Response('Internal Server Error', { status: 500 }) : faithful(request),
        pages: async (request, faithful) =>
          new URL(request.url).search ? entries((data) => data.slice(0, 1))(request, faithful) : faithful(request),
      },
    }),
  ],
});

const namesIn = (data: readonly Unjudged[]): string => data.map(({ id }): unknown => id).join(' ');

/** Shows another list each time: cases ask for it side by side, so that what returned every second time could meet itself. */
function eachTime(rewrite: (data: Json[], time: number) => Json[]): Liar {
  let time = 0;
  return entries((data) => rewrite(data, ++time));
}

/** The order of that number, of all that a list can be in. */
function ordered(data: readonly Json[], number: number): Json[] {
  if (data.length < 2) return [...data];
  const first = number % data.length;
  return [data[first]!, ...ordered(data.toSpliced(first, 1), Math.floor(number / data.length))];
}
