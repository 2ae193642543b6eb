/** Limits concurrent work by count and by free memory. */

/** A queue of work. */
export interface Admission {
  /**
   * Starts the work when the limits allow it, in the order of the calls. Work is always admitted when none runs, however
   * little memory is free.
   *
   * @param bytes the memory that the work will take.
   * @param work calls `settled` when it has allocated them: from then on free memory shows it.
   * @returns what the work returns; a rejection is passed on.
   */
  readonly enter: <T>(bytes: number, work: (settled: () => void) => Promise<T>) => Promise<T>;
}

/**
 * Creates an empty queue.
 *
 * @param most the largest number of works at once.
 * @param free the free memory, in bytes. Default: that of the process, by its cgroup or the system.
 */
export function admission(most: number, free: () => number = () => process.availableMemory()): Admission {
  const waiting: { readonly bytes: number; readonly admit: () => void }[] = [];
  let inside = 0;
  let promised = 0;

  function look(): void {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (inside > 0 && (inside >= most || free() - promised < next.bytes)) return;
      waiting.shift();
      inside++;
      promised += next.bytes;
      next.admit();
    }
  }

  return {
    async enter(bytes, work) {
      await new Promise<void>((admit) => {
        waiting.push({ bytes, admit });
        look();
      });
      let taken = false;
      const settled = (): void => {
        if (taken) return;
        taken = true;
        promised -= bytes;
        look();
      };
      try {
        return await work(settled);
      } finally {
        inside--;
        settled();
        look();
      }
    },
  };
}
