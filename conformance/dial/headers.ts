/** Headers of OpenClaw's own. Source: https://docs.openclaw.ai/gateway/openai-http-api */

/** Names the agent, in place of the one in the model. */
export const AGENT_HEADER = 'x-openclaw-agent-id';

/** Names the session, in place of the user. */
export const KEY_HEADER = 'x-openclaw-session-key';

/** Says what a client without a secret may. */
export const SCOPES_HEADER = 'x-openclaw-scopes';

/** Names the model that the agent thinks with in this call. */
export const MODEL_HEADER = 'x-openclaw-model';
