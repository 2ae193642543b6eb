/** What releases do wrong before a run begins: with secrets, headers, bodies, session keys and agents. */

import { OLDEST } from '../trait.ts';
import { issue, type Mistakes } from './mistake.ts';

/** See `editions/mistakes.ts`. */
export const DOOR = {
  /** A wrong secret of the right length that is not ASCII: refused as any other, or the comparison breaks (500). */
  secrets: {
    right: 'compared',
    seen: [
      [OLDEST, 'break', 'Two texts of the same length are not two buffers of the same length.'],
      ['2026.2.17', 'compared', 'Refused with 401.'],
    ],
  },
  /** The header Host: of no account, or part of the URL, so that one that is no host is a 500. */
  hostHeader: {
    right: 'ignored',
    seen: [
      [OLDEST, 'parsed', 'A lone bracket is answered with 500 in text.'],
      ['2026.5.14', 'ignored', 'The changelog of that release.'],
    ],
  },
  /**
   * A body over the limit: told so, after which the connection may be closed; or cut off, at its declared length or only
   * when that much has come.
   */
  tooLarge: {
    right: 'told',
    seen: [
      [OLDEST, 'cut off late', 'The connection is reset when the limit is passed.'],
      ['2026.2.26', 'cut off', 'The connection is reset at once.'],
      ['2026.8.1', 'told, and closed', '413 in JSON, with `Connection: close`.'],
    ],
  },
  /** What is wrong with malformed JSON: the words alone, or behind the name of the class that was thrown. */
  badJson: {
    right: 'words',
    seen: [
      [OLDEST, 'class and words', '`SyntaxError: Unexpected …`.'],
      ['2026.2.26', 'words', '`Unexpected …`.'],
    ],
  },
  /** A key that begins with `agent:` and goes on wrongly: refused, taken as it is, or a 500. */
  malformedKey: {
    right: 'refused',
    seen: [
      [OLDEST, 'taken', '`agent::x` is a session like any other.'],
      ['2026.2.26', 'breaks', 'The session cannot be found, and the run fails.'],
    ],
  },
  /** A key that names an agent that is not configured: refused where such agents are; or it runs all the same, or 500. */
  foreignKey: {
    right: 'refused',
    seen: [
      [OLDEST, 'refused', 'As a model that names such an agent; and where that runs, this does.'],
      ['2026.6.8', 'runs', 'A model that names such an agent is refused, a key is not.'],
      ['2026.8.1', 'breaks', 'The session cannot be found, and the run fails.'],
    ],
  },
  /** A key in `acp:`, while it is not refused: a session, or a 500. */
  acpKey: {
    right: 'taken',
    seen: [
      [OLDEST, 'taken', 'A session like any other.'],
      ['2026.2.26', 'breaks', 'No runtime answers for that namespace, and the run fails.'],
    ],
  },
  /** Several agents and none named: the default one answers, or 400. */
  severalAgents: {
    right: 'default',
    seen: [
      [OLDEST, 'default', 'The default agent answers, or `main`.'],
      ['2026.8.1', 'refused', 'Although the documentation calls `openclaw/default` safe to hardcode.'],
    ],
  },
  /** Clients that say nothing of their scopes: trusted with all, or refused, if they have a secret or not. */
  unscoped: {
    right: 'trusted',
    seen: [
      [OLDEST, 'trusted', 'A right secret opens everything.'],
      ['2026.3.28', 'refused', issue(56763)],
      ['2026.3.31', 'refused without a secret', issue(57113)],
      ['2026.4.5', 'trusted', issue(57331)],
    ],
  },
  /** How long a wrong secret from this machine waits for its refusal, in ms; twice as long each time, up to 20 times. */
  wrongSecretDelay: {
    right: 0,
    seen: [
      [OLDEST, 0, 'Answered at once.'],
      ['2026.8.1', 250, 'Growing up to five seconds; a right one ends it.'],
    ],
  },
  /** Whether a gateway is ready and has started, asked through a proxy that is not configured: told, or 403. */
  probesBehindProxies: {
    right: 'told',
    seen: [
      [OLDEST, 'told', 'A balancer that adds `X-Forwarded-For` learns it.'],
      ['2026.9.6', 'refused', 'The balancer takes the gateway out, although `/healthz` is 200.'],
    ],
  },
  /** Which upgrades a request may ask for without becoming one: WebSocket is not asked of a POST. */
  upgrades: {
    right: 'ignored',
    seen: [[OLDEST, 'refused', 'A POST with `Upgrade: h2c` is a 405 in HTML.']],
  },
  /** Clients without a credential: not counted as failures, or counted with those whose secret is wrong. */
  strangers: {
    right: 'not counted',
    seen: [
      [OLDEST, 'counted', 'So many calls without a header lock an address out.'],
      ['2026.3.13', 'not counted', 'However many, they are 401.'],
    ],
  },
} as const satisfies Mistakes;
