/** Turns a deployment's configuration into one for a real gateway that is isolated on loopback. */

import { join } from 'node:path';
import JSON5 from 'json5';
import { PLAIN, type Dialect } from '../../dial/dialect.ts';
import { modelOf } from '../provider/ask.ts';

type Table = Record<string, unknown>;

/**
 * The provider's name. Newer releases disable a provider for minutes after one run failed with 401 or 402, which would
 * fail every other case. They exempt providers of this name, and no release treats it specially in any other way.
 */
const PROVIDER = 'kilocode';

const KEY = 'kit-provider-key';

/**
 * The content of `settings.json` in each agent's folder: a failed run is not retried. With retries, releases answer 20
 * to 90 seconds later.
 */
export const AGENT_SETTINGS: Table = { retry: { enabled: false, provider: { maxRetries: 0 } } };

/**
 * The deployment's own configuration with the settings that isolation needs: port and loopback, no control page, no
 * mDNS, no update check, no plugins unless it has an embedding model, and the lab's provider as the only one, with one
 * model per agent so that the provider can tell agents apart. Authentication and endpoints keep the deployment's settings.
 *
 * @param source The text of the deployment's configuration file, JSON5.
 * @param place `port` to listen on, `providerUrl` with `/v1`, and the `folder` that the gateway may write to.
 * @param dialect whose names of keys it has, without those that it refuses. Default: OpenClaw's.
 * @returns The content of `openclaw.json`.
 */
export function configure(
  source: string,
  place: { readonly port: number; readonly providerUrl: string; readonly folder: string },
  dialect: Pick<Dialect, 'keys' | 'mends'> = PLAIN,
): Table {
  const own = table(JSON5.parse(source));
  const agents = table(own.agents);
  const list = (Array.isArray(agents.list) ? agents.list : [{ id: 'main', default: true }]).map(table);
  const embeds = own.memory !== undefined;
  // With plugins, a provider of a known name is looked up at npm, for more than a minute where there is no network.
  const provider = embeds ? 'kit' : PROVIDER;
  const primary = list.find((agent) => agent.default === true) ?? list[0] ?? {};
  const whole = merge(merge(PATIENCE, own), {
    gateway: { port: place.port, bind: 'loopback', controlUi: { enabled: false } },
    discovery: { mdns: { mode: 'off' } },
    update: { checkOnStart: false },
    // Embedding models are plugins.
    plugins: embeds ? { enabled: true, allow: ['openai', 'memory-core'] } : { enabled: false },
    ...(embeds && { memory: { search: { remote: { baseUrl: place.providerUrl, apiKey: KEY } } } }),
    // By default some releases log to a folder that all gateways of the machine share.
    logging: { file: join(place.folder, 'openclaw.log') },
    agents: {
      defaults: {
        workspace: join(place.folder, 'workspace'),
        skipBootstrap: true,
        // No runs without a request.
        heartbeat: { every: '0m' },
        model: { primary: `${provider}/${modelOf(idOf(primary))}` },
      },
      list: list.map((agent) => ({ ...agent, model: `${provider}/${modelOf(idOf(agent))}` })),
    },
    models: {
      mode: 'replace',
      providers: {
        [provider]: {
          baseUrl: place.providerUrl,
          apiKey: KEY,
          api: 'openai-completions',
          models: list.map((agent) => model(modelOf(idOf(agent)))),
        },
      },
    },
  });
  for (const mend of dialect.mends) if ('without' in mend) taken(whole, mend.without);
  for (const [name, other] of Object.entries(dialect.keys)) {
    const value = taken(whole, name);
    if (value !== undefined) put(whole, other, value);
  }
  return whole;
}

/** Takes a key out of a table, its parts joined by dots, and each table that is empty then. Returns its value. */
function taken(from: Table, key: string): unknown {
  const [first, ...rest] = key.split('.');
  const value = Object.hasOwn(from, first!) ? from[first!] : undefined;
  if (rest.length === 0) {
    delete from[first!];
    return value;
  }
  if (!isTable(value)) return undefined;
  const inner = taken(value, rest.join('.'));
  if (Object.keys(value).length === 0) delete from[first!];
  return inner;
}

function put(into: Table, key: string, value: unknown): void {
  const [first, ...rest] = key.split('.');
  if (rest.length === 0) into[first!] = value;
  else put((into[first!] = isTable(into[first!]) ? (into[first!] as Table) : {}) as Table, rest.join('.'), value);
}

/**
 * Defaults that a deployment may override. Some releases do not stop a run after its client disconnects: it occupies one
 * of four slots until its timeout of ten minutes. More slots and a shorter timeout keep cases independent.
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

/** The ids of the agents in a configuration, in its order. */
export function agentsOf(configuration: Table): string[] {
  const { list } = table(configuration.agents);
  return (Array.isArray(list) ? list : []).map((agent) => idOf(table(agent)));
}

function idOf(agent: Table): string {
  return String(agent.id);
}

/** Merges objects recursively; any other value of `over` replaces that of `under`. */
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
