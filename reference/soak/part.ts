/** What every part of a soak is: a bound on a reference under load, and what was seen. */

export interface Part {
  readonly name: string;
  /** In small, for a gate: seconds. In full, by hand: as much as the bound speaks of. */
  run(full: boolean, seed: number): Promise<Outcome>;
}

export interface Outcome {
  /** What was seen, in one line. */
  readonly figure: string;
  /** What ought not to have been; empty when every bound was kept. */
  readonly broken: readonly string[];
}

/** Those of the bounds that were not kept. */
export function broken(bounds: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(bounds).flatMap(([bound, kept]) => (kept ? [] : [bound]));
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Does something many times, some of them at the same time. */
export async function crowd(count: number, atOnce: number, act: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}
