/** The request headers of OpenClaw's own. Source: https://docs.openclaw.ai/gateway/openai-http-api */

/** Names the agent, in place of the one in the model. */
export const AGENT_HEADER = 'x-openclaw-agent-id';

/** The same, by a name that no documentation has. */
export const SHORT_AGENT_HEADER = 'x-openclaw-agent';

/** Names the session, in place of the user. */
export const KEY_HEADER = 'x-openclaw-session-key';

/** The scopes that a client without a secret claims. */
export const SCOPES_HEADER = 'x-openclaw-scopes';

/** Names the model that the agent thinks with in this call. */
export const MODEL_HEADER = 'x-openclaw-model';
