/** What the contract leaves to the edition, release by release. */

import { OLDEST, type Row } from './trait.ts';

const DOCS = 'https://docs.openclaw.ai/gateway/openai-http-api';
const SEEN = 'Seen on the wire of the release, and not on that of the one before.';
const MiB = 1024 * 1024;

const EARLY_HEADERS = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };
const policy = (microphone: string): Readonly<Record<string, string>> => ({
  ...EARLY_HEADERS,
  'Permissions-Policy': `camera=(), microphone=${microphone}, geolocation=()`,
});

/** The traits that the contract leaves to the edition: the history of each, the oldest value first. */
export const CONTRACT = {
  /** A `model` that names no agent: the agent `main` answers, or 400. */
  foreignModel: [
    [OLDEST, 'main', `${DOCS}#choosing-an-agent`],
    ['2026.3.24', 'refused', `${DOCS}#agent-first-model-contract`],
  ],
  /** Who answers when no agent is named: always `main`, or the configured default. */
  nobodyNamed: [
    [OLDEST, 'main', `${DOCS}#choosing-an-agent`],
    ['2026.3.24', 'default', `${DOCS}#agent-first-model-contract`],
  ],
  /** Whose a session key is that names no agent: always `main`, or the configured default's. */
  plainKey: [
    [OLDEST, 'main', 'The session is of the agent main.'],
    ['2026.2.26', 'default', SEEN],
  ],
  /** The spelling of `agent:` in front of a session key that names one. */
  agentKey: [
    [OLDEST, 'lower case', '`AGENT:beta:x` is a session of the agent main.'],
    ['2026.2.26', 'any case', SEEN],
  ],
  /** `openclaw/default` is the default agent; before, an agent of the name "default". */
  defaultAlias: [
    [OLDEST, false, `${DOCS}#choosing-an-agent`],
    ['2026.3.24', true, `${DOCS}#agent-first-model-contract`],
  ],
  /** An agent that is not configured: it runs all the same (odd ids are tidied), or 400. */
  unknownAgent: [
    [OLDEST, 'runs', 'Any id gets an agent with the settings that all have by default.'],
    ['2026.6.8', 'refused', 'https://github.com/openclaw/openclaw/issues/92504'],
  ],
  /** A session key as given, or lower-cased as `agent:<id>:<key>`. */
  sessionKey: [
    [OLDEST, 'verbatim', 'Kit and kit are two sessions.'],
    ['2026.5.28', 'canonical', 'Kit and kit are one session.'],
  ],
  /** Keys in `subagent:`, `cron:` and `acp:` are answered with 400. */
  reservedKeysRefused: [
    [OLDEST, false, 'The sessions of sub-agents can be entered from outside.'],
    ['2026.6.9', true, `${DOCS}#session-behavior`],
  ],
  /** Largest body, in bytes. */
  bodyLimit: [
    [OLDEST, 1 * MiB, 'https://github.com/openclaw/openclaw/pull/34068'],
    ['2026.3.7', 20 * MiB, 'https://github.com/openclaw/openclaw/pull/34068'],
  ],
  /** Fields of a wrong type (`stream`, `user`, `model`, `messages`, numbers) are answered with 400 instead of read loosely. */
  strictTypes: [
    [OLDEST, false, 'Whatever JavaScript takes for true streams.'],
    ['2026.8.1', true, SEEN],
  ],
  /** Fields that tune the model, such as `temperature`: of no account, or forwarded and refused when wrong. */
  tuning: [
    [OLDEST, 'ignored', 'They reach no agent.'],
    ['2026.5.12', 'judged', `${DOCS}#request-fields`],
    ['2026.6.8', 'with stops', 'https://github.com/openclaw/openclaw/pull/87920'],
    ['2026.8.1', 'with tokens', SEEN],
  ],
  /**
   * Parts of images: dropped, or read; then one alone is a message, and one that is no data URL is answered with 400, when
   * strictly read also one without any URL.
   */
  images: [
    [OLDEST, 'dropped', 'A message of an image alone is no message.'],
    ['2026.3.7', 'read', `${DOCS}#image-input`],
    ['2026.8.1', 'read strictly', SEEN],
  ],
  /** Token counts in an answer: zeros, or what the provider counted. */
  usage: [
    [OLDEST, 'zeros', 'https://github.com/openclaw/openclaw/issues/71118'],
    ['2026.5.12', 'counted', SEEN],
  ],
  /** `stream_options.include_usage` is answered with a last chunk of token counts. */
  usageChunk: [
    [OLDEST, false, 'The field is ignored.'],
    ['2026.4.10', true, `${DOCS}#streaming-sse`],
  ],
  /** The client's `tools`: ignored, offered to the agent, or one of them insisted on when `tool_choice` says so. */
  clientTools: [
    [OLDEST, 'ignored', 'https://github.com/openclaw/openclaw/issues/66278'],
    ['2026.5.12', 'offered', `${DOCS}#chat-tools-contract`],
    ['2026.6.8', 'enforced', `${DOCS}#chat-tools-contract`],
  ],
  /** A tool of the client's with the name of one that every agent has: no clash, or 400. */
  ownTools: [
    [OLDEST, 'no clash', 'Tools are ignored.'],
    ['2026.5.12', 'clash', `${DOCS}#chat-tools-contract`],
  ],
  /**
   * Tool messages in a prompt: named by the function's name, and calls of the assistant left out; or named by the call,
   * and calls told; then one without a text is a result too, and one alone is named as well.
   */
  toolTurns: [
    [OLDEST, 'by name', 'Tools are ignored.'],
    ['2026.5.12', 'by call', `${DOCS}#tool-follow-up-loop`],
    ['2026.8.1', 'by call, always', `${DOCS}#tool-follow-up-loop`],
  ],
  /** What the first frame of a WebSocket says beside nonce and time. */
  challenge: [
    [OLDEST, {}, 'Nothing.'],
    ['2026.8.1', { capabilities: ['model-catalog-snapshot'] }, SEEN],
  ],
  /** `gateway.auth.mode: "none"` may be configured. */
  openMode: [
    [OLDEST, false, 'The configuration is refused.'],
    ['2026.2.19', true, SEEN],
  ],
  /** `gateway.auth.mode: "trusted-proxy"` may be configured. */
  proxyMode: [
    [OLDEST, false, 'The configuration is refused.'],
    ['2026.3.24', true, 'https://docs.openclaw.ai/gateway/trusted-proxy-auth'],
  ],
  /** `gateway.auth.rateLimit` may be configured. */
  rateLimit: [
    [OLDEST, false, 'The configuration is refused.'],
    ['2026.2.17', true, 'https://docs.openclaw.ai/gateway/security'],
  ],
  /** `x-openclaw-model`: of no account, or the model that the agent thinks with. */
  modelOverride: [
    [OLDEST, 'ignored', 'No such header.'],
    ['2026.3.24', 'honoured', `${DOCS}#agent-first-model-contract`],
  ],
  /** `GET /v1/models`, `GET /v1/models/<id>` and `POST /v1/embeddings`, next to the endpoint. */
  models: [
    [OLDEST, false, '404.'],
    ['2026.3.24', true, `${DOCS}#model-list-and-agent-routing`],
  ],
  /** `GET /health`, `/healthz`, `/ready` and `/readyz`, without authentication. */
  probes: [
    [OLDEST, false, '404.'],
    ['2026.3.2', true, 'https://docs.openclaw.ai/gateway/health'],
  ],
  /** `GET /startup` and `/startupz`, beside them. */
  startupProbes: [
    [OLDEST, false, '404.'],
    ['2026.9.6', true, 'https://docs.openclaw.ai/gateway/health#http-probes'],
  ],
  /** What `x-openclaw-scopes` says in mode none: nothing, or whether the client may write; `detailed` says it twice. */
  scopes: [
    [OLDEST, 'ignored', 'No such header.'],
    ['2026.3.28', 'asked', 'https://docs.openclaw.ai/gateway/operator-scopes'],
    ['2026.8.1', 'detailed', SEEN],
  ],
  /** Whether `x-openclaw-model` is for administrators alone, among clients that say what they may. */
  overrideScope: [
    [OLDEST, 'any', `${DOCS}#agent-first-model-contract`],
    ['2026.7.1', 'admin', 'https://docs.openclaw.ai/gateway/operator-scopes'],
  ],
  /** A request that a proxy passed on which is not trusted, or names no client in `X-Forwarded-For`: served, or 403. */
  proxies: [
    [OLDEST, 'served', 'The header has no effect.'],
    ['2026.8.1', 'refused', SEEN],
  ],
  /** A request with `Origin`, which browsers send, in mode none: served, or 401 unless that origin may call. */
  origins: [
    [OLDEST, 'served', 'The header has no effect.'],
    ['2026.8.1', 'refused', SEEN, { '2026.6': '2026.6.33', '2026.7': '2026.7.33' }],
  ],
  /** Set on every answer. */
  headers: [
    [OLDEST, {}, 'None.'],
    ['2026.2.26', EARLY_HEADERS, SEEN],
    ['2026.3.7', policy('()'), SEEN],
    ['2026.5.4', policy('(self)'), SEEN],
  ],
} as const satisfies Readonly<Record<string, readonly Row[]>>;
