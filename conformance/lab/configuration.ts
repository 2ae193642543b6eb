/** From a deployment's configuration file to one that a real gateway can be started with, alone on loopback. */

import { join } from 'node:path';
import JSON5 from 'json5';
import { modelOf } from './ask.ts';

type Table = Record<string, unknown>;

/**
 * Newer releases shut a provider out for minutes after it refused one run's key or bill, and every other case with it;
 * all but providers of this name, which look after such pauses themselves. No release gives it another meaning here.
 */
const PROVIDER = 'kilocode';

/**
 * For `settings.json` in the folder of each agent: a run that failed is not tried again. Else releases wait 20 to 90
 * seconds before they say what this suite wants to hear.
 */
export const AGENT_SETTINGS: Table = { retry: { enabled: false, provider: { maxRetries: 0 } } };

/**
 * The deployment's own configuration, and around it what isolation needs: port and loopback, no control page, no mDNS,
 * no look for updates, no plugins, and the lab's provider as the only one, with one model per agent so that the
 * provider sees which agent asks. How the gateway admits callers and what it serves is left as it is.
 *
 * @param source The deployment's file, JSON5.
 */
export function configure(
  source: string,
  place: { readonly port: number; readonly providerUrl: string; readonly folder: string },
): Table {
  const own = table(JSON5.parse(source));
  const agents = table(own.agents);
  const list = (Array.isArray(agents.list) ? agents.list : [{ id: 'main', default: true }]).map(table);
  const primary = list.find((agent) => agent.default === true) ?? list[0] ?? {};
  return merge(merge(PATIENCE, own), {
    gateway: { port: place.port, bind: 'loopback', controlUi: { enabled: false } },
    discovery: { mdns: { mode: 'off' } },
    update: { checkOnStart: false },
    plugins: { enabled: false },
    // Else some releases log into a folder that all gateways of this machine share.
    logging: { file: join(place.folder, 'openclaw.log') },
    agents: {
      defaults: {
        workspace: join(place.folder, 'workspace'),
        skipBootstrap: true,
        // No runs that nobody asked for.
        heartbeat: { every: '0m' },
        model: { primary: `${PROVIDER}/${modelOf(idOf(primary))}` },
      },
      list: list.map((agent) => ({ ...agent, model: `${PROVIDER}/${modelOf(idOf(agent))}` })),
    },
    models: {
      mode: 'replace',
      providers: {
        [PROVIDER]: {
          baseUrl: place.providerUrl,
          apiKey: 'kit-provider-key',
          api: 'openai-completions',
          models: list.map((agent) => model(modelOf(idOf(agent)))),
        },
      },
    },
  });
}

/**
 * What a deployment may overrule. Releases that do not stop a run whose caller left keep it in one of four places until
 * it times out (after ten minutes): more places and an earlier end keep one case out of another one's way.
 */
const PATIENCE: Table = { agents: { defaults: { maxConcurrent: 64, timeoutSeconds: 120 } } };

function model(id: string): Table {
  return {
    id,
    name: id,
    reasoning: false,
    input: ['text', 'image'],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 128_000,
    maxTokens: 8192,
  };
}

/** The ids of the agents in a configuration. */
export function agentsOf(configuration: Table): string[] {
  const { list } = table(configuration.agents);
  return (Array.isArray(list) ? list : []).map((agent) => idOf(table(agent)));
}

function idOf(agent: Table): string {
  return String(agent.id);
}

/** Tables are merged, anything else is replaced by what is in `over`. */
function merge(under: Table, over: Table): Table {
  const merged = { ...under };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isTable(merged[key]) && isTable(value) ? merge(merged[key], value) : value;
  }
  return merged;
}

function table(value: unknown): Table {
  return isTable(value) ? value : {};
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
