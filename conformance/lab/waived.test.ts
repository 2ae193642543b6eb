import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { waiversOf } from './waived.ts';

const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-waived-'));
const candidate = { edition: '2026.2.1', build: false };
afterAll(() => rmSync(folder, { recursive: true }));

it("takes the kit's own waivers of a release", () => {
  expect(waiversOf(candidate).length).toBeGreaterThan(0);
});

it('takes the file that it is given instead', () => {
  const file = join(folder, 'mine.json5');
  writeFileSync(file, `{ waivers: [{ id: 'streaming.done', reason: 'ours to mend', dated: '2026-11-22' }] }`);
  expect(waiversOf(candidate, file).map(({ id }) => id)).toEqual(['streaming.done']);
});

it('says in one line that the file is not there', () => {
  const file = join(folder, 'none.json5');
  expect(() => waiversOf(candidate, file)).toThrow(`Failed to read waivers ${file}: expected a file, got none.`);
});
