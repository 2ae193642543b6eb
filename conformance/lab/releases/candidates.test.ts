import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import published from '../../../fixtures/versions.json' with { type: 'json' };
import dated from '../../../fixtures/releases.json' with { type: 'json' };
import { NEWEST, OLDEST, compareReleases } from '../../editions.ts';
import { buildCandidate, packageCandidate, releaseCandidate, releasesWanted } from './candidates.ts';

// A fake npm comes first on the PATH.
let bin: string;
beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), 'kit-candidates-'));
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
  vi.stubEnv('OPENCLAW_KIT_CACHE', bin);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(bin, { recursive: true });
});

async function npm(body: string): Promise<void> {
  await writeFile(join(bin, 'npm'), `#!${process.execPath}\n${body}`);
  await chmod(join(bin, 'npm'), 0o755);
}

const NONE = { releases: [], all: false, since: undefined, lines: false, pre: false };
const quiet = (): void => undefined;

test('--all selects the releases of fixtures/releases.json, from the oldest edition to the newest', async () => {
  await npm('process.exit(1)');
  expect(await releasesWanted({ ...NONE, all: true })).toEqual(dated.releases);
  expect(dated.releases).toEqual(dated.releases.toSorted(compareReleases));
  expect([dated.releases[0], dated.releases.at(-1)]).toEqual([OLDEST, NEWEST]);
  const since = { ...NONE, all: true, since: '2026.8.1', releases: ['2026.2.1', '2026.9.6'] };
  expect(await releasesWanted(since)).toEqual(['2026.2.1', '2026.8.2', '2026.9.6']);
});

test('--since selects the releases on npm from that one on, without prereleases', async () => {
  await npm(
    `console.log(JSON.stringify(['0.0.1', '2026.9.1-beta.1', '2026.9.1', '2026.9.10', '2026.9.6', '2026.8.2']))`,
  );
  expect(await releasesWanted({ ...NONE, since: '2026.9.1' })).toEqual(['2026.9.1', '2026.9.6', '2026.9.10']);
  await expect(releasesWanted({ ...NONE, since: '2027.1.1' })).rejects.toThrow('a release with others after it');
});

test('--lines and --pre add what the main line has not, and a line is selected by its own since', async () => {
  await npm('process.exit(1)');
  const both = { ...NONE, all: true, lines: true, pre: true, since: '2026.7.1' };
  expect(await releasesWanted(both)).toEqual([
    '2026.7.1',
    '2026.7.2-beta.7',
    '2026.8.2',
    '2026.9.1-beta.1',
    '2026.9.6',
    '2026.7.35',
  ]);
  await npm(`console.log(JSON.stringify(${JSON.stringify(published.versions)}))`);
  expect(await releasesWanted({ ...NONE, since: '2026.6.33' })).toEqual(['2026.6.33', '2026.6.34', '2026.6.35']);
  const july = await releasesWanted({ ...NONE, since: '2026.7.1' });
  expect(july.slice(0, 4)).toEqual(['2026.7.1', '2026.7.1-1', '2026.7.1-2', '2026.8.1']);
  expect(july.at(-1)).toBe('2026.9.6');
  const lines = await releasesWanted({ ...NONE, since: '2026.7.1', lines: true });
  expect(lines.slice(july.length)).toEqual(['2026.7.33', '2026.7.34', '2026.7.35']);
  const pre = await releasesWanted({ ...NONE, since: '2026.8.1', pre: true });
  expect(pre).toEqual(expect.arrayContaining(['2026.9.1-beta.1', '2026.9.1']));
  expect(pre).not.toContain('2026.8.1-beta.3');
});

test('a tag is the version that npm says it is, and one that npm does not know is an error', async () => {
  await npm(`const [, name] = process.argv.slice(2); if (name === 'openclaw@latest') console.log('"2026.9.6"');`);
  expect(await releasesWanted({ ...NONE, releases: ['latest', '2026.2.1'] })).toEqual(['2026.2.1', '2026.9.6']);
  await expect(releasesWanted({ ...NONE, releases: ['latst'] })).rejects.toThrow(
    'Failed to find openclaw@latst: expected a tag of npm, got none of that name.',
  );
});

test('a pre-release is judged as its final, a maintenance release by its number', async () => {
  await npm(`console.error('npm error notarget No such version'); process.exit(1)`);
  const edition = async (version: string): Promise<string> => (await releaseCandidate(version, quiet)).edition;
  expect(await edition('2026.7.2-beta.7')).toBe('2026.7.2');
  expect(await edition('2026.7.1-2')).toBe('2026.7.1-2');
  expect(await edition('2026.6.35')).toBe('2026.6.35');
});

test('a fork is judged by the release that it is built on, an older one than the oldest edition by that', async () => {
  await npm(`console.error('npm error notarget No such version'); process.exit(1)`);
  const candidate = (name: string, version: string, edition?: string): Promise<object> =>
    packageCandidate({ name, version }, { edition, log: quiet });
  expect(await candidate('@romiluz/clawmongo', '2026.4.8')).toMatchObject({
    name: 'romiluz-clawmongo-2026.4.8',
    title: '@romiluz/clawmongo 2026.4.8',
    edition: '2026.4.6',
  });
  expect(await candidate('@romiluz/clawmongo', '2026.4.8', '2026.5.28')).toMatchObject({ edition: '2026.5.28' });
  expect(await candidate('clawdbot', '2026.1.24-3')).toMatchObject({ edition: OLDEST });
  await expect(candidate('left-pad', '1.3.0')).rejects.toThrow('Name the edition of its contract with --edition.');
});

test('a failure of npm is an error of one line', async () => {
  await npm(`console.error('npm error code ENOTFOUND'); process.exit(1)`);
  await expect(releasesWanted({ ...NONE, since: '2026.9.1' })).rejects.toThrow(
    /^Failed to list the releases: expected npm to know them, got "npm error code ENOTFOUND"\.$/,
  );
});

test('a release that cannot be installed is a candidate that gives the reason', async () => {
  await npm(`console.error('npm error notarget No such version'); process.exit(1)`);
  expect(await releaseCandidate('2026.2.1', quiet)).toEqual({
    name: '2026.2.1',
    title: 'openclaw 2026.2.1',
    edition: '2026.2.1',
    build: false,
    installed: { trouble: 'Failed to install openclaw@2026.2.1: No such version.' },
  });
});

test('a build is judged by the edition of its version, or by the one that --edition names', async () => {
  const build = async (version: string): Promise<string> => {
    await writeFile(join(bin, 'package.json'), JSON.stringify({ name: 'openclaw', version }));
    await writeFile(join(bin, 'openclaw.mjs'), '');
    return bin;
  };
  const path = await build('2026.10.1-dev.3');
  expect(await buildCandidate(path, { log: quiet })).toMatchObject({
    name: '2026.10.1-dev.3-build',
    edition: '2026.10.1',
  });
  expect(await buildCandidate(path, { edition: '2026.9.6', log: quiet })).toMatchObject({ edition: '2026.9.6' });
  await build('0.0.0');
  await expect(buildCandidate(path, { log: quiet })).rejects.toThrow('Name the edition of its contract with --edition');
});
