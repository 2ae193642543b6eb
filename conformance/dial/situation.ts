/** How a call is made where its promise says nothing about that: whole or streamed, by which user, with what to say. */
import { PLAIN, headerIn, modelIn, type Dialect } from './dialect.ts';
import { AGENT_HEADER, KEY_HEADER } from './headers.ts';

/** What the first call of a case is, and the calls behind it where they differ. A dimension left out is as ever. */
export interface Situation {
  readonly mode?: 'whole' | 'streamed';
  /** Of every call behind the first one. Default: as `mode`. */
  readonly later?: 'whole' | 'streamed';
  readonly naming?: 'bare' | 'user' | 'key' | 'agent header';
  /** How calls behind the first one name the agent that the first one names by `openclaw:<id>`. */
  readonly addressed?: 'alike' | 'by another spelling' | 'by header';
  readonly usage?: 'not asked' | 'asked';
  /** What the agent is asked to say, in cases that let the situation choose (`spokenIn`). */
  readonly saying?:
    'a sentence' | 'one word' | 'crumbs' | 'long, of many letters' | 'emoji' | 'one huge delta' | 'over 1,000 deltas';
}

/** The dimensions that could matter to a promise, each with its values; the first one of each is today's call. */
export type Dimensions = { readonly [D in keyof Situation]?: readonly NonNullable<Situation[D]>[] };

const WORDS: { readonly [D in keyof Situation]-?: (value: NonNullable<Situation[D]>) => string } = {
  mode: (mode) => (mode === 'streamed' ? mode : ''),
  later: (mode) => `then ${mode}`,
  naming: (naming) => (naming === 'bare' ? '' : `with ${naming === 'agent header' ? 'an' : 'a'} ${naming}`),
  addressed: (way) => (way === 'alike' ? '' : `then the agent named ${way}`),
  usage: (usage) => (usage === 'asked' ? 'usage asked' : ''),
  saying: (text) => (text === 'a sentence' ? '' : text),
};

/** A situation in a few words, as a finding names it; '' for today's call. */
export function situationText(situation: Situation): string {
  const words = Object.keys(WORDS).flatMap((name) => {
    const value = situation[name as keyof Situation];
    const isPlain = name === 'later' && value === (situation.mode ?? 'whole');
    return value === undefined || isPlain ? [] : (WORDS[name as keyof Situation] as (value: string) => string)(value);
  });
  return words.filter((text) => text !== '').join(', ');
}

/** A body and headers before and after a situation. */
export interface Placed {
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A body whose model is called as in the dialect. */
export const namedIn = (dialect: Dialect, body: Placed['body']): Record<string, unknown> =>
  typeof body.model === 'string' ? { ...body, model: modelIn(dialect, body.model) } : { ...body };

/**
 * Adds what the situation says and the call does not say itself, and calls all as the dialect does.
 *
 * @param first whether no call of the case came before.
 */
export function placed(
  { mode, later = mode, naming, addressed, usage }: Situation,
  { body, headers }: Placed,
  first: boolean,
  world: { readonly nonce: string; readonly agents: readonly [string, ...string[]]; readonly dialect?: Dialect },
): Placed {
  const { nonce, agents, dialect = PLAIN } = world;
  const streams = 'stream' in body ? body.stream === true : (first ? mode : later) === 'streamed';
  const [, name, id] = /^([^:]+):([\w-]+)$/.exec(String(body.model)) ?? [];
  const agent = first || addressed === undefined || name !== dialect.model ? undefined : id;
  const asked: Placed = {
    // The keys of the call come first, as clients write them.
    body: {
      ...body,
      ...(streams && { stream: true }),
      ...(streams && usage === 'asked' && { stream_options: { include_usage: true } }),
      ...(naming === 'user' && { user: `ann-${nonce}` }),
      ...body,
      ...(agent && addressed === 'by another spelling' && { model: `agent:${agent}` }),
      ...(agent && addressed === 'by header' && { model: 'openclaw' }),
    },
    headers: {
      ...(naming === 'key' && { [KEY_HEADER]: `kit-${nonce}` }),
      ...(naming === 'agent header' && { [AGENT_HEADER]: agents[0] }),
      ...(agent && addressed === 'by header' && { [AGENT_HEADER]: agent }),
      ...headers,
    },
  };
  return {
    body: namedIn(dialect, asked.body),
    headers: Object.fromEntries(
      Object.entries(asked.headers).map(([header, value]) => [headerIn(dialect, header), value]),
    ),
  };
}
