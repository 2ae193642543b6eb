/** First in, first out, at a constant cost; an array alone shifts all of its elements. */
export class Queue<T> implements Iterable<T> {
  #items: (T | undefined)[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** The oldest; undefined when there is none. */
  get first(): T | undefined {
    return this.#items[this.#first];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest; undefined when there is none. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first++] = undefined;
    if (this.#first > 64 && this.#first > this.size) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#first = 0;
  }

  /** Those that it holds now, oldest first, whatever is taken meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return (this.#items.slice(this.#first) as T[]).values();
  }
}
