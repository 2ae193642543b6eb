/** Which edition of the contract a gateway keeps: the newest one of which nothing is missing. */

import { EDITIONS } from '../editions.ts';
import type { Target } from '../dial/target.ts';
import { levelAt, type Case } from '../vocabulary/chapter.ts';
import { judge, plan, type Options } from './judge.ts';

/** What is missing of one edition. */
export interface Missing {
  readonly edition: string;
  /** Its MUSTs that do not hold, or could not be judged. */
  readonly ids: readonly string[];
  /** Those that do not hold of the release either: its known mistakes. */
  readonly mistakes: readonly string[];
}

/** The editions that were tried, the newest first. */
export interface Compatibility {
  /** The one that is kept; else the one of which the fewest are missing, and of those the newest. */
  readonly edition: string;
  readonly kept: boolean;
  readonly tried: readonly Missing[];
}

/**
 * Tries the editions from the newest down to the first that the gateway keeps. What held as of a newer edition is not
 * asked again.
 *
 * @param mistakes the known mistakes of the release of an edition: a gateway that makes them is compatible with it.
 * @param options.only the requirements that count. Default: all.
 * @param options.depth default: `quick`.
 * @param options.deadline in seconds, of all editions together; undefined is returned when it passed. Default: none.
 */
export async function compatibility(
  cases: readonly Case[],
  target: Target,
  mistakes: (edition: string) => ReadonlySet<string>,
  options: Pick<Options, 'only' | 'concurrency' | 'seed' | 'depth' | 'deadline'> = {},
): Promise<Compatibility | undefined> {
  const { deadline = Infinity, ...others } = options;
  const end = performance.now() + deadline * 1000;
  const held = new Set<string>();
  const tried: Missing[] = [];
  for (const edition of EDITIONS.toReversed()) {
    const then: Target = { ...target, edition };
    const left = (end - performance.now()) / 1000;
    const asked = plan(cases, then, others.only).filter((one) => levelAt(one, then) === 'MUST' && !held.has(one.id));
    const ids = new Set<string>();
    const how = { depth: 'quick', ...others, ...(left < Infinity && { deadline: left }) } as const;
    for await (const { id, ending } of judge(asked, then, how)) {
      if (ending.kind === 'violated' || ending.kind === 'errored') ids.add(id);
      else held.add(id);
    }
    if (performance.now() >= end) return undefined;
    const known = excusing(mistakes(edition), plan(cases, then));
    const wrong = asked.map(({ id }) => id).filter((id) => ids.has(id));
    const missing = wrong.filter((id) => !known.has(id));
    tried.push({ edition, ids: missing, mistakes: wrong.filter((id) => known.has(id)) });
    if (missing.length === 0) return { edition, kept: true, tried };
  }
  const { edition } = tried.reduce((least, one) => (one.ids.length < least.ids.length ? one : least));
  return { edition, kept: false, tried };
}

/** A release that fails most of its requirements refuses every call, and is no measure: its mistakes excuse nothing. */
const excusing = (mistakes: ReadonlySet<string>, inForce: readonly Case[]): ReadonlySet<string> =>
  inForce.filter(({ id }) => mistakes.has(id)).length * 2 > inForce.length ? new Set() : mistakes;

/** How many ids stand in a line of the table. */
const SHOWN = 4;

/** As a sentence and a table, a line each edition. */
export function compatibilityText({ edition, kept, tried }: Compatibility): string {
  const newer = tried.at(-2);
  const because =
    newer === undefined ? 'the newest edition' : `${newer.edition} lacks ${newer.ids.length}, ${newer.ids[0]} first`;
  const { mistakes } = tried.at(-1)!;
  const missing =
    mistakes.length === 0
      ? 'nothing that it must keep is missing'
      : `only what its release lacks too is missing, ${mistakes.join(', ')}`;
  const sentence = kept
    ? `Compatible with ${edition}: ${missing} (${because}).`
    : `Compatible with no edition: the fewest are missing of ${edition}.`;
  const lines = tried.map((one) => {
    const more = one.ids.length > SHOWN ? `, and ${one.ids.length - SHOWN} more` : '';
    const ids = one.ids.length === 0 ? 'nothing' : `${one.ids.length}: ${one.ids.slice(0, SHOWN).join(', ')}${more}`;
    return `  ${one.edition.padEnd(10)}  ${ids}`;
  });
  return [sentence, '', '  edition     missing', ...lines, ''].join('\n');
}
