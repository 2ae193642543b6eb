/** One model by its id, `models.one`, and `fixtures/model-ids.json`: one row, one case. */

import table from '../../../fixtures/model-ids.json' with { type: 'json' };
import { expect, expectEqual } from '../../dial/expectation.ts';
import { described, jsonOf } from '../../dial/reading.ts';
import { must, should } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { expectEnvelope } from '../../vocabulary/refusal.ts';
import { filled } from '../../vocabulary/templates.ts';
import {
  ASKED,
  MODEL,
  ONE,
  PATH,
  about,
  aboutOne,
  expectEntry,
  get,
  instead,
  like,
  listed,
  notFound,
} from './asking.ts';

/** The cases, one for each row of `fixtures/model-ids.json`. */
export const byId = [
  must('models.one', {
    says: 'each model of the list can be asked for by its id, and is what the list says',
    core: true,
    source: 'https://platform.openai.com/docs/api-reference/models/retrieve',
    async holds(dial) {
      for (const entry of (await listed(dial)).slice(0, ASKED)) {
        const exchange = await get(dial, `${PATH}/${encodeURIComponent(entry.id)}`);
        const one = jsonOf(exchange);
        expect(exchange.status === 200, `the model ${entry.id}`, described(exchange));
        expectEntry(one, `the model ${entry.id}`);
        expectEqual(one.id, entry.id, 'the model that was asked for,');
      }
    },
    catches: {
      'has a list only': instead(ONE, 200, notFound),
      'answers with the list': aboutOne(() => ({ object: 'list', data: [MODEL] })),
      'always the first one': aboutOne((body) => ({ ...body, id: 'openclaw' })),
      'tells the id as it was sent': about(
        ONE,
        lie.completion((body) => ({ ...body, id: encodeURIComponent(body.id) })),
      ),
      'does not decode the slash': about((path) => /%2F/i.test(path), lie.replies(notFound)),
      'a model without its kind': aboutOne((body) => ({ ...body, object: undefined })),
    },
  }),
  ...table.rows.map((row) => {
    const { id, says, model, status } = row as { id: string; says: string; model?: string; status?: number };
    const path = like(row.path);
    return (model === undefined ? should : must)(`models.id.${id}`, {
      says,
      async holds(dial) {
        const own = (text: string): string =>
          filled(
            text.replace(/^openclaw/, () => dial.named('openclaw')),
            dial,
          );
        const exchange = await get(dial, `${PATH}/${own(row.path)}`);
        if (status !== undefined) {
          expectEnvelope(exchange, status);
          expectEqual(jsonOf(exchange).error.type, 'invalid_request_error', 'an error of type');
          return;
        }
        expect(exchange.status === 200, 'a model', described(exchange));
        expectEqual(jsonOf(exchange)?.id, own(model!), 'the model that was asked for,');
      },
      catches:
        status === undefined
          ? {
              'knows no such model': about(path, lie.replies(notFound)),
              'redirects to another spelling': about(
                path,
                lie.replies(() => new Response(null, { status: 307 })),
              ),
              'gives another model': about(
                path,
                lie.completion((body) => ({ ...body, id: 'openclaw' })),
              ),
            }
          : {
              'makes a model of whatever is asked': about(
                path,
                lie.replies(() => lie.answer(200, MODEL)),
              ),
              'breaks on it': about(
                path,
                lie.replies(() => new Response('Internal Server Error', { status: 500 })),
              ),
              'refuses in words': about(
                path,
                lie.replies(({ status: faithful }) => new Response('No', { status: faithful })),
              ),
              'refuses with another status': about(
                path,
                lie.replies(() =>
                  lie.answer(status === 404 ? 400 : 404, { error: { message: 'No', type: 'invalid_request_error' } }),
                ),
              ),
            },
    });
  }),
];
