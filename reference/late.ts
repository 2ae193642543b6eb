/**
 * What is loaded by the first that needs it. A load that failed is not kept: a process that is out of file descriptors
 * for a moment cannot read a module, and the next one may.
 *
 * @param load Called again after each failure, and never after a success.
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
