import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeAmongOthers } from '../reports/files.ts';
import { exampleReport } from '../testing/example.ts';
import { gate } from './gate.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'publish-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('npm run gate -- --publish', () => {
  test('the gate publishes earlier reports without judging', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const [out, site] = [join(folder, 'out'), join(folder, 'site')];
    writeAmongOthers(exampleReport({ edition: '2026.9.6' }), '2026.9.6', out);
    writeAmongOthers(exampleReport({ edition: '2026.2.1' }), '2026.2.1', out);
    expect(await gate(['--out', out, '--publish', site], [])).toBe(0);
    expect((await readdir(site)).toSorted()).toEqual(['2026.2.1.json', '2026.9.6.json', 'badges', 'index.html']);
    const page = await readFile(join(site, 'index.html'), 'utf8');
    expect(await gate(['--publish', site], [])).toBe(0);
    expect(await readFile(join(site, 'index.html'), 'utf8')).toBe(page);
    vi.restoreAllMocks();
  });

  test('a folder without reports is an error of one line', async () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await gate(['--publish', join(folder, 'nowhere')], [])).toBe(2);
    expect(stderr.mock.calls.join('')).toMatch(/^Failed to publish: expected reports in .*nowhere, got none\. .*\n$/);
    vi.restoreAllMocks();
  });
});
