/** The results of a pure function for short texts. Bounded: when it is full, it begins anew. */
export class Remembered<T> {
  readonly #results = new Map<string, T>();
  readonly #entries: number;
  readonly #characters: number;

  /**
   * @param entries How many results are kept at most.
   * @param characters The length of the longest text whose result is kept.
   */
  constructor(entries: number, characters: number) {
    this.#entries = entries;
    this.#characters = characters;
  }

  /** The result of `make` for the text. */
  of(text: string, make: (text: string) => T): T {
    if (text.length > this.#characters) return make(text);
    const known = this.#results.get(text);
    if (known !== undefined) return known;
    const made = make(text);
    if (this.#results.size >= this.#entries) this.#results.clear();
    this.#results.set(text, made);
    return made;
  }
}
