import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import { openSessions } from './open.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'openclaw-kit-damage-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** An acknowledged exchange, and the log at that time: its salts, and the end of the last frame that has them. */
interface Acknowledged {
  readonly text: string;
  readonly salts: string;
  readonly end: number;
}

/**
 * A script that stores `count` exchanges of `length` characters, prints each once it is stored, and waits to be killed.
 */
const writer = (file: string, count: number, length: number): string => `
  import { readFileSync } from 'node:fs';
  import { openSessions } from ${JSON.stringify(new URL('open.ts', import.meta.url))};
  const sessions = await openSessions(${JSON.stringify(file)});
  for (let n = 0; n < ${count}; n++) {
    const text = n + ' ' + 'word '.repeat(${length} / 5);
    const place = { agent: 'main', key: 'user-' + (n % 7), kept: true };
    const visit = await sessions.enter(place, new AbortController().signal);
    visit.remember([{ role: 'user', text }, { role: 'assistant', text: 'ok' }]);
    visit.leave();
    const log = readFileSync(${JSON.stringify(`${file}-wal`)});
    const salts = log.subarray(16, 24);
    console.log(JSON.stringify({ text, salts: salts.toString('hex'), end: log.lastIndexOf(salts) + 16 + log.readUInt32BE(8) }));
  }
  console.log('"done"');
  setInterval(() => undefined, 1_000);`;

/** A file and its log as `kill -9` leaves them. */
async function killed(name: string, count: number, length: number) {
  const file = join(folder, name);
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer(file, count, length)], {
    stdio: [...stdio],
  });
  const acknowledged: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    const printed = JSON.parse(line) as Acknowledged | 'done';
    if (printed === 'done') break;
    acknowledged.push(printed);
  }
  child.kill('SIGKILL');
  await once(child, 'close');
  return { acknowledged, parts: [fs.readFileSync(file), fs.readFileSync(`${file}-wal`)] as const };
}

/** A seeded pseudo-random generator of integers from 0 to below a bound. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.each([
  ['whose log was never checkpointed', 60, 300, 132 + 70, 132],
  ['whose log was restarted over an older one', 290, 20_000, 30, 0],
])(
  'a damaged file %s opens with every exchange acknowledged before the damage, or is refused unchanged',
  async (name, count, length, rounds, aimed) => {
    const { acknowledged, parts } = await killed(name.replaceAll(' ', '-'), count, length);
    const newest = acknowledged.at(-1)?.salts;
    const draw = numbers(7);
    const seen = { refused: 0, opened: 0, short: 0 };
    for (let round = 0; round < rounds; round++) {
      const file = join(folder, `${count}-${round}.db`);
      // First every byte of both headers, then random positions of either file.
      const part = round < aimed ? Number(round >= 100) : draw(2);
      const damaged = Buffer.from(parts[part]!);
      const at = round < aimed ? round % 100 : draw(damaged.length);
      const flip = round < aimed || draw(3) > 0;
      if (flip) damaged[at]! ^= 1 << draw(8);
      const left = flip ? damaged : damaged.subarray(0, at);
      const files = [file, `${file}-wal`];
      files.forEach((path, index) => fs.writeFileSync(path, index === part ? left : parts[index]!));
      const before = files.map((path) => fs.readFileSync(path));
      const how = `round ${round}: ${flip ? 'a bit flipped' : 'cut'} at ${at} of ${part === 0 ? 'the file' : 'its log'}`;
      const opened = await openSessions(file).catch((cause: Error) => cause);
      if (opened instanceof Error) {
        seen.refused += 1;
        expect(opened.message, how).toMatch(/^Failed to open .*: expected a file of sessions, got [^\n]+\.$/);
        expect(
          files.map((path, index) => fs.readFileSync(path).equals(before[index]!)),
          how,
        ).toEqual([true, true]);
        expect(fs.existsSync(`${file}-shm`), how).toBe(false);
      } else {
        seen.opened += 1;
        // Expected of a cut log: every exchange before the cut; of one with a flipped bit: all but the last, whose
        // frame may be the damaged one.
        const edge = flip ? (acknowledged.at(-1)?.end ?? 0) - 1 : at;
        const safe = acknowledged.filter(({ salts, end }) => part === 0 || salts !== newest || end <= edge);
        const kept = Array.from({ length: 7 }, (_, n) => opened.read(`user-${n}`) ?? []);
        const texts = new Set(kept.flat().flatMap(({ role, text }) => (role === 'user' ? [text] : [])));
        const prefix = acknowledged.slice(0, texts.size).map(({ text }) => text);
        if (prefix.length < acknowledged.length) seen.short += 1;
        expect(
          prefix.every((text) => texts.has(text)),
          how,
        ).toBe(true);
        expect(prefix.length, how).toBeGreaterThanOrEqual(safe.length);
        opened.close();
      }
      for (const path of files) fs.rmSync(path, { force: true });
    }
    // Each outcome has occurred.
    expect(Math.min(seen.refused, seen.opened, seen.short), JSON.stringify(seen)).toBeGreaterThan(0);
  },
  120_000,
);
