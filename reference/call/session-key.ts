/**
 * Chooses the session of a call.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#session-behavior
 */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Behaviour } from '../editions/editions.ts';
import { internal, malformedKey, reservedKey } from '../errors.ts';
import { KEY_HEADER } from '../headers.ts';
import type { Agents } from './agents.ts';

/** The agent and the session of a run. */
export interface Place {
  /** The agent in the session key when it names one, even when the call addresses another. */
  readonly agent: string;
  readonly key: string;
  /** Whether a later call can address this session; if not, it is not stored. */
  readonly kept: boolean;
}

/**
 * The session of a call: by the key in `x-openclaw-session-key`, else by `user`, else a new one that no other call can
 * address.
 *
 * @param agent The agent that the call addresses.
 * @param user Trimmed, not blank; undefined when there is none.
 * @throws {Refusal} 400 for a reserved or malformed key, or for an agent in it that is not configured.
 */
export function placeOf(
  agent: string,
  user: string | undefined,
  headers: IncomingHttpHeaders,
  agents: Agents,
  traits: Behaviour,
): Place {
  const asked = String(headers[KEY_HEADER] ?? '').trim();
  if (asked !== '') return placeByKey(asked, agents, traits);
  if (user === undefined) return { agent, key: `agent:${agent}:openai:${randomUUID()}`, kept: false };
  return { agent, key: `agent:${agent}:openai-user:${user.toLowerCase()}`, kept: true };
}

function placeByKey(asked: string, agents: Agents, traits: Behaviour): Place {
  const lower = asked.toLowerCase();
  const reserved = /^(?:agent:[^:]*:)?(subagent|cron|acp):/.exec(lower)?.[1];
  if (reserved !== undefined && traits.reservedKeysRefused) throw reservedKey();
  if (reserved === 'acp' && traits.acpKey === 'breaks') throw internal();
  const canonical = traits.sessionKey === 'canonical';
  const key = canonical ? lower : asked;
  const owner = /^agent:([^:]+):./s.exec(traits.agentKey === 'any case' ? lower : asked)?.[1];
  if (owner !== undefined && !agents.ids.includes(owner)) {
    if (traits.foreignKey === 'breaks') throw internal();
    if (traits.foreignKey === 'runs') return { agent: owner, key, kept: true };
  }
  if (owner !== undefined) return { agent: agents.known(agents.spelt(owner)), key, kept: true };
  if (lower.startsWith('agent:')) {
    if (traits.malformedKey === 'breaks') throw internal();
    if (traits.malformedKey === 'refused' && canonical) throw malformedKey();
  }
  // A bare key belongs to the default agent, whatever agent the call names.
  const agent = agents.owner;
  if (!canonical) return { agent, key: asked, kept: true };
  const bare = lower === 'global' || lower === 'unknown';
  return { agent, key: bare ? lower : `agent:${agent}:${lower}`, kept: true };
}
