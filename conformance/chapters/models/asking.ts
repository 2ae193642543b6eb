/** Asking for models, and gateways that lie about them alone. */

import type { Dial, Send } from '../../dial/dial.ts';
import { expect, expectEqual } from '../../dial/expectation.ts';
import type { Liar } from '../../dial/mutant.ts';
import { described, jsonOf, type Unjudged } from '../../dial/reading.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import type { Exchange } from '../../wire/exchange.ts';

/** The path of the list; a model's own is below it. */
export const PATH = '/v1/models';
/** Most ids of a list that a case asks for, one by one: a foreign gateway may list hundreds. */
export const ASKED = 4;

/** Sends a GET. Default: for the list. */
export const get = (dial: Dial, path = PATH, send: Send = {}): Promise<Exchange> =>
  dial.send(undefined, { method: 'GET', path, ...send });

/** The entries of the list. @throws {Violation} when there is none. */
export async function listed(dial: Dial): Promise<Unjudged[]> {
  const exchange = await get(dial);
  const data: unknown = jsonOf(exchange)?.data;
  expect(exchange.status === 200 && Array.isArray(data) && data.length > 0, 'a list of models', described(exchange));
  return data;
}

/** The four fields of a model, each of its type: https://platform.openai.com/docs/api-reference/models/object. */
export function expectEntry(entry: Unjudged, what: string): void {
  expect(typeof entry?.id === 'string' && entry.id !== '', `${what} to have an id`, entry);
  expectEqual(entry.object, 'model', `${what} to have the object`);
  expect(Number.isInteger(entry.created), `${what} to have created in whole seconds`, entry);
  expect(typeof entry.owned_by === 'string', `${what} to have owned_by`, entry);
}

type Paths = (path: string) => boolean;
/** The path of the list, the paths of single models, and all of them. */
export const LIST: Paths = (path) => path === PATH;
export const ONE: Paths = (path) => path.startsWith(`${PATH}/`) && path.length > PATH.length + 1;
export const ANY: Paths = (path) => path.startsWith(PATH);
/** The paths of a template. */
export const like = (template: string): Paths => {
  const [start, ...rest] = `${PATH}/${template}`.split('{');
  return (path) => (rest.length === 0 ? path === start : path.startsWith(start!));
};

/** Lies about paths of models alone. */
export const about =
  (paths: Paths, liar: Liar): Liar =>
  (request, faithful) =>
    paths(new URL(request.url).pathname) ? liar(request, faithful) : faithful(request);
/** Edits the list; the entries of the list; each entry; one model by its id. */
export const aboutList = (rewrite: (body: Json) => Json): Liar => about(LIST, lie.completion(rewrite));
/** Edits the entries of the list. */
export const entries = (rewrite: (data: Json[]) => Json[]): Liar =>
  aboutList((body) => ({ ...body, data: rewrite(body.data) }));
/** Changes fields of each entry. */
export const eachEntry = (change: object): Liar => entries((data) => data.map((entry) => ({ ...entry, ...change })));
/** Edits a model that is asked for by its id. */
export const aboutOne = (rewrite: (body: Json) => Json): Liar => about(ONE, lie.completion(rewrite));
/** A 404 in the envelope. */
export const notFound = (): Response =>
  lie.answer(404, { error: { message: 'No such model', type: 'invalid_request_error' } });
/** Another answer for those paths where the gateway answers with that status. */
export const instead = (paths: Paths, status: number, answer: () => Response): Liar =>
  about(paths, lie.insteadOf(status, answer));
/** A list of one model. */
export const served = (): Response => lie.answer(200, { object: 'list', data: [MODEL] });
/** A sound entry. */
export const MODEL = { id: 'openclaw', object: 'model', created: 0, owned_by: 'openclaw' };
