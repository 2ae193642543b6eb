import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PLAIN } from '../../dial/dialect.ts';
import { dialectOf } from '../../dial/dialects.ts';
import { cacheFolder, installBuild, installPackage, type Installed, type Installing } from './install.ts';

// A fake npm comes first on the PATH: it records its arguments and writes a package.
let cache: string;
let logged: string[];
const log = (line: string): void => void logged.push(line);

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'kit-cache-'));
  logged = [];
  await npm(`bring(version)`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

/** `body` may use `bring(version, engines)` and `version`, the requested one. */
async function npm(body: string): Promise<void> {
  const bin = join(cache, 'bin');
  await mkdir(bin, { recursive: true });
  const program = `#!${process.execPath}
    const { appendFileSync, mkdirSync, writeFileSync, readFileSync } = require('node:fs');
    appendFileSync(${JSON.stringify(join(cache, 'calls'))}, process.argv.slice(2).join(' ') + '\\n');
    const version = process.argv.at(-1).split('@')[1];
    const bring = (version, engines = '>=22') => {
      mkdirSync('node_modules/openclaw', { recursive: true });
      const bin = { openclaw: 'openclaw.mjs' };
      writeFileSync('node_modules/openclaw/package.json', JSON.stringify({ version, bin, engines: { node: engines } }));
    };
    ${body}`;
  await writeFile(join(bin, 'npm'), program);
  await chmod(join(bin, 'npm'), 0o755);
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
}

const calls = async (): Promise<string[]> =>
  (await readFile(join(cache, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean);
const installRelease = (version: string, options: Installing): Promise<Installed> =>
  installPackage('openclaw', version, options);
const releases = (): Promise<string[]> => readdir(join(cache, 'releases'));

test('a release is installed once, and found in the cache the second time', async () => {
  const installed = await installRelease('2026.2.1', { log, cache });
  const folder = join(cache, 'releases/2026.2.1');
  const entry = join(folder, 'node_modules/openclaw/openclaw.mjs');
  expect(installed).toEqual({
    name: 'openclaw',
    dialect: PLAIN,
    version: '2026.2.1',
    folder,
    entry,
    node: process.execPath,
  });
  expect(await installRelease('2026.2.1', { log, cache })).toEqual(installed);
  const [call, ...others] = await calls();
  expect(others).toEqual([]);
  expect(call).toMatch(/^install .*--ignore-scripts --legacy-peer-deps .*openclaw@2026\.2\.1$/);
  expect(call).not.toContain('registry');
  expect(logged).toHaveLength(2);
  expect(await releases()).toEqual(['2026.2.1']);
});

test('the dependencies of bundled plugins are installed for a release that needs them', async () => {
  await npm(`if (process.argv.at(-1).startsWith('openclaw@')) {
    bring(version);
    const plugin = (name, manifest) => {
      mkdirSync('node_modules/openclaw/dist/extensions/' + name, { recursive: true });
      writeFileSync('node_modules/openclaw/dist/extensions/' + name + '/package.json', JSON.stringify(manifest));
    };
    plugin('beta', { dependencies: { shared: '2.0.0', own: 'workspace:*' }, optionalDependencies: { quick: '1.1.1' } });
    plugin('alpha', { dependencies: { shared: '^1.0.0' } });
    mkdirSync('node_modules/openclaw/dist/extensions/bare');
  }`);
  const { folder } = await installRelease('2026.3.31', { log, cache });
  expect(folder).toBe(join(cache, 'releases/2026.3.31-bundled'));
  const [first, second, ...others] = await calls();
  expect(others).toEqual([]);
  expect(first).toMatch(/openclaw@2026\.3\.31$/);
  expect(second).toMatch(/--ignore-scripts .*openclaw@2026\.3\.31 shared@\^1\.0\.0 quick@1\.1\.1$/);
});

test('an interrupted installation does not count as installed, and the next one removes it', async () => {
  await npm(`bring(version); process.kill(process.pid, 'SIGKILL');`);
  await expect(installRelease('2026.2.1', { log, cache })).rejects.toThrow('Failed to install openclaw@2026.2.1');
  expect(await releases()).toEqual([]);
  // The folder of an installing process that was killed; no process has this id.
  await mkdir(join(cache, 'releases/.2026.2.1-99999999-abc123/node_modules'), { recursive: true });
  await npm(`bring(version)`);
  await installRelease('2026.2.1', { log, cache });
  expect(await releases()).toEqual(['2026.2.1']);
});

test('a folder that holds another version is replaced', async () => {
  await mkdir(join(cache, 'releases/2026.2.1/node_modules/openclaw'), { recursive: true });
  await writeFile(join(cache, 'releases/2026.2.1/node_modules/openclaw/package.json'), '{"version":"2026.1.30"}');
  await installRelease('2026.2.1', { log, cache });
  expect(await calls()).toHaveLength(1);
});

test('two concurrent installations of a release both succeed', async () => {
  const [one, two] = await Promise.all([
    installRelease('2026.2.1', { log, cache }),
    installRelease('2026.2.1', { log, cache }),
  ]);
  expect(one).toEqual(two);
  expect(await releases()).toEqual(['2026.2.1']);
});

test('an unknown version is an error of one line with npm’s own reason', async () => {
  await npm(`
    console.error('npm error code ETARGET\\nnpm error notarget No matching version found for openclaw@' + version + '.');
    process.exit(1);`);
  await expect(installRelease('2026.2.99', { log, cache })).rejects.toThrow(
    /^Failed to install openclaw@2026\.2\.99: No matching version found for openclaw@2026\.2\.99\.$/,
  );
});

test('an installation with another version than the requested one is an error', async () => {
  await npm(`bring('2026.2.2')`);
  await expect(installRelease('2026.2.1', { log, cache })).rejects.toThrow(
    'expected npm to install 2026.2.1, got 2026.2.2',
  );
});

test('a name that is not a version is refused before npm runs', async () => {
  for (const name of ['latest', '../../etc', '2026', '']) {
    await expect(installRelease(name, { log, cache })).rejects.toThrow(
      `expected a version such as 2026.9.6, got "${name}"`,
    );
  }
  expect(await calls()).toEqual([]);
});

test('a release that needs another Node is refused with its range', async () => {
  await npm(`bring(version, '>=99.1.0')`);
  await expect(installRelease('2026.2.1', { log, cache })).rejects.toThrow(
    `expected Node >=99.1.0, got ${process.versions.node} (`,
  );
});

test('a tarball is installed once, under its hash, and has the version of its package.json', async () => {
  await npm(`bring('2026.9.7-dev')`);
  const tarball = join(cache, 'openclaw.tgz');
  await writeFile(tarball, 'packed');
  const installed = await installBuild(tarball, { log, cache });
  expect(installed.version).toBe('2026.9.7-dev');
  expect(installed.entry).toMatch(/releases.build-[0-9a-f]{16}.node_modules.openclaw.openclaw\.mjs$/);
  expect(await installBuild(tarball, { log, cache })).toEqual(installed);
  expect(await calls()).toHaveLength(1);
  await writeFile(tarball, 'packed again');
  expect((await installBuild(tarball, { log, cache })).folder).not.toBe(installed.folder);
});

test('a built checkout runs in place, and npm does not run', async () => {
  const checkout = join(cache, 'checkout');
  await mkdir(checkout);
  await writeFile(join(checkout, 'package.json'), '{"name":"openclaw","version":"2026.9.7"}');
  await expect(installBuild(checkout, { log, cache })).rejects.toThrow('openclaw.mjs is missing. Build it first.');
  const entry = join(checkout, 'openclaw.mjs');
  await writeFile(entry, '');
  expect(await installBuild(checkout, { log, cache })).toMatchObject({ version: '2026.9.7', entry });
  expect(await readdir(checkout)).toEqual(['openclaw.mjs', 'package.json']);
  expect(await calls()).toEqual([]);
});

/** The fake npm brings a fork: the name and version of its first argument that is no flag. */
const FORK = `{ const wanted = process.argv.slice(2).find((one) => /^@?[^-].*@/.test(one) || one.endsWith('.tgz'));
  const [, name, version] = /^(@?[^@]+)@(.*)$/.exec(wanted) ?? [null, '@gguf/claw', '2026.2.20'];
  mkdirSync('node_modules/' + name, { recursive: true });
  const bin = { other: 'other.mjs', [name.split('/').at(-1)]: 'dist/entry.js' };
  writeFileSync('node_modules/' + name + '/package.json', JSON.stringify({ name, version, bin, engines: { node: '*' } }));
  if (wanted.endsWith('.tgz')) {
    const own = JSON.parse(readFileSync('package.json'));
    writeFileSync('package.json', JSON.stringify({ ...own, dependencies: { 'a-mend': '1', [name]: 'file:../it.tgz' } }));
  } }`;

test('a fork is installed with what its own package lacks, and started by its own program', async () => {
  await npm(FORK);
  const installed = await installPackage('clawdbot', '2026.1.24-3', { log, cache });
  const folder = join(cache, 'releases/clawdbot-2026.1.24-3-with-strip-ansi-7');
  const entry = join(folder, 'node_modules/clawdbot/dist/entry.js');
  const dialect = dialectOf('clawdbot');
  const version = '2026.1.24-3';
  expect(installed).toEqual({ name: 'clawdbot', dialect, version, folder, entry, node: process.execPath });
  const [, second] = await calls();
  expect(second).toMatch(/clawdbot@2026\.1\.24-3 strip-ansi@7$/);
  expect(await installPackage('clawdbot', '2026.1.24-3', { log, cache })).toEqual(installed);
  expect(await calls()).toHaveLength(2);
  const scoped = await installPackage('@gguf/claw', '2026.2.20', { log, cache });
  expect(scoped.folder).toBe(join(cache, 'releases/gguf-claw-2026.2.20'));
  await expect(installPackage('../../etc', '1.0.0', { log, cache })).rejects.toThrow('expected the name of a package');
});

test('a tarball of a fork is found to be one, and so is a checkout', async () => {
  await npm(FORK);
  const tarball = join(cache, 'it.tgz');
  await writeFile(tarball, 'packed');
  expect(await installBuild(tarball, { log, cache })).toMatchObject({
    name: '@gguf/claw',
    dialect: { package: '@gguf/claw' },
    version: '2026.2.20',
    entry: expect.stringMatching(/node_modules.@gguf.claw.dist.entry\.js$/) as string,
  });
  const checkout = join(cache, 'fork');
  await mkdir(checkout);
  await writeFile(join(checkout, 'package.json'), '{"name":"my-claw","version":"1.0.0","bin":"run.mjs"}');
  await writeFile(join(checkout, 'run.mjs'), '');
  const mine = { ...PLAIN, header: 'x-mine-' };
  expect(await installBuild(checkout, { log, cache, dialect: mine })).toMatchObject({
    name: 'my-claw',
    dialect: mine,
    entry: join(checkout, 'run.mjs'),
  });
});

test('a path that is not a build of OpenClaw is an error of one line', async () => {
  const other = join(cache, 'other');
  await mkdir(other);
  await expect(installBuild(join(cache, 'none'), { log, cache })).rejects.toThrow(
    'a folder or a tarball, got nothing.',
  );
  await expect(installBuild(other, { log, cache })).rejects.toThrow(
    'expected a package, got no package.json with a name.',
  );
  await writeFile(join(other, 'package.json'), '{"name":"left-pad"}');
  await expect(installBuild(other, { log, cache })).rejects.toThrow('openclaw.mjs is missing. Build it first.');
});

test('the cache folder comes from the environment, or is the default', () => {
  expect(cacheFolder({ OPENCLAW_KIT_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/openclaw-compat-kit');
  expect(cacheFolder({})).toMatch(/\.cache.openclaw-compat-kit$/);
});
