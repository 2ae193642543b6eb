/**
 * Contract editions. An edition is a release of OpenClaw; the reference answers as the contract stood at that release.
 * Faults that a release is known for are not played: where OpenAI's API and a release disagree, OpenAI's API wins.
 *
 * The releases named here are the first ones seen with a change. Sources: the documentation of each release
 * (https://docs.openclaw.ai/gateway/openai-http-api) and what the releases answer on the wire.
 */

/** What the contract leaves to the edition. */
export interface Behaviour {
  /** A `model` that names no agent: the agent `main` answers, or 400. */
  readonly foreignModel: 'main' | 'refused';
  /** Who answers when no agent is named: always `main`, or the configured default. */
  readonly nobodyNamed: 'main' | 'default';
  /** `openclaw/default` is the default agent; before, an agent of the name "default". */
  readonly defaultAlias: boolean;
  /** An agent that is not configured: it runs all the same (odd ids are tidied), or 400. */
  readonly unknownAgent: 'runs' | 'refused';
  /** A session key as given, or lower-cased as `agent:<id>:<key>`. */
  readonly sessionKey: 'verbatim' | 'canonical';
  /** Keys in `subagent:`, `cron:` and `acp:` are answered with 400. */
  readonly reservedKeysRefused: boolean;
  /** Largest body, in bytes. */
  readonly bodyLimit: number;
  /** Fields of a wrong type (`stream`, `user`, `model`, `messages`) are answered with 400 instead of read loosely. */
  readonly strictTypes: boolean;
  /** Real token counts, also as a last chunk on `stream_options.include_usage`; before, zeros and no such chunk. */
  readonly countsUsage: boolean;
  /** The caller's `tools` are offered to the agent; before, they are ignored. */
  readonly clientTools: boolean;
  /** `gateway.auth.mode: "none"` may be configured. */
  readonly openMode: boolean;
  /** `gateway.auth.rateLimit` may be configured. */
  readonly rateLimit: boolean;
  /** Set on every answer. */
  readonly headers: Readonly<Record<string, string>>;
}

const MiB = 1024 * 1024;

const FIRST: Behaviour = {
  foreignModel: 'main',
  nobodyNamed: 'main',
  defaultAlias: false,
  unknownAgent: 'runs',
  sessionKey: 'verbatim',
  reservedKeysRefused: false,
  bodyLimit: 1 * MiB,
  strictTypes: false,
  countsUsage: false,
  clientTools: false,
  openMode: false,
  rateLimit: false,
  headers: {},
};

const HEADERS = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

/** What changed, oldest first. */
const CHANGES: readonly { readonly since: string; readonly now: Partial<Behaviour> }[] = [
  { since: '2026.2.17', now: { rateLimit: true } },
  { since: '2026.2.19', now: { openMode: true } },
  { since: '2026.2.26', now: { headers: HEADERS } },
  { since: '2026.3.7', now: { bodyLimit: 20 * MiB } },
  {
    since: '2026.3.13',
    now: { headers: { ...HEADERS, 'Permissions-Policy': 'camera=(), microphone=(), geolocation=()' } },
  },
  { since: '2026.3.24', now: { foreignModel: 'refused', nobodyNamed: 'default', defaultAlias: true } },
  { since: '2026.4.10', now: { countsUsage: true } },
  { since: '2026.5.28', now: { sessionKey: 'canonical', clientTools: true } },
  { since: '2026.6.8', now: { unknownAgent: 'refused' } },
  { since: '2026.6.9', now: { reservedKeysRefused: true } },
  { since: '2026.8.1', now: { strictTypes: true } },
];

export const OLDEST = '2026.1.29';
export const NEWEST = '2026.9.6';

/**
 * The contract as of a release.
 *
 * @param edition Any release from `OLDEST` to `NEWEST`, those not named above included. Default: `NEWEST`.
 * @throws {Error} when there is no such edition.
 */
export function behaviour(edition: string = NEWEST): Behaviour {
  const release = ordinal(edition);
  if (!(release >= ordinal(OLDEST) && release <= ordinal(NEWEST))) {
    throw new Error(
      `Failed to choose an edition: expected a release from ${OLDEST} to ${NEWEST}, got ${JSON.stringify(edition)}. ` +
        'Name the release that your client meets.',
    );
  }
  const changes = CHANGES.filter((change) => ordinal(change.since) <= release).map((change) => change.now);
  return Object.assign({}, FIRST, ...changes) as Behaviour;
}

/** Where a release stands in time; NaN when it is no release, so that every comparison with it fails. */
function ordinal(release: string): number {
  const [, year, month, day] = (/^(\d{4})\.(\d{1,2})\.(\d{1,2})$/.exec(release) ?? []).map(Number);
  return (Number(year) * 100 + Number(month)) * 100 + Number(day);
}
