/** Fields that tune the model: what of them reaches its provider, and what is refused before a run. */

import { isDeepStrictEqual } from 'node:util';
import refused from '../../fixtures/bad-sampling.json' with { type: 'json' };
import table from '../../fixtures/sampling.json' with { type: 'json' };
import { expect } from '../dial/expectation.ts';
import type { Liar } from '../dial/mutant.ts';
import { described } from '../dial/reading.ts';
import { chapter, kept, may, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import type { Json } from '../vocabulary/liars.ts';
import { expectInvalid } from '../vocabulary/refusal.ts';
import { EITHER_MODE_OR_USER } from '../vocabulary/situations.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Refused {
  readonly id: string;
  readonly what: string;
  readonly fields: Fields;
  readonly since?: string;
}

interface Row extends Refused {
  readonly level: string;
  readonly forwarded: Fields;
}

/** Whether a call has all of these fields, with those values. */
const has = (body: Json, fields: Fields): boolean =>
  Object.entries(fields).every(([name, value]) => body?.[name] !== undefined && isDeepStrictEqual(body[name], value));

/** Changes calls that have these fields before the gateway sees them. */
const asking = (fields: Fields, change: (body: Json) => object): Liar =>
  lie.asks((body) => (has(body, fields) ? { ...body, ...change(body) } : body));
const without = (fields: Fields): Liar =>
  asking(fields, () => Object.fromEntries(Object.keys(fields).map((name) => [name, undefined])));
/** Another answer to a call with these fields. */
const answering = (fields: Fields, answer: () => Response): Liar =>
  lie.replies(async (response, request) => (has(await lie.bodyOf(request), fields) ? answer() : response));

const TUNED = ['temperature', 'top_p'];

const refusal = (status: number, type: string) => (): Response =>
  lie.answer(status, { error: { message: 'No', type } });

/** A value of another size, and of the same kind. */
const other = (value: unknown): unknown =>
  typeof value === 'number' ? value / 2 + 0.1 : Array.isArray(value) ? value.slice(1) : { type: 'text' };

export default chapter('sampling', 'Supported request fields', {
  section: '#supported-request-fields',
  since: '2026.5.12',
  cases: [
    // A limit or a temperature that is lost in silence is a bill, or an answer that no test can repeat.
    ...(table.rows as unknown as readonly Row[]).map(({ id, what, level, fields, forwarded, since }) =>
      (level === 'MUST' ? must : kept)(`sampling.forwarded.${id}`, {
        says: `the model's provider is asked with ${what}`,
        ...(since && { since }),
        needs: ['probe'],
        situations: EITHER_MODE_OR_USER,
        async holds(dial) {
          const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, fields));
          expect(exchange.status === 200, 'an answer', described(exchange));
          const parameters = dial.probe.asked(dial.nonce)[0]?.parameters ?? {};
          const got = Object.fromEntries(Object.keys(forwarded).map((name) => [name, parameters[name] ?? null]));
          expect(isDeepStrictEqual(got, forwarded), `the provider to be asked with ${JSON.stringify(forwarded)}`, got);
        },
        catches: {
          'refuses the call': answering(fields, refusal(400, 'invalid_request_error')),
          ...(id === 'null'
            ? {
                'takes null for 0': asking(fields, () => ({ temperature: 0, seed: 0 })),
                'takes null for a stop': asking(fields, () => ({ stop: 'null' })),
              }
            : {
                'forwards nothing': without(fields),
                'forwards nothing when it streams': lie.aboutStreams(without(fields)),
                'forwards another value': asking(fields, (body) =>
                  Object.fromEntries(
                    Object.keys(fields).map((name) => [
                      name,
                      name === 'stop' && typeof body.stop === 'string'
                        ? 'STOP'
                        : /max/.test(name)
                          ? 62
                          : name === 'seed'
                            ? 8
                            : other(body[name]),
                    ]),
                  ),
                ),
              }),
          ...(id === 'cap-order' && {
            'takes the older one': asking(fields, ({ max_tokens: most }) => ({ max_completion_tokens: most })),
          }),
        },
      }),
    ),
    // A client of a model that is made once for a session keeps what it was made with.
    kept('sampling.each-call', {
      says: 'each call of a session is tuned by its own parameters',
      needs: ['probe'],
      situations: [{ naming: 'user' }, { naming: 'user', mode: 'streamed' }, { naming: 'key' }],
      async holds(dial) {
        const calls = [{ temperature: 0.2, top_p: 0.5 }, { temperature: 1.1, top_p: 0.9 }, {}];
        for (const [at, fields] of calls.entries()) {
          const tag = `${at}-${dial.nonce}`;
          const exchange = await dial.send(dial.body(`Say hello. ${tag}`, fields));
          const [run] = dial.probe.asked(tag);
          expect(run !== undefined, 'a run of the model', described(exchange));
          const { temperature, top_p } = run.parameters;
          const own =
            at < 2 ? isDeepStrictEqual({ temperature, top_p }, fields) : temperature !== 1.1 && temperature !== 0.2;
          expect(own, `call ${at + 1} with ${JSON.stringify(fields)} alone`, { temperature, top_p });
        }
      },
      catches: {
        'keeps those of the first call of a user': lie.sticky(TUNED, ({ user }) => user),
        'keeps the last ones that a user gave': lie.sticky(TUNED, ({ user }) => user, true),
        'keeps those of the first call of all': lie.sticky(
          TUNED,
          ({ temperature }) => temperature !== undefined && 'all',
        ),
      },
    }),
    ...(refused.rows as unknown as readonly Refused[]).map(({ id, what, fields, since }) =>
      must(`sampling.${id}`, {
        says: `${what} is refused: 400 invalid_request_error, no run`,
        ...(since && { since }),
        situations: EITHER_MODE_OR_USER,
        async holds(dial) {
          const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, fields));
          expectInvalid(exchange);
          dial.noRun(dial.nonce);
        },
        catches: {
          'does not look at it': without(fields),
          'does not look at it when it streams': lie.aboutStreams(without(fields)),
          'breaks on it': answering(fields, refusal(500, 'api_error')),
          'refuses with an error of another type': answering(fields, refusal(400, 'validation_error')),
        },
      }),
    ),
    may('sampling.format-bare', {
      says: 'a response_format of json_schema without its schema is refused',
      needs: ['probe'],
      async holds(dial) {
        const fields = { response_format: { type: 'json_schema' } };
        const exchange = await dial.send(dial.body(`Say hello. ${dial.nonce}`, fields));
        const asked = dial.probe.asked(dial.nonce)[0]?.parameters.response_format;
        return `${exchange.status}, and the provider was ${asked === undefined ? 'not told' : 'told'}`;
      },
      catches: {
        'forwards nothing of it': without({ response_format: { type: 'json_schema' } }),
        'breaks on it': answering({ response_format: { type: 'json_schema' } }, refusal(500, 'api_error')),
        'refuses it': answering({ response_format: { type: 'json_schema' } }, refusal(400, 'invalid_request_error')),
      },
    }),
  ],
});
