/**
 * Which calls share a session, observed by memory: the first of two calls tells a code word, the second asks for it.
 * The pairs are those of `fixtures/sessions.json`.
 */

import table from '../../../fixtures/sessions.json' with { type: 'json' };
import type { Dial } from '../../dial/dial.ts';
import { Violation, expect, shown } from '../../dial/expectation.ts';
import type { Call } from '../../dial/sdk.ts';
import { WHICH_WORD, knows, remember } from '../../vocabulary/prompts.ts';
import { filled } from '../../vocabulary/templates.ts';
import { KEY_HEADER } from '../../dial/headers.ts';

/** The header with the session key; it goes before `user`. */

/** How one call of a pair names its session, as templates. */
interface Setting {
  readonly user?: string;
  readonly key?: string;
  readonly agent?: 'first' | 'second';
  readonly stream?: boolean;
}

interface Pair {
  readonly id: string;
  readonly first: Setting;
  readonly second: Setting;
  /** null where it is only observed. */
  readonly shares: boolean | null;
}

const PAIRS = new Map((table.rows as readonly Pair[]).map((pair) => [pair.id, pair]));

/** The code word of a case; it is in no other case's calls. */
export const wordOf = (dial: Dial): string => `KW-${dial.nonce}`;

/**
 * What a case of the pair `name` in `fixtures/sessions.json` does: a violation when its calls share a session although
 * they should not, or the other way round.
 */
export const pair =
  (name: string) =>
  async (dial: Dial): Promise<void> => {
    const { shares, ...calls } = pairOf(name);
    const answer = await askedFor(dial, calls);
    if (shares) return expect(knows(answer, wordOf(dial)), `the session that was told ${wordOf(dial)}`, answer);
    // A new session knows no code word, neither this one nor that of another client.
    if (knows(answer, wordOf(dial)) || answer.includes('KW-')) {
      throw new Violation('a session that was told no code word', shown(answer));
    }
  };

/** What a case of that pair does when nothing is promised: says whether its calls share a session. */
export const observedPair =
  (name: string, who: string) =>
  async (dial: Dial): Promise<string> => {
    const answer = await askedFor(dial, pairOf(name));
    return `${who}: ${knows(answer, wordOf(dial)) ? 'one session' : 'two sessions'}`;
  };

/** Tells the code word under the first setting, asks for it under the second, and gives the answer. */
export async function askedFor(dial: Dial, { first, second }: Pick<Pair, 'first' | 'second'>): Promise<string> {
  await said(dial, remember(wordOf(dial)), first);
  return said(dial, WHICH_WORD, second);
}

async function said(dial: Dial, prompt: string, { user, key, agent, stream }: Setting): Promise<string> {
  const call: Call = {
    body: {
      model: dial.model(dial.agents[agent === 'second' ? 1 : 0]),
      ...(user !== undefined && { user: filled(user, dial) }),
    },
    headers: key === undefined ? {} : { [KEY_HEADER]: filled(key, dial) },
  };
  return (stream ? await dial.stream(prompt, call) : await dial.ask(prompt, call)).text;
}

function pairOf(id: string): Pair {
  const found = PAIRS.get(id);
  if (!found) throw new Error(`Failed to find a pair of calls: expected ${id} in fixtures/sessions.json.`);
  return found;
}
