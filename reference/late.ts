/**
 * A module or value that is loaded on first use. A failed load is not kept: a process that is briefly out of file
 * descriptors cannot read a module, and a later attempt may succeed.
 *
 * @param load Called again after each failure, and never after a success.
 * @returns Gives the same promise to concurrent uses; it rejects with what `load` rejects with.
 */
export function late<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((cause: unknown) => {
      loaded = undefined;
      throw cause;
    });
    return loaded;
  };
}
