/**
 * The model of what a gateway remembers: which session was told which words. A session is named by what the call says,
 * as the documentation has it: the session key, else the agent and the user, else nothing that comes back.
 */

/** How a call names its session. In the names `{nonce}` is text that no other history uses, `{digits}` the same in digits. */
export interface Client {
  /** null is sent as it is. */
  readonly user?: string | null;
  readonly key?: string;
  /** The position of the agent among the target's. Default: 0. */
  readonly agent?: number;
  /** How the call names the agent: `model` begins with this, or a header does it. Default: `openclaw:`. */
  readonly by?: 'openclaw:' | 'agent:' | 'openclaw/' | 'header';
  /** Other fields of the body. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** The session of a call; undefined where no other call can come into it. */
export function sessionOf({ user, key, agent = 0 }: Client): string | undefined {
  if (key) return `key ${key}`;
  return typeof user === 'string' && user.trim() !== '' ? `user ${agent} ${user}` : undefined;
}

interface Word {
  readonly word: string;
  readonly session: string | undefined;
  readonly surely: boolean;
}

/** What one history has told so far. */
export class Told {
  readonly #words: Word[] = [];

  get words(): string[] {
    return this.#words.map(({ word }) => word);
  }

  /** @param surely false for a word of which its client did not see whether it was heard. */
  add(word: string, session: string | undefined, surely = true): void {
    this.#words.push({ word, session, surely });
  }

  /** What the session has to know. */
  of(session: string | undefined): string[] {
    return this.#among((one) => one.session === session && one.surely && session !== undefined);
  }

  /** What the session cannot know. */
  beside(session: string | undefined): string[] {
    return this.#among((one) => one.session !== session || session === undefined);
  }

  #among(fits: (one: Word) => boolean): string[] {
    return this.#words.filter(fits).map(({ word }) => word);
  }
}
