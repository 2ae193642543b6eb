/** A backend by its name; each is loaded when it is chosen, for the SDK alone takes as long as all the rest. */

import { randomInt } from 'node:crypto';
import type { Backend } from '../backends/backend.ts';
import type { Pace } from '../backends/scripted/pace.ts';
import type { Replies } from '../backends/scripted/replies.ts';
import type { Upstream } from '../backends/upstream.ts';

/** What the scripted backend can be told on a command line. */
export interface Script {
  /** A folder of replies beside the kit's own, read again when they change. */
  readonly replies: string | undefined;
  /** Numbers as text: `ttft`, `tokensPerSecond`, `jitter`, `seed`. */
  readonly pace: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
  /** Whether the replies can change while they are played. */
  readonly open: boolean;
}

/**
 * @param name Default: "scripted".
 * @throws {Error} when there is no such backend, or options of one are given to another.
 */
export async function chooseBackend(
  name: string = 'scripted',
  upstream: Upstream,
  script: Script,
): Promise<{ readonly backend: Backend; readonly replies?: Replies }> {
  if (name !== 'scripted' && name !== 'upstream') {
    throw new Error(
      `Failed to choose a backend: expected scripted or upstream, got ${JSON.stringify(name)}. Name one of them.`,
    );
  }
  const scripting = [script.replies, ...Object.values(script.pace)].some((value) => value !== undefined);
  if (name === 'upstream') {
    if (scripting) throw misplaced('scripted with replies or a pace', 'upstream', 'scripted');
    return { backend: (await import('../backends/upstream.ts')).upstreamBackend(upstream) };
  }
  if ([upstream.url, upstream.model, upstream.bytes].some((value) => value !== undefined)) {
    throw misplaced('upstream with an upstream URL, model or bound', 'scripted', 'upstream');
  }
  const [{ scriptedBackend }, { BUILT_IN_REPLIES, builtInReplies }] = await Promise.all([
    import('../backends/scripted/scripted.ts'),
    import('../backends/scripted/built-in.ts'),
  ]);
  if (!scripting && !script.open) return { backend: scriptedBackend(builtInReplies()) };
  const { loadReplies } = await import('../backends/scripted/replies.ts');
  const { log } = script;
  const pace = await paceFrom(script.pace, log);
  const folders = script.replies === undefined ? [BUILT_IN_REPLIES] : [BUILT_IN_REPLIES, script.replies];
  const replies = await loadReplies(...folders);
  if (script.replies !== undefined) (await import('../backends/scripted/watch.ts')).watchReplies(replies, folders, log);
  return { backend: scriptedBackend(replies, { log, ...(pace && { pace }) }), replies };
}

function misplaced(expected: string, got: string, mend: string): Error {
  return new Error(`Failed to choose a backend: expected ${expected}, got ${got}. Pass --backend ${mend}.`);
}

/** Chance is printed, so that what it did can be had again. */
async function paceFrom(given: Script['pace'], log: Script['log']): Promise<Pace | undefined> {
  const told = Object.entries(given).filter(([, value]) => value !== undefined);
  if (told.length === 0) return undefined;
  const { Pace } = await import('../backends/scripted/pace.ts');
  const numbers = Object.fromEntries(told.map(([key, value]) => [key, Number(value)]));
  const read = Pace.safeParse({ seed: randomInt(2 ** 31), ...numbers });
  if (!read.success) {
    const key = String(read.error.issues[0]?.path[0]);
    const flag = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Error(
      `Failed to read --${flag}: expected ${EXPECTED[key] ?? 'a number'}, got ${JSON.stringify(given[key])}. See --help.`,
    );
  }
  log(
    `Pace: ${Object.entries(read.data)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`,
  );
  return read.data;
}

const EXPECTED: Readonly<Record<string, string>> = {
  ttft: 'milliseconds',
  tokensPerSecond: 'a number above 0',
  jitter: 'a share from 0 to 1',
  seed: 'a whole number',
};
