/**
 * Sessions: which conversation a call belongs to, and what each conversation remembers.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#session-behavior
 */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Agents } from './agents.ts';
import type { Turn } from './backends/backend.ts';
import type { Behaviour } from './editions.ts';
import { malformedKey, reservedKey } from './errors.ts';

/** Where a run takes place. */
export interface Place {
  /** A session key may name another agent than the call does, and then rules. */
  readonly agent: string;
  readonly key: string;
  /** Whether anybody can come back to this session. */
  readonly kept: boolean;
}

/**
 * The session of a call: the header's key, else the user's, else one that nobody will ever use again.
 *
 * @param agent Whom the call addresses.
 * @param user Trimmed, not blank; undefined when there is none.
 * @throws {Refusal} 400 for a reserved or malformed key, or an agent in it that is not configured.
 */
export function placeOf(
  agent: string,
  user: string | undefined,
  headers: IncomingHttpHeaders,
  agents: Agents,
  traits: Behaviour,
): Place {
  const asked = String(headers['x-openclaw-session-key'] ?? '').trim();
  if (asked !== '') return placeByKey(asked, agents, traits);
  if (user === undefined) return { agent, key: `agent:${agent}:openai:${randomUUID()}`, kept: false };
  return { agent, key: `agent:${agent}:openai-user:${user.toLowerCase()}`, kept: true };
}

function placeByKey(asked: string, agents: Agents, traits: Behaviour): Place {
  const lower = asked.toLowerCase();
  if (traits.reservedKeysRefused && /^(?:agent:[^:]*:)*(?:subagent|cron|acp):/.test(lower)) throw reservedKey();
  const canonical = traits.sessionKey === 'canonical';
  const owner = /^agent:([a-z0-9][a-z0-9_-]{0,63}):./s.exec(lower)?.[1];
  if (owner !== undefined) return { agent: agents.known(owner), key: canonical ? lower : asked, kept: true };
  if (canonical && lower.startsWith('agent:')) throw malformedKey();
  // A bare key belongs to the default agent, whatever agent the call names.
  const agent = agents.default;
  if (!canonical) return { agent, key: asked, kept: true };
  const bare = lower === 'global' || lower === 'unknown';
  return { agent, key: bare ? lower : `agent:${agent}:${lower}`, kept: true };
}

/** How much is remembered over all sessions; the session that has been idle longest is forgotten first. */
export interface Capacity {
  readonly sessions: number;
  readonly characters: number;
}

interface Session {
  turns: readonly Turn[];
  characters: number;
  /** Settles when the last visitor in line has left. */
  tail: Promise<void>;
  /** Who is inside or in line. */
  visitors: number;
}

/** One run's time alone with a session. */
export interface Visit {
  readonly history: readonly Turn[];
  /** Adds turns to what the session remembers. */
  remember(turns: readonly Turn[]): void;
  /** Lets the next one in. Must be called, once. */
  leave(): void;
}

/** What the conversations remember. Nothing is written to disk. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #capacity: Capacity;
  #characters = 0;

  constructor(capacity: Capacity = { sessions: 1_000, characters: 64 * 1024 * 1024 }) {
    this.#capacity = capacity;
  }

  /** How many sessions are remembered. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Keys, the session that has been idle longest first. */
  keys(): string[] {
    return [...this.#sessions.keys()];
  }

  /** What a session remembers, oldest first; undefined when there is none of that key. */
  read(key: string): readonly Turn[] | undefined {
    return this.#sessions.get(key)?.turns;
  }

  /** Forgets a session; a run that is in it still will not be remembered. False when there is none of that key. */
  reset(key: string): boolean {
    this.#characters -= this.#sessions.get(key)?.characters ?? 0;
    return this.#sessions.delete(key);
  }

  /**
   * Waits for a session to be free: first come, first served, and other sessions are not held up.
   *
   * @param signal Whoever gives up leaves the line at once; the promise then rejects.
   */
  async enter({ key, kept }: Place, signal: AbortSignal): Promise<Visit> {
    const session = this.#sessions.get(key) ?? { turns: [], characters: 0, tail: Promise.resolve(), visitors: 0 };
    // Set anew: a map keeps the order of insertion, so the front is the session not visited for longest.
    this.#sessions.delete(key);
    if (kept) this.#sessions.set(key, session);
    session.visitors += 1;
    const { promise: left, resolve } = Promise.withResolvers<void>();
    const free = session.tail;
    session.tail = free.then(() => left);
    const leave = (): void => {
      session.visitors -= 1;
      resolve();
      this.#forget();
    };
    try {
      await unlessAborted(free, signal);
    } catch (aborted) {
      leave();
      throw aborted;
    }
    return {
      history: session.turns,
      remember: (turns) => {
        if (!kept || this.#sessions.get(key) !== session) return;
        const characters = turns.reduce((sum, turn) => sum + turn.text.length, 0);
        session.turns = [...session.turns, ...turns];
        session.characters += characters;
        this.#characters += characters;
      },
      leave,
    };
  }

  #forget(): void {
    for (const [key, session] of this.#sessions) {
      if (this.#sessions.size <= this.#capacity.sessions && this.#characters <= this.#capacity.characters) return;
      if (session.visitors > 0) continue;
      this.#sessions.delete(key);
      this.#characters -= session.characters;
    }
  }
}

async function unlessAborted(free: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const give = (): void => reject(new Error('The caller left.'));
  if (signal.aborted) give();
  signal.addEventListener('abort', give, { once: true });
  try {
    await Promise.race([free, aborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
