/** How many work at once: so many at most, and no more than there is memory for. */

export interface Room {
  /**
   * Does the work as soon as there is room, in the order of the calls. Whoever is alone is let in, however little
   * memory there is.
   *
   * @param bytes what the work will take.
   * @param work calls `settled` when it has taken them: from then on they show in what is free.
   */
  readonly enter: <T>(bytes: number, work: (settled: () => void) => Promise<T>) => Promise<T>;
}

/**
 * @param most at once.
 * @param free bytes of memory that nobody uses.
 */
export function room(most: number, free: () => number = () => process.availableMemory()): Room {
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
