/** Headers of OpenClaw's own. Source: https://docs.openclaw.ai/gateway/openai-http-api */

/** Names the agent, in place of the one in the model. */
export const AGENT_HEADER = 'x-openclaw-agent-id';

/** Names the session, in place of the user. */
export const KEY_HEADER = 'x-openclaw-session-key';
