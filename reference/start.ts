/**
 * A reference in process, for tests:
 *
 *     await using gateway = await startReference();
 *     const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.apiKey });
 */

import { randomUUID } from 'node:crypto';
import type { Backend } from './backends/backend.ts';
import { chooseBackend } from './backends/choice.ts';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import { readOptions, type Auth } from './options.ts';
import { SCOPE_HEADER, Scopes } from './scopes.ts';

/** What a gateway is to be; all of it may be left out. */
export interface ReferenceOptions {
  /** Default: "token". */
  readonly auth?: Auth['mode'];
  /** The token or password. Default: a random one. */
  readonly apiKey?: string;
  /** Ids; the first is the default agent. Default: main and beta. */
  readonly agents?: readonly string[];
  /** Whether `POST /v1/chat/completions` is served. Default: true. */
  readonly enabled?: boolean;
  /** OpenClaw's own configuration as JSON5 text, instead of the four above. `gateway.port` is not heeded. */
  readonly config?: string;
  /** The contract as of a release. Default: the newest. */
  readonly edition?: string;
  /** Where the runs come from. Default: the scripted backend with the kit's own replies. */
  readonly backend?: Backend;
  /** Takes one line at a time, without its end. Default: nobody listens. */
  readonly log?: (line: string) => void;
}

/** Where a gateway listens. */
export interface Address {
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default: 0, any free port. */
  readonly port?: number | undefined;
}

export interface Reference extends AsyncDisposable {
  /** Such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** What an SDK wants: the address with `/v1`. */
  readonly baseURL: string;
  /** The gateway's token or password; in mode none something that is not looked at, for SDKs that insist on a key. */
  readonly apiKey: string;
  /** For requests of a scope that bear another credential than `apiKey`, or none; empty outside of a scope. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * A gateway of its own behind the same port, for one test of many that run at the same time: whoever calls it with its
   * `apiKey`, or with its `headers`, meets its sessions, its backend and its options, and nobody else's.
   *
   * @param options What differs from this gateway's.
   */
  scope(options?: ReferenceOptions): Promise<Reference>;
  /**
   * Stops listening and waits for runs to end; a scope's stops taking its calls, and the port stays open.
   *
   * @param graceMs How long; what runs then still is cut. Default: 0.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Starts a gateway.
 *
 * @throws {Error} in one line, when it cannot listen or an option is none.
 */
export async function startReference({ host, port, ...options }: ReferenceOptions & Address = {}): Promise<Reference> {
  return await opened(options, { host, port }, (gateway) => gateway.listen());
}

/** A gateway that is reached at what `open` resolves to. */
export async function opened(
  options: ReferenceOptions,
  place: Address,
  open: (gateway: Gateway) => Promise<string>,
): Promise<Reference> {
  const scopes = new Scopes();
  const built = await build(options, place);
  const gateway = createGateway({ ...built, instead: (request) => scopes.of(request) });
  const url = await open(gateway);
  return referenceTo({ url, scopes, options }, keyOf(built.auth), {}, (graceMs) => gateway.close(graceMs));
}

/** What the scopes of one port share. */
interface Shared {
  readonly url: string;
  readonly scopes: Scopes;
  readonly options: ReferenceOptions;
}

function referenceTo(
  shared: Shared,
  apiKey: string,
  headers: Reference['headers'],
  close: (graceMs: number) => Promise<void>,
): Reference {
  return {
    url: shared.url,
    baseURL: `${shared.url}/v1`,
    apiKey,
    headers,
    scope: (options = {}) => scopeOf({ ...shared, options: { ...shared.options, ...options } }),
    close: (graceMs = 0) => close(graceMs),
    [Symbol.asyncDispose]: () => close(0),
  };
}

async function scopeOf(shared: Shared): Promise<Reference> {
  const name = randomUUID();
  const built = await build(shared.options, {});
  const auth = built.auth.mode === 'none' ? built.auth : { ...built.auth, secret: name };
  const scope = { name, listener: createGateway({ ...built, auth }).callback() };
  shared.scopes.add(scope);
  return referenceTo(shared, name, { [SCOPE_HEADER]: name }, async () => shared.scopes.delete(scope));
}

async function build(options: ReferenceOptions, { host = '127.0.0.1', port = 0 }: Address): Promise<GatewayOptions> {
  const { edition, log, backend } = options;
  const overrides = { host, port, ...(edition && { edition }) };
  const read = readOptions({ config: configOf(options), overrides });
  return {
    ...read,
    backend: backend ?? (await chooseBackend('scripted', { agents: read.agents, env: {} })),
    ...(log && { log }),
  };
}

function configOf({ config, auth, apiKey, agents, enabled }: ReferenceOptions): string {
  if (config === undefined) {
    const mode = auth ?? 'token';
    return JSON.stringify({
      gateway: {
        auth: { mode, ...(mode !== 'none' && { [mode]: apiKey ?? randomUUID() }) },
        http: { endpoints: { chatCompletions: { enabled: enabled ?? true } } },
      },
      agents: { list: (agents ?? ['main', 'beta']).map((id) => ({ id })) },
    });
  }
  const beside = Object.entries({ auth, apiKey, agents, enabled }).find(([, value]) => value !== undefined);
  if (beside === undefined) return config;
  throw new Error(
    `Failed to start: expected a configuration or single options, got a configuration and ${beside[0]}. ` +
      'Say it in the configuration.',
  );
}

const keyOf = (auth: Auth): string => (auth.mode === 'none' ? randomUUID() : auth.secret);
