/**
 * The write-ahead log of a SQLite file, judged before SQLite may open it. SQLite reads the log up to the first frame that
 * is not sound and takes that for its end, in silence: right for what a crash leaves, wrong for damage.
 * Source: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The last bit of the first word says in which order of bytes sums are taken: 1 is the highest first. */
const MAGIC = 0x377f0682;

/** The two sums of SQLite, carried on from one part to the next. */
type Sums = readonly [number, number];

/**
 * Whether what is sound in a log stands at its front alone: then SQLite reads all of it, and what follows is at most a
 * frame that was never finished, or what is left of a log before this one.
 */
export function readable(log: Buffer): boolean {
  if (log.length <= HEADER_BYTES) return true;
  const highFirst = (log.readUInt32BE(0) & 1) === 1;
  const sum = (part: Buffer, sums: Sums): Sums => summed(part, sums, highFirst);
  let sums = sum(log.subarray(0, 24), [0, 0]);
  if (log.readUInt32BE(0) >>> 1 !== MAGIC >>> 1 || !holds(log, 24, sums)) return false;
  const salts = log.subarray(16, 24);
  const frameBytes = FRAME_HEADER_BYTES + log.readUInt32BE(8);
  let at = HEADER_BYTES;
  for (; at + frameBytes <= log.length; at += frameBytes) {
    const frame = log.subarray(at, at + frameBytes);
    if (!frame.subarray(8, 16).equals(salts)) break;
    sums = sum(frame.subarray(FRAME_HEADER_BYTES), sum(frame.subarray(0, 8), sums));
    if (!holds(frame, 16, sums)) break;
  }
  // Every frame of this log bears its salts, and one of an earlier log bears others.
  return !log.includes(salts, at + FRAME_HEADER_BYTES);
}

function holds(bytes: Buffer, at: number, [first, second]: Sums): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}

function summed(part: Buffer, [first, second]: Sums, highFirst: boolean): Sums {
  const view = new DataView(part.buffer, part.byteOffset, part.length);
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= part.length; at += 8) {
    a = (a + view.getUint32(at, !highFirst) + b) >>> 0;
    b = (b + view.getUint32(at + 4, !highFirst) + a) >>> 0;
  }
  return [a, b];
}
