/**
 * Which agent a call addresses: the header, else the model, else the default.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#choosing-an-agent
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { Behaviour } from '../editions/editions.ts';
import { foreignModel, nobodyChosen, unknownAgent, unknownModel } from '../errors.ts';
import type { Agent } from '../options.ts';

/** What an agent's id looks like, in lower case. */
export const AGENT_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

// `agent/<id>` is no spelling, `openclaw/<id>` is.
const NAMES_AGENT = /^(?:openclaw[:/]|agent:)([a-z0-9][a-z0-9_-]{0,63})$/;

/** The agents that may be chosen. */
export class Agents {
  readonly #configured: ReadonlySet<string>;
  readonly #traits: Behaviour;
  readonly #models: ReadonlyMap<string, string | undefined>;
  /** Who answers when nobody is named. */
  readonly default: string;
  /** Whose a session key is that names nobody. */
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
   * The id of the agent that runs.
   *
   * @param model The call's model; undefined when it has none.
   * @throws {Refusal} 400 for a model that names nobody, or an agent that is not configured.
   */
  choose(model: string | undefined, headers: IncomingHttpHeaders): string {
    // A foreign model is refused even when a header names the agent.
    const byModel = this.#inModel(model?.trim().toLowerCase() ?? '');
    const byHeader = [headers['x-openclaw-agent-id'], headers['x-openclaw-agent']]
      .map((value) => String(value ?? '').trim())
      .find((value) => value !== '');
    const named = byHeader === undefined ? byModel : this.spelt(byHeader);
    if (named === undefined && this.#configured.size > 1 && this.#traits.severalAgents === 'refused')
      throw nobodyChosen();
    return this.known(named ?? this.default);
  }

  /** Their ids, the default one first. */
  get ids(): readonly string[] {
    return [...new Set([this.default, ...this.#configured])];
  }

  /**
   * The model that a call wants an agent to think with, by `x-openclaw-model`; undefined for the agent's own.
   *
   * @throws {Refusal} 404 for a provider that no agent's model has.
   */
  override(headers: IncomingHttpHeaders): string | undefined {
    const asked = String(headers['x-openclaw-model'] ?? '').trim();
    if (asked === '' || this.#traits.modelOverride === 'ignored') return undefined;
    const provider = providerOf(asked);
    const known = [...this.#models.values()].flatMap((model) => providerOf(model ?? '') ?? []);
    if (provider !== undefined && known.length > 0 && !known.includes(provider)) throw unknownModel(asked);
    return asked;
  }

  /** The model that is configured for an agent, or its id. */
  modelOf(id: string): string {
    return this.#models.get(id) ?? this.#models.get(this.owner) ?? id;
  }

  /** The same id, when such an agent may run; a `Refusal` with 400 when not. */
  known(id: string): string {
    if (this.#traits.unknownAgent === 'refused' && !this.#configured.has(id)) throw unknownAgent(id);
    return id;
  }

  /** The agent that a model names; undefined for nobody. */
  #inModel(model: string): string | undefined {
    if (model === '' || model === 'openclaw') return undefined;
    if (model === 'openclaw/default' && this.#traits.defaultAlias) return undefined;
    const named = NAMES_AGENT.exec(model)?.[1];
    if (named !== undefined) return named;
    if (this.#traits.foreignModel === 'refused') throw foreignModel();
    return 'main';
  }

  /** The agent of that id, however it is spelt. */
  spelt(value: string): string {
    const id = value.toLowerCase();
    if (AGENT_ID.test(id)) return id;
    if (this.#traits.unknownAgent === 'refused') throw unknownAgent(value);
    // Editions that run whomever they are told tidy the id first: `../x` is `x`, `be ta` is `be-ta`.
    const tidied = id.replace(/[^a-z0-9_-]+/g, '-').slice(0, 64);
    return tidied.replace(/^-+|-+$/g, '') || 'main';
  }
}

/** What stands in front of the slash. */
function providerOf(model: string): string | undefined {
  return /^([^/]+)\//.exec(model)?.[1];
}
