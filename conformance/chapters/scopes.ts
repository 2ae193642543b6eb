/** What a client may: with the gateway's secret everything, without one what it says, or all when it says nothing. */

import table from '../../fixtures/scopes.json' with { type: 'json' };
import type { Dial } from '../dial/dial.ts';
import { expect } from '../dial/expectation.ts';
import { MODEL_HEADER, SCOPES_HEADER } from '../dial/headers.ts';
import type { Liar } from '../dial/mutant.ts';
import { described } from '../dial/reading.ts';
import { chapter, must } from '../vocabulary/chapter.ts';
import * as lie from '../vocabulary/liars.ts';
import { expectForbidden } from '../vocabulary/refusal.ts';
import { EITHER_MODE } from '../vocabulary/situations.ts';
import type { Exchange } from '../wire/exchange.ts';

const OPERATORS = 'https://docs.openclaw.ai/gateway/operator-scopes';

const call = (dial: Dial, headers: Readonly<Record<string, string>>): Promise<Exchange> =>
  dial.send(dial.body(`Say hello. ${dial.nonce}`), { headers });
const models = (dial: Dial, headers: Readonly<Record<string, string>>): Promise<Exchange> =>
  dial.send(undefined, { method: 'GET', path: '/v1/models', headers });

function expectAnswered(exchange: Exchange): void {
  expect(exchange.status === 200, 'an answer, 200', described(exchange));
}

const forbidden = (): Response =>
  lie.answer(403, { ok: false, error: { type: 'forbidden', message: 'missing scope: operator.write' } });
/** Lies about requests that say what they may. */
const scoped = (liar: Liar): Liar => lie.aboutHeader(SCOPES_HEADER, liar);
const unscoped: Liar = scoped((request, faithful) =>
  faithful(lie.withHeaders(request, (headers) => headers.delete(SCOPES_HEADER))),
);
const refusing: Liar = scoped(async () => forbidden());
const insteadOf403 = (answer: () => Response): Liar => scoped(lie.insteadOf(403, answer));

export default chapter('scopes', 'Security boundary (important)', {
  section: '#security-boundary-important',
  cases: [
    // 2026.3.28 took every client for one without scopes: all of them were locked out (issue 56763).
    ...table.rows.map(({ id, scopes }) =>
      must(`scopes.secret-ignores.${id}`, {
        says: `with the secret, scopes of ${JSON.stringify(scopes)} change nothing`,
        since: '2026.3.31',
        needs: ['credential', 'models'],
        situations: EITHER_MODE,
        async holds(dial) {
          expectAnswered(await call(dial, { [SCOPES_HEADER]: scopes }));
          expectAnswered(await models(dial, { [SCOPES_HEADER]: scopes }));
        },
        catches: {
          'heeds them': refusing,
          'heeds them for streams': lie.aboutStreams(refusing),
          'heeds them for the list': scoped((request, faithful) =>
            request.method === 'GET' ? Promise.resolve(forbidden()) : faithful(request),
          ),
        },
      }),
    ),
    ...table.rows.map(({ id, scopes, call: calls, models: lists }) =>
      must(`scopes.honoured.${id}`, {
        says: `in mode none, scopes of ${JSON.stringify(scopes)} ${calls ? 'are enough' : lists ? 'open the list of models alone' : 'open nothing'}`,
        since: '2026.5.28',
        source: OPERATORS,
        needs: ['deploy:none', 'models'],
        situations: EITHER_MODE,
        async holds(dial) {
          const open = dial.at('none');
          const headers = { [SCOPES_HEADER]: scopes };
          const called = await call(open, headers);
          if (calls) expectAnswered(called);
          else {
            expectForbidden(called, 'operator.write');
            dial.noRun(dial.nonce);
          }
          const listed = await models(open, headers);
          if (lists) expectAnswered(listed);
          else expectForbidden(listed, 'operator.read');
        },
        catches: {
          ...(calls
            ? { 'refuses clients that name scopes': refusing, 'refuses them for streams': lie.aboutStreams(refusing) }
            : {
                'takes every client for the owner': unscoped,
                'takes every stream for that of the owner': lie.aboutStreams(unscoped),
                'does not say what is missing': insteadOf403(() =>
                  lie.answer(403, { ok: false, error: { type: 'forbidden', message: 'no' } }),
                ),
              }),
          'asks for a secret': scoped(async () =>
            lie.answer(401, { error: { type: 'unauthorized', message: 'Unauthorized' } }),
          ),
          'breaks on them': scoped(async () => new Response('Internal Server Error', { status: 500 })),
        },
      }),
    ),
    must('scopes.absent-is-all', {
      says: 'in mode none, a client that says nothing of its scopes may call and list',
      since: '2026.5.28',
      source: OPERATORS,
      needs: ['deploy:none', 'models'],
      situations: EITHER_MODE,
      async holds(dial) {
        const open = dial.at('none');
        expectAnswered(await call(open, {}));
        expectAnswered(await models(open, {}));
      },
      catches: {
        'refuses clients that name none': async () => forbidden(),
        'refuses their streams': lie.aboutStreams(async () => forbidden()),
        'shows them no list': async (request, faithful) => (request.method === 'GET' ? forbidden() : faithful(request)),
      },
    }),
    // The model decides what a call costs, and who reads it.
    must('scopes.override-needs-admin', {
      says: 'in mode none, a client that may write and no more cannot choose the model: 403, no run; an administrator can',
      since: '2026.7.1',
      source: OPERATORS,
      needs: ['deploy:none'],
      situations: EITHER_MODE,
      async holds(dial) {
        const open = dial.at('none');
        const choosing = (scopes: string): Promise<Exchange> =>
          call(open, { [SCOPES_HEADER]: scopes, [MODEL_HEADER]: 'model-beta' });
        expectForbidden(await choosing('operator.read,operator.write'), 'operator.admin');
        dial.noRun(dial.nonce);
        expectAnswered(await choosing('operator.admin'));
      },
      catches: {
        'lets every client choose': unscoped,
        'lets every client choose that streams': lie.aboutStreams(unscoped),
        'ignores the choice of those who may not': async (request, faithful) =>
          (request.headers.get(SCOPES_HEADER) ?? '').includes('admin')
            ? faithful(request)
            : faithful(lie.withHeaders(request, (headers) => headers.delete(MODEL_HEADER))),
        'lets no client choose': scoped(async () =>
          lie.answer(403, { ok: false, error: { type: 'forbidden', message: 'missing scope: operator.admin' } }),
        ),
      },
    }),
  ],
});
