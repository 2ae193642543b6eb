/** Headers that a gateway does not read: a case that sends one and holds shows nothing of its promise. */
import { PLAIN, headerIn } from '../dial/dialect.ts';
import { AGENT_HEADER, KEY_HEADER } from '../dial/headers.ts';
import type { Target } from '../dial/target.ts';
import { exchangesIn } from '../wire/raw-exchanges.ts';
import type { RawExchange } from '../wire/socket.ts';
import type { Case, Level } from '../vocabulary/chapter.ts';
import type { Exchange } from '../wire/exchange.ts';
import type { Ending } from './verdict.ts';

/** The requirement that judges the effect of a header in the plainest call. */
const EFFECTS = [
  [AGENT_HEADER, 'agents.header'],
  [KEY_HEADER, 'sessions.key.alone'],
] as const;

/** What is known of a case that was judged. */
interface Seen {
  readonly id: string;
  readonly level: Level;
  readonly ending: Ending;
  readonly transcript: readonly Exchange[];
  readonly raws?: readonly RawExchange[];
}

/** Decides for the cases of a run, as their verdicts come. */
export class Unread {
  readonly #headers: readonly { readonly name: string; readonly id: string }[];
  /** Whether the effect of a requirement was there; absent until it is known. */
  readonly #seen = new Map<string, boolean>();

  /** @param planned the cases of the run: an effect that none of them judges is taken for granted. */
  constructor(planned: readonly Case[], { dialect = PLAIN }: Target) {
    this.#headers = EFFECTS.filter(([, id]) => planned.some((one) => one.id === id)).map(([name, id]) => ({
      name: headerIn(dialect, name),
      id,
    }));
  }

  /** Whether a verdict has to wait until the effect of what its case sent is known, or is no pass because it is not there. */
  waits(judged: Seen): boolean {
    const { id, ending, level } = judged;
    if (this.#headers.some((header) => header.id === id)) {
      this.#seen.set(id, !(ending.kind === 'violated' && ending.situation === undefined));
      return false;
    }
    return (
      ending.kind === 'held' && level !== 'NOTE' && this.#sent(judged).some((header) => !this.#seen.get(header.id))
    );
  }

  /** The ending of a case that waited. */
  ending(judged: Seen): Ending {
    const header = this.#sent(judged).find(({ id }) => this.#seen.get(id) === false);
    if (header === undefined) return judged.ending;
    return { kind: 'unobserved', because: `${header.name} has no effect here, see ${header.id}` };
  }

  #sent({ transcript, raws = [] }: Seen): readonly { readonly name: string; readonly id: string }[] {
    const names = new Set(
      [...transcript, ...raws.flatMap(exchangesIn)].flatMap(({ request }) =>
        request.headers.map(([name]) => name.toLowerCase()),
      ),
    );
    return this.#headers.filter(({ name }) => names.has(name));
  }
}
