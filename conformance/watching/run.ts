/** What the exchanges of a run have in common, as far as watchers need it. */

import { redaction, type Redact } from '../wire/redaction.ts';
import { worthHiding } from './credentials.ts';

/** The longest part of an id that is kept, in characters: it is foreign text. */
const LONGEST_ID = 256;

/** One run of the suite. Its memory is bounded by what the run sends, because the ids of answers are kept. */
export class Run {
  readonly #ids = new Set<string>();
  readonly #ahead = new Map<string, number>();
  readonly #redactions = new Map<string, Redact>();
  readonly #secrets: readonly string[];

  /** @param secrets of the deployments: no answer may show them. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.filter(worthHiding);
  }

  /** Whether no answer had the id before. */
  isNew(id: string): boolean {
    const kept = id.length > LONGEST_ID ? `${id.length} ${id.slice(0, LONGEST_ID)}` : id;
    if (this.#ids.has(kept)) return false;
    this.#ids.add(kept);
    return true;
  }

  /** How far the clock of an origin is ahead of ours at least, in seconds, by this answer and those before. */
  aheadBy(origin: string, seconds: number): number {
    const most = Math.max(seconds, this.#ahead.get(origin) ?? -Infinity);
    this.#ahead.set(origin, most);
    return most;
  }

  /** Finds the deployments' secrets, and what the request offers as its own. */
  secretsOf(offered: readonly string[]): Redact {
    const secrets = [...new Set([...this.#secrets, ...offered.filter(worthHiding)])];
    const key = JSON.stringify(secrets);
    const known = this.#redactions.get(key) ?? redaction(secrets);
    if (this.#redactions.size < 100) this.#redactions.set(key, known);
    return known;
  }
}
