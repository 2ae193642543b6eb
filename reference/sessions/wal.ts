/**
 * Checks the write-ahead log of an SQLite file before SQLite opens it. SQLite reads the log up to the first invalid
 * frame and silently takes it for the end: right after a crash, wrong for a damaged log.
 * Source: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The last bit of the magic number gives the byte order of the checksums: 1 is big-endian. */
const MAGIC = 0x377f0682;

/** SQLite's running checksum, two 32-bit sums. */
type Sums = readonly [number, number];

/**
 * Whether all valid frames of a log precede its first invalid one. Then SQLite reads all of them, and the rest is at
 * most an unfinished frame, or the remainder of an earlier log.
 */
export function readable(log: Buffer): boolean {
  if (log.length <= HEADER_BYTES) return true;
  const bigEndian = (log.readUInt32BE(0) & 1) === 1;
  const sum = (part: Buffer, sums: Sums): Sums => summed(part, sums, bigEndian);
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
  // Every frame of this log has its salts; frames of an earlier log have others.
  return !log.includes(salts, at + FRAME_HEADER_BYTES);
}

function holds(bytes: Buffer, at: number, [first, second]: Sums): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}

function summed(part: Buffer, [first, second]: Sums, bigEndian: boolean): Sums {
  const view = new DataView(part.buffer, part.byteOffset, part.length);
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= part.length; at += 8) {
    a = (a + view.getUint32(at, !bigEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, !bigEndian) + a) >>> 0;
  }
  return [a, b];
}
