import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exampleReport } from '../reports/example.ts';
import { writeAmongOthers } from '../reports/files.ts';
import { gate } from './gate.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'publish-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('npm run gate -- --publish', () => {
  it('puts what was judged before side by side, and judges nothing', async () => {
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

  it('says in one line that there is nothing to publish', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await gate(['--publish', join(folder, 'nowhere')], [])).toBe(2);
    expect(said.mock.calls.join('')).toMatch(/^Failed to publish: expected reports in .*nowhere, got none\. .*\n$/);
    vi.restoreAllMocks();
  });
});
