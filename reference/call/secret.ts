/** A secret that is compared in constant time. */

import { timingSafeEqual } from 'node:crypto';

/** The least number of bytes compared, so that the length of a shorter secret does not show. */
const MIN_BYTES = 256;

/** The gateway's secret. */
export class Secret {
  /** In bytes. */
  readonly #length: number;
  /** The secret, padded with zeros. */
  readonly #bytes: Buffer;
  /** Reused for what a client sends, padded to the same length. */
  readonly #sent: Buffer;

  constructor(text: string) {
    this.#length = Buffer.byteLength(text);
    this.#bytes = Buffer.alloc(Math.max(MIN_BYTES, this.#length));
    this.#bytes.write(text);
    this.#sent = Buffer.alloc(this.#bytes.length);
  }

  /**
   * Whether the bytes are the secret, in constant time: buffers of one length are compared, so neither a prefix nor the
   * length of the secret shows. Comparing digests would do the same, but cost more than the rest of admitting a
   * request.
   */
  equals(sent: Buffer): boolean {
    this.#sent.fill(0);
    sent.copy(this.#sent);
    const same = timingSafeEqual(this.#sent, this.#bytes);
    return sent.length === this.#length && same;
  }
}
