/** Vectors of texts without a model: the same text has the same vector, and alike texts have vectors that are near. */

/** How long a vector is when its length is not asked for, and at most. */
const LENGTH = 256;
export const LONGEST_VECTOR = 3072;

/**
 * A unit vector of the words of a text and of their pieces of three letters.
 *
 * @param length From 1 to `LONGEST_VECTOR`. Default: 256.
 */
export function vectorOf(text: string, length = LENGTH): readonly number[] {
  const vector = new Float32Array(length);
  // What every text has, so that no vector is zero.
  vector[0] = 0.01;
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)) {
    add(vector, word, 2);
    const padded = ` ${word} `;
    for (let at = 0; at + 3 <= padded.length; at++) add(vector, padded.slice(at, at + 3), 1);
  }
  const norm = Math.hypot(...vector);
  return Array.from(vector, (value) => value / norm);
}

function add(vector: Float32Array, feature: string, weight: number): void {
  const at = hashOf(feature);
  vector[at % vector.length]! += at >>> 31 === 0 ? weight : -weight;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  // The lowest bits of FNV-1a are alike for alike texts.
  return (hash ^ (hash >>> 15)) >>> 0;
}
