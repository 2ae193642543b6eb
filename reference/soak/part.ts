/** A part of the soak: a load on a reference, its limits, and the result. */

/** One load with its limits. */
export interface Part {
  /** The name for `--only`. */
  readonly name: string;
  /** Runs it: for seconds, for a gate; with `full` for as long as its limits need. */
  run(full: boolean, seed: number): Promise<Outcome>;
}

/** The result of a part. */
export interface Outcome {
  /** The measured values, in one line. */
  readonly figure: string;
  /** The limits that were exceeded; empty when all held. */
  readonly broken: readonly string[];
}

/** The names of the limits that did not hold. */
export function broken(bounds: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(bounds).flatMap(([bound, kept]) => (kept ? [] : [bound]));
}

/** Bytes as text, in MB (10⁶). */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Calls `act` with 0 to `count - 1`, at most `atOnce` at a time. */
export async function crowd(count: number, atOnce: number, act: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}
