/** `proxy.*`: the rows of `fixtures/proxied.json`, and proxies that a gateway does not trust. */

import table from '../../../fixtures/proxied.json' with { type: 'json' };
import type { Liar } from '../../dial/mutant.ts';
import { must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import { EITHER_MODE } from '../../vocabulary/situations.ts';
import {
  NICK,
  breaking,
  call,
  expectRefused,
  expectServed,
  expectUnattributed,
  late,
  refusing,
  trusting,
  without,
} from './passing.ts';

const SOURCE = 'https://docs.openclaw.ai/gateway/trusted-proxy-auth#configuration';
const JUDGED = { served: expectServed, refused: expectRefused, unattributed: expectUnattributed };

interface Row {
  readonly id: string;
  readonly says: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly password: boolean;
  readonly becomes: keyof typeof JUDGED;
  readonly since?: string;
}

/** A header of each kind, from a proxy that is not trusted. */
const UNTRUSTED = {
  'x-forwarded-for': '203.0.113.9',
  'x-real-ip': '203.0.113.9',
  forwarded: 'for=203.0.113.9',
  'x-forwarded-proto': 'https',
};

/** The cases, one for each row of `fixtures/proxied.json`. */
export const rows = [
  ...(table.rows as readonly Row[]).map(({ id, says, headers, password, becomes, since }) => {
    const here = (liar: Liar): Liar => lie.aboutHeader(Object.keys(headers)[0]!, liar);
    return must(`proxy.${id}`, {
      says,
      source: SOURCE,
      ...(since && { since }),
      needs: ['deploy:proxy'],
      situations: EITHER_MODE,
      async holds(dial) {
        const behind = dial.at('proxy');
        const send = password ? { credential: behind.deployment.credential ?? '' } : {};
        JUDGED[becomes](await call(behind, headers, send), behind);
        // A gateway that refuses all refuses this too.
        if (becomes !== 'served') expectServed(await call(behind, NICK));
      },
      catches:
        becomes === 'served'
          ? {
              'refuses it': here(refusing),
              'refuses its streams': here(lie.aboutStreams(refusing)),
              'breaks on it': here(breaking),
            }
          : {
              'lets it in': here(trusting),
              'lets its streams in': here(lie.aboutStreams(trusting)),
              'runs the agent, and refuses afterwards': here(late),
              'breaks on it': here(breaking),
              ...(becomes === 'unattributed' && { 'does not say why': here(lie.insteadOf(403, lie.unauthorized)) }),
            },
    });
  }),
  // A deployment that only a set of all configurations has: one that stands alone may have a proxy of its own.
  ...Object.entries(UNTRUSTED).map(([header, value]) =>
    must(`proxy.source.${header}`, {
      says: `a gateway that trusts no proxy refuses what bears ${header}, with the right secret too`,
      since: '2026.9.6',
      source: SOURCE,
      needs: ['deploy:env-token'],
      situations: EITHER_MODE,
      async holds(dial) {
        const direct = dial.at('env-token');
        const credential = direct.deployment.credential ?? '';
        expectUnattributed(await call(direct, { [header]: value }, { credential }), direct);
      },
      catches: {
        'believes it': without(header),
        'believes it of a stream': lie.aboutStreams(without(header)),
        'does not say why': lie.aboutHeader(header, lie.insteadOf(403, lie.unauthorized)),
        'breaks on it': lie.aboutHeader(header, breaking),
      },
    }),
  ),
];
