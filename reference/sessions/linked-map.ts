/**
 * An insertion-ordered map with O(1) removal and O(1) access to its oldest entry. A `Map` skips its deleted slots on
 * every look at the first key, so as a queue it is quadratic.
 */

interface Link<T> {
  readonly name: string;
  readonly value: T;
  before: Link<T> | undefined;
  behind: Link<T> | undefined;
}

/** A map from names to values, iterated oldest first. */
export class LinkedMap<T> {
  readonly #links = new Map<string, Link<T>>();
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;

  get size(): number {
    return this.#links.size;
  }

  /** The oldest entry; undefined when the map is empty. */
  get first(): { readonly name: string; readonly value: T } | undefined {
    return this.#first;
  }

  get(name: string): T | undefined {
    return this.#links.get(name)?.value;
  }

  /** Appends an entry. The name must not be in the map. */
  add(name: string, value: T): void {
    const link: Link<T> = { name, value, before: this.#last, behind: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.behind = link;
    this.#last = link;
    this.#links.set(name, link);
  }

  /** Removes an entry and returns its value; undefined when there is none. */
  take(name: string): T | undefined {
    const link = this.#links.get(name);
    if (link === undefined) return undefined;
    this.#links.delete(name);
    if (link.before === undefined) this.#first = link.behind;
    else link.before.behind = link.behind;
    if (link.behind === undefined) this.#last = link.before;
    else link.behind.before = link.before;
    return link.value;
  }

  *[Symbol.iterator](): Generator<[name: string, value: T], void> {
    for (let link = this.#first; link !== undefined; link = link.behind) yield [link.name, link.value];
  }
}
