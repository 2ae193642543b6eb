/**
 * Those who wait, by name, in the order in which they came. Whoever leaves does so at the same cost wherever he stands;
 * a `Map` in this place would step over all who ever left its front each time that it is asked who stands there.
 */

interface Link<T> {
  readonly name: string;
  readonly value: T;
  before: Link<T> | undefined;
  behind: Link<T> | undefined;
}

export class Line<T> {
  readonly #links = new Map<string, Link<T>>();
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;

  get size(): number {
    return this.#links.size;
  }

  get first(): { readonly name: string; readonly value: T } | undefined {
    return this.#first;
  }

  get(name: string): T | undefined {
    return this.#links.get(name)?.value;
  }

  /** Puts somebody at the end, who is not in line yet. */
  add(name: string, value: T): void {
    const link: Link<T> = { name, value, before: this.#last, behind: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.behind = link;
    this.#last = link;
    this.#links.set(name, link);
  }

  /** Takes somebody out; undefined when he does not stand here. */
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
