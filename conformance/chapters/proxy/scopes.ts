/** `proxy.*`: what a user may behind a trusted proxy, and which pages of a browser may call. */

import table from '../../../fixtures/scopes.json' with { type: 'json' };
import { MODEL_HEADER, SCOPES_HEADER } from '../../dial/headers.ts';
import type { Liar } from '../../dial/mutant.ts';
import { must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { expectForbidden } from '../../vocabulary/refusal.ts';
import { EITHER_MODE } from '../../vocabulary/situations.ts';
import {
  NICK,
  asNick,
  breaking,
  call,
  expectRefused,
  expectServed,
  known,
  late,
  list,
  listless,
  passed,
  refusing,
  without,
} from './passing.ts';

const SOURCE = 'https://docs.openclaw.ai/gateway/trusted-proxy-auth#operator-scopes-header';

const scoped = (liar: Liar): Liar => lie.aboutHeader(SCOPES_HEADER, liar);
const owner = passed(without(SCOPES_HEADER));
const forbidding = scoped(async () =>
  lie.answer(403, { ok: false, error: { type: 'forbidden', message: 'missing scope: operator.write' } }),
);
/** Takes a page of such an origin for one that may call. */
const mistaking = (is: (origin: string | null) => boolean | undefined): Liar =>
  passed((request, faithful) => faithful(is(request.headers.get('origin')) ? asNick(request) : request));

/** The cases, one for each row of `fixtures/scopes.json`. */
export const scopes = [
  ...table.rows.map(({ id, scopes: given, call: calls, models: lists }) =>
    must(`proxy.scopes.${id}`, {
      says: `behind a trusted proxy, scopes of ${JSON.stringify(given)} ${calls ? 'are enough' : lists ? 'open the list of models alone' : 'open nothing'}`,
      source: SOURCE,
      needs: ['deploy:proxy', 'models'],
      situations: EITHER_MODE,
      async holds(dial) {
        const behind = dial.at('proxy');
        const headers = { ...NICK, [SCOPES_HEADER]: given };
        const called = await call(behind, headers);
        if (calls) expectServed(called);
        else {
          expectForbidden(called, 'operator.write');
          behind.noRun(behind.nonce);
        }
        const listed = await list(behind, headers);
        if (lists) expectServed(listed);
        else expectForbidden(listed, 'operator.read');
      },
      catches: {
        ...(calls
          ? {
              'refuses users with scopes': passed(forbidding),
              'refuses their streams': passed(lie.aboutStreams(forbidding)),
            }
          : {
              'takes every user for the owner': owner,
              'takes every stream for that of the owner': lie.aboutStreams(owner),
              'does not say what is missing': passed(lie.insteadOf(403, lie.unauthorized)),
            }),
        'breaks on them': passed(scoped(breaking)),
      },
    }),
  ),
  must('proxy.scopes-absent', {
    says: 'a user whose proxy says nothing of scopes may call and list, and choose the model',
    source: SOURCE,
    needs: ['deploy:proxy', 'models'],
    situations: EITHER_MODE,
    async holds(dial) {
      const behind = dial.at('proxy');
      expectServed(await call(behind, NICK));
      expectServed(await list(behind, NICK));
      expectServed(await call(behind, { ...NICK, [MODEL_HEADER]: 'model-beta' }));
    },
    catches: {
      'refuses users without scopes': passed((request, faithful) =>
        request.headers.has(SCOPES_HEADER) ? faithful(request) : refusing(request, faithful),
      ),
      'shows them no list': passed(listless),
      'refuses their choice of a model': passed(lie.aboutHeader(MODEL_HEADER, refusing)),
    },
  }),
  must('proxy.scopes-secret', {
    says: 'scopes change nothing for a client with the password past the proxy',
    source: SOURCE,
    needs: ['deploy:proxy'],
    situations: EITHER_MODE,
    async holds(dial) {
      const past = dial.at('proxy');
      const headers = { [SCOPES_HEADER]: 'operator.read' };
      expectServed(await past.send(past.body(`Say hello. ${dial.nonce}`), { headers }));
    },
    catches: {
      'heeds them': known(forbidding),
      'heeds them for streams': known(lie.aboutStreams(forbidding)),
      'breaks on them': known(scoped(breaking)),
    },
  }),
  must('proxy.override-needs-admin', {
    says: 'behind a trusted proxy a user that may write and no more cannot choose the model: 403, no run',
    source: SOURCE,
    needs: ['deploy:proxy'],
    situations: EITHER_MODE,
    async holds(dial) {
      const behind = dial.at('proxy');
      const headers = { ...NICK, [SCOPES_HEADER]: 'operator.read,operator.write', [MODEL_HEADER]: 'model-beta' };
      expectForbidden(await call(behind, headers), 'operator.admin');
      behind.noRun(behind.nonce);
    },
    catches: {
      'lets every user choose': owner,
      'lets every user choose that streams': lie.aboutStreams(owner),
      'ignores the choice': passed(without(MODEL_HEADER)),
    },
  }),
  // A page in a browser that is logged in at the proxy bears the user's identity without the user's will.
  must('proxy.origin', {
    says: 'behind a trusted proxy a page calls only from an origin in gateway.controlUi.allowedOrigins',
    since: '2026.9.6',
    source: SOURCE,
    needs: ['deploy:proxy'],
    situations: EITHER_MODE,
    async holds(dial) {
      const behind = dial.at('proxy');
      for (const origin of ['https://app.example', 'https://kit.example.test', 'null'])
        expectRefused(await call(behind, { ...NICK, origin }), behind);
      expectServed(await call(behind, { ...NICK, origin: 'https://kit.example' }));
    },
    catches: {
      'lets every page in': mistaking(() => true),
      'lets streams of every page in': lie.aboutStreams(mistaking(() => true)),
      'takes no page for another': mistaking((origin) => origin === 'null'),
      'compares the beginning': mistaking((origin) => origin?.startsWith('https://kit.example')),
      'lets no page in': passed(lie.aboutHeader('origin', refusing)),
      'runs the agent, and looks afterwards': passed(late),
    },
  }),
];
