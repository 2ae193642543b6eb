/**
 * Chooses the agent of a call: by the header, else by the model, else the default agent.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#choosing-an-agent
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Behaviour } from '../editions/editions.ts';
import { badOverride, foreignModel, noAgentChosen, unknownAgent, unknownModel } from '../errors.ts';
import { AGENT_HEADER, MODEL_HEADER, SHORT_AGENT_HEADER } from '../headers.ts';
import { AGENT_ID, type Agent } from '../options.ts';

// `openclaw/<id>` names an agent, `agent/<id>` does not.
const NAMES_AGENT = /^(?:openclaw[:/]|agent:)([a-z0-9][a-z0-9_-]{0,63})$/;

/** The configured agents, and the rules by which a call chooses one. */
export class Agents {
  readonly #configured: ReadonlySet<string>;
  readonly #traits: Behaviour;
  readonly #models: ReadonlyMap<string, string | undefined>;
  /** The id of the agent that answers a call that names none. */
  readonly default: string;
  /** The id of the agent that owns a session key that names none. */
  readonly owner: string;

  constructor(agents: readonly Agent[], traits: Behaviour) {
    this.#configured = new Set(agents.map((agent) => agent.id));
    this.#traits = traits;
    this.#models = new Map(agents.map(({ id, model }) => [id, model]));
    const chosen = agents.find((agent) => agent.default) ?? agents[0];
    const configured = chosen?.id ?? 'main';
    this.default = traits.nobodyNamed === 'main' ? 'main' : configured;
    this.owner = traits.plainKey === 'main' ? 'main' : configured;
  }

  /**
   * The id of the agent that a call addresses.
   *
   * @param model The call's `model`; undefined when it has none.
   * @throws {Refusal} 400 for a model that names no agent, or for an agent that is not configured.
   */
  choose(model: string | undefined, headers: IncomingHttpHeaders): string {
    // A foreign model is refused even when a header names the agent.
    const byModel = this.#inModel(model?.trim().toLowerCase() ?? '');
    const byHeader = [headers[AGENT_HEADER], headers[SHORT_AGENT_HEADER]]
      .map((value) => String(value ?? '').trim())
      .find((value) => value !== '');
    const named = byHeader === undefined ? byModel : this.spelt(byHeader);
    if (named === undefined && this.#configured.size > 1 && this.#traits.severalAgents === 'refused')
      throw noAgentChosen();
    return this.known(named ?? this.default);
  }

  /** The ids of all agents, the default one first. */
  get ids(): readonly string[] {
    return [...new Set([this.default, ...this.#configured])];
  }

  /**
   * The model that a call requests instead of the agent's own, by `x-openclaw-model`; undefined when it requests none.
   *
   * @throws {Refusal} 400 when it is half a name, 404 when the provider in it is none of those in the agents' models.
   */
  override(headers: IncomingHttpHeaders): string | undefined {
    const asked = String(headers[MODEL_HEADER] ?? '').trim();
    if (asked === '' || this.#traits.modelOverride === 'ignored') return undefined;
    if (asked.startsWith('/') || asked.endsWith('/')) throw badOverride();
    const provider = providerOf(asked)?.toLowerCase();
    const known = [...this.#models.values()].flatMap((model) => providerOf(model ?? '')?.toLowerCase() ?? []);
    if (provider !== undefined && known.length > 0 && !known.includes(provider)) throw unknownModel(asked);
    return asked;
  }

  /** The configured model of an agent; else that of the owner; else the agent's id. */
  modelOf(id: string): string {
    return this.#models.get(id) ?? this.#models.get(this.owner) ?? id;
  }

  /**
   * Returns the id.
   *
   * @throws {Refusal} 400 when no such agent is configured and the edition refuses unknown agents.
   */
  known(id: string): string {
    if (this.#traits.unknownAgent === 'refused' && !this.#configured.has(id)) throw unknownAgent(id);
    return id;
  }

  /** The agent that a model names; undefined when it names none. */
  #inModel(model: string): string | undefined {
    if (model === '' || model === 'openclaw') return undefined;
    if (model === 'openclaw/default' && this.#traits.defaultAlias) return undefined;
    const named = NAMES_AGENT.exec(model)?.[1];
    if (named !== undefined) return named;
    if (this.#traits.foreignModel === 'refused') throw foreignModel();
    return 'main';
  }

  /**
   * The canonical id for a spelling of it.
   *
   * @throws {Refusal} 400 when it is no id and the edition refuses unknown agents.
   */
  spelt(value: string): string {
    const id = value.toLowerCase();
    if (AGENT_ID.test(id)) return id;
    if (this.#traits.unknownAgent === 'refused') throw unknownAgent(value);
    // Editions that run unknown agents sanitize the id first: `../x` is `x`, `be ta` is `be-ta`.
    const sanitized = id.replace(/[^a-z0-9_-]+/g, '-').slice(0, 64);
    return sanitized.replace(/^-+|-+$/g, '') || 'main';
  }
}

/** The part of a model name before its first slash. */
function providerOf(model: string): string | undefined {
  return /^([^/]+)\//.exec(model)?.[1];
}
