/** A secret, and whether somebody knows it. */

import { timingSafeEqual } from 'node:crypto';

/** How many bytes are compared, if the secret has no more. */
const LEAST = 256;

export class Secret {
  /** How many bytes it has. */
  readonly #length: number;
  /** Zeros behind its end. */
  readonly #bytes: Buffer;
  /** Where what a caller sends is put beside it. */
  readonly #sent: Buffer;

  constructor(text: string) {
    this.#length = Buffer.byteLength(text);
    this.#bytes = Buffer.alloc(Math.max(LEAST, this.#length));
    this.#bytes.write(text);
    this.#sent = Buffer.alloc(this.#bytes.length);
  }

  /**
   * In constant time: buffers of one length are compared, so neither a prefix nor the length of the secret shows. Digests
   * would do the same, and cost more than all the rest of letting somebody in.
   */
  equals(sent: Buffer): boolean {
    this.#sent.fill(0);
    sent.copy(this.#sent);
    const same = timingSafeEqual(this.#sent, this.#bytes);
    return sent.length === this.#length && same;
  }
}
