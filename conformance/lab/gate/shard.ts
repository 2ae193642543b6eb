/** The work of several machines, dealt out. */

/** One of several equal parts, counted from 1. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

/** The items of one part: every `of`-th item, beginning with the `part`-th. */
export function shareOf<T>(items: readonly T[], { part, of }: Shard): T[] {
  return items.filter((_, at) => at % of === part - 1);
}
