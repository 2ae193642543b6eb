/**
 * A reference in process, for tests:
 *
 *     await using gateway = await startReference();
 *     const client = new OpenAI({ baseURL: gateway.baseURL, apiKey: gateway.apiKey });
 */

import { randomUUID } from 'node:crypto';
import type { Backend } from '../backends/backend.ts';
import { BUILT_IN_REPLIES } from '../backends/scripted/built-in.ts';
import type { Pace } from '../backends/scripted/pace.ts';
import { loadReplies, Replies } from '../backends/scripted/replies.ts';
import type { Reply } from '../backends/scripted/reply.ts';
import { scriptedBackend } from '../backends/scripted/scripted.ts';
import type { Faults } from '../faults.ts';
import type { Gateway } from '../gateway.ts';
import type { Journal, JournalOptions } from '../journal/journal.ts';
import { secretOf } from '../authentication.ts';
import { readOptions, type Auth, type Options, type Source } from '../options.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { assemble, type Assembled, type Parts } from './assembly.ts';
import { SCOPE_HEADER, Scopes } from './scopes.ts';

/** What a gateway is to be; all of it may be left out. */
export interface ReferenceOptions {
  /** Default: "token". */
  readonly auth?: Exclude<Auth['mode'], 'trusted-proxy'>;
  /** The token or password. Default: a random one. */
  readonly apiKey?: string;
  /** Ids; the first is the default agent. Default: main and beta. */
  readonly agents?: readonly string[];
  /** Whether `POST /v1/chat/completions` is served. Default: true. */
  readonly enabled?: boolean;
  /** OpenClaw's own configuration as JSON5 text, instead of the four above. `gateway.port` is not heeded. */
  readonly config?: string;
  /** The same as a file, which may be the one of a real gateway. */
  readonly configFile?: string;
  /** The contract as of a release. Default: the newest. */
  readonly edition?: string;
  /** With the faults of that release. Default: false. */
  readonly asReleased?: boolean;
  /** A folder of replies, or replies by name, beside the kit's own. */
  readonly replies?: string | Readonly<Record<string, Reply>>;
  /** Where the runs come from. Default: the scripted backend, which plays the replies. */
  readonly backend?: Backend;
  /** How fast the scripted backend speaks. Default: as fast as can be. */
  readonly pace?: Pace;
  /** Whether clients may order a fault by the header `x-openclaw-fault`. Default: no. */
  readonly faultHeader?: boolean;
  /** How much the journal keeps. */
  readonly journal?: JournalOptions;
  /** A file in which sessions outlive the gateway. Default: none. */
  readonly state?: string;
  /** Takes one line at a time, without its line end. Default: no log. */
  readonly log?: (line: string) => void;
}

/** What of it a scope may have otherwise than its gateway; its key is always one of its own, its sessions end with it. */
export type ScopeOptions = Omit<ReferenceOptions, 'apiKey' | 'state'>;

/** Where a gateway listens, and for how long. */
export interface Address {
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default: 0, any free port. */
  readonly port?: number | undefined;
  /** Whether the process lives as long as the gateway listens. Default: false, a test that forgets to close it ends. */
  readonly keepsAlive?: boolean | undefined;
}

/** A gateway in this process that listens. `await using` closes it at the end of its block. */
export interface Reference extends AsyncDisposable {
  /** Such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** What an SDK wants: the address with `/v1`. */
  readonly baseURL: string;
  /** The gateway's token or password; in mode none something that is not looked at, for SDKs that insist on a key. */
  readonly apiKey: string;
  /** For requests of a scope that bear another credential than `apiKey`, or none; empty outside of a scope. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the scripted backend plays, to be added to while it runs. */
  readonly replies: Replies;
  /** What is to go wrong with the next calls. */
  readonly faults: Faults;
  readonly sessions: Sessions;
  /** Every request so far; `journal.waitForRequest` waits for one. */
  readonly journal: Journal;
  /**
   * A gateway of its own behind the same port, for one test of many that run at the same time: a request with its
   * `apiKey` or its `headers` meets its sessions, its backend and its options alone. WebSockets belong to the port's
   * gateway.
   *
   * @param options What differs from this gateway's.
   */
  scope(options?: ScopeOptions): Promise<Reference>;
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
export async function startReference({
  host,
  port,
  keepsAlive,
  ...options
}: ReferenceOptions & Address = {}): Promise<Reference> {
  return await opened(options, { host, port, keepsAlive }, async (gateway) => ({
    url: await gateway.listen(),
    close: (graceMs) => gateway.close(graceMs),
  }));
}

/** How a gateway is reached. */
export interface Reached extends Pick<Gateway, 'close'> {
  readonly url: string;
}

/** A reference that `open` makes reachable. */
export async function opened(
  options: ReferenceOptions,
  address: Address,
  open: (gateway: Gateway) => Promise<Reached>,
): Promise<Reference> {
  const scopes = new Scopes();
  const read = optionsOf(options, address);
  const { keepsAlive = false } = address;
  const built = await build(options, await repliesOf(options), {
    ...read,
    keepsAlive,
    state: options.state,
    instead: (request) => scopes.of(request),
  });
  const { gateway, sessions } = built;
  const { url, close } = await open(gateway).catch((cause: unknown) => {
    sessions.close();
    throw cause;
  });
  const apiKey = secretOf(read.auth) ?? randomUUID();
  let closed: Promise<void> | undefined;
  return referenceTo(built, { url, scopes, options, apiKey, headers: {} }, (graceMs) => {
    closed ??= close(graceMs).finally(() => sessions.close());
    return closed;
  });
}

/** How one of the gateways behind a port is called, and the others found. */
interface Entrance extends Pick<Reference, 'url' | 'apiKey' | 'headers'> {
  readonly scopes: Scopes;
  readonly options: ReferenceOptions;
}

function referenceTo(built: Built, entrance: Entrance, close: Reference['close']): Reference {
  const { replies, faults, sessions, journal } = built;
  const { url, apiKey, headers } = entrance;
  return {
    url,
    baseURL: `${url}/v1`,
    apiKey,
    headers,
    replies,
    faults,
    sessions,
    journal,
    scope: (options = {}) => scopeOf(entrance, options, replies),
    close: (graceMs = 0) => close(graceMs),
    [Symbol.asyncDispose]: () => close(0),
  };
}

async function scopeOf({ url, scopes, options }: Entrance, more: ScopeOptions, replies: Replies): Promise<Reference> {
  const merged = { ...options, ...more };
  const read = optionsOf(merged);
  const name = randomUUID();
  const auth = read.auth.mode === 'none' ? read.auth : { ...read.auth, secret: name };
  const played = more.replies === undefined ? again(replies) : await repliesOf(merged);
  const built = await build(merged, played, { ...read, auth });
  const scope = { name, listener: built.gateway.callback() };
  scopes.add(scope);
  const entrance = { url, scopes, options: merged, apiKey: name, headers: { [SCOPE_HEADER]: name } };
  return referenceTo(built, entrance, async () => scopes.delete(scope));
}

/** A gateway, and what its user reads and changes. */
type Built = Required<Assembled> & Pick<Reference, 'replies'>;

async function build(
  { log, pace, faultHeader: byHeader = false, journal = {}, ...options }: ReferenceOptions,
  replies: Replies,
  parts: Omit<Parts, 'backend' | 'faults' | 'journal' | 'log'>,
): Promise<Built> {
  const { backend = scriptedBackend(replies, { ...(pace && { pace }), ...(log && { log }) }) } = options;
  return { ...(await assemble({ ...parts, backend, faults: { byHeader }, journal, ...(log && { log }) })), replies };
}

function optionsOf(options: ReferenceOptions, { host = '127.0.0.1', port = 0 }: Address = {}): Options {
  const { edition, asReleased } = options;
  return readOptions({ ...sourceOf(options), overrides: { host, port, edition, asReleased } });
}

async function repliesOf({ replies }: ReferenceOptions): Promise<Replies> {
  if (typeof replies === 'string') return await loadReplies(BUILT_IN_REPLIES, replies);
  const all = await loadReplies();
  for (const [name, reply] of Object.entries(replies ?? {})) all.put(name, reply);
  return again(all);
}

/** The same replies, none of them played yet, to be changed for themselves. */
function again(replies: Replies): Replies {
  return new Replies(new Map(replies.list().map(({ name, reply }) => [name, reply])));
}

function sourceOf({ config, configFile, auth, apiKey, agents, enabled }: ReferenceOptions): Source {
  if (config === undefined && configFile === undefined) {
    const mode = auth ?? 'token';
    const secret = mode === 'none' ? {} : { [mode]: apiKey ?? randomUUID() };
    const endpoints = { chatCompletions: { enabled: enabled ?? true } };
    const list = (agents ?? ['main', 'beta']).map((id) => ({ id }));
    return {
      config: JSON.stringify({ gateway: { auth: { mode, ...secret }, http: { endpoints } }, agents: { list } }),
    };
  }
  const file = config === undefined ? undefined : configFile;
  const beside = Object.entries({ configFile: file, auth, apiKey, agents, enabled }).find(
    ([, value]) => value !== undefined,
  );
  if (beside === undefined) return config === undefined ? { file: configFile ?? '' } : { config };
  throw new Error(
    `Failed to start: expected a configuration or single options, got a configuration and ${beside[0]}. ` +
      'Say it in the configuration.',
  );
}
