/** Installations of OpenClaw: releases from npm and tarballs, each in its own cache folder, and built checkouts. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isRelease } from '../../editions.ts';
import { bundledDependencies, needsBundled } from './bundled-dependencies.ts';
import { nodeFor } from './nodes.ts';

/** A complete, verified installation. */
export interface Installed {
  readonly version: string;
  /** A cache folder, for Node's compile cache of this installation. */
  readonly folder: string;
  /** The script that `node` starts. */
  readonly entry: string;
  /** The Node that satisfies the release's `engines`. */
  readonly node: string;
}

/**
 * Older releases depend on `libsignal` from a git host (only their WhatsApp channel uses it, which is never loaded
 * here), and some on a package that was removed from npm.
 */
const MANIFEST = {
  private: true,
  overrides: { libsignal: 'npm:libsignal-node@2.0.1', cssomnom: 'npm:cssom@^0.5.0' },
};

/** The cache: `$OPENCLAW_KIT_CACHE`, else `$XDG_CACHE_HOME/openclaw-compat-kit`, else `~/.cache/openclaw-compat-kit`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.OPENCLAW_KIT_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'openclaw-compat-kit');
}

/**
 * Installs `openclaw@version` with the `npm` on the PATH, unless it is in the cache. A folder under its final name is
 * complete: npm works in a temporary sibling, which is renamed at the end. When several processes install the same
 * release at once, each does the work and one result remains.
 *
 * @param options.log Takes one line when an installation begins and one when it ends.
 * @param options.cache Default: `cacheFolder()`.
 * @throws {Error} one line: no such version, npm's own error, or no suitable Node.
 */
export async function installRelease(
  version: string,
  options: { readonly log: (line: string) => void; readonly cache?: string },
): Promise<Installed> {
  if (!isRelease(version))
    throw failedTo('install', `openclaw@${version}`, `expected a version such as 2026.9.6, got "${version}"`);
  // Another folder name: an installation without the plugins' dependencies is a different one.
  const name = needsBundled(version) ? `${version}-bundled` : version;
  return installed(name, version, `openclaw@${version}`, options);
}

/**
 * Finds or installs a build that is not on npm: a folder with a built checkout, which runs in place with its own
 * `node_modules`, or a tarball from `npm pack`, which is installed into the cache under its hash.
 *
 * @param options As in `installRelease`.
 * @throws {Error} one line: no such path, not OpenClaw, not built, npm's own error, or no suitable Node.
 */
export async function installBuild(
  path: string,
  options: { readonly log: (line: string) => void; readonly cache?: string },
): Promise<Installed> {
  const place = resolve(path);
  const cache = options.cache ?? cacheFolder();
  const found = await stat(place).catch(() => undefined);
  if (!found) throw failedTo('find', path, 'expected a folder or a tarball, got nothing');
  if (found.isFile()) {
    const hash = createHash('sha256')
      .update(await readFile(place))
      .digest('hex')
      .slice(0, 16);
    return installed(`build-${hash}`, undefined, place, { ...options, cache });
  }
  const manifest = await read(join(place, 'package.json')).catch(() => undefined);
  if (manifest?.name !== 'openclaw') {
    throw failedTo('find', path, `expected openclaw, got ${manifest?.name ?? 'no package.json'}`);
  }
  const entry = join(place, manifest.bin?.openclaw ?? ENTRY);
  await access(entry).catch(() => {
    throw failedTo('find', path, `expected a built checkout, got none: ${entry} is missing. Build it first`);
  });
  const folder = join(cache, 'compiled', createHash('sha256').update(place).digest('hex').slice(0, 16));
  return { version: manifest.version ?? '', folder, entry, node: fitting(path, manifest) };
}

const ENTRY = 'openclaw.mjs';

/**
 * @param name the folder's name in the cache.
 * @param version the version to expect; undefined: any.
 * @param wanted the argument of `npm install`.
 */
async function installed(
  name: string,
  version: string | undefined,
  wanted: string,
  { log, cache = cacheFolder() }: { readonly log: (line: string) => void; readonly cache?: string },
): Promise<Installed> {
  const releases = join(cache, 'releases');
  const folder = join(releases, name);
  const whole = async (): Promise<boolean> => isWhole(await manifestIn(folder).catch(() => undefined), version);
  if (!(await whole())) {
    const started = performance.now();
    log(`Installing ${wanted} into ${folder} …`);
    await sweep(releases, name);
    await mkdir(releases, { recursive: true });
    // `sweep` reads the process id to see whether its owner still runs.
    const building = await mkdtemp(join(releases, `.${name}-${process.pid}-`));
    try {
      await writeFile(join(building, 'package.json'), JSON.stringify(MANIFEST, null, 2));
      await npm(building, wanted);
      const got = await manifestIn(building).catch(() => undefined);
      if (!isWhole(got, version)) {
        throw failedTo(
          'install',
          wanted,
          `expected npm to install ${version ?? 'openclaw'}, got ${got?.version ?? 'nothing'}`,
        );
      }
      if (needsBundled(got!.version!)) {
        await npm(building, wanted, ...(await bundledDependencies(join(building, 'node_modules/openclaw'))));
      }
      // Remove anything else under the final name; a complete release is the work of another process.
      if (!(await whole())) await rm(folder, { recursive: true, force: true });
      await rename(building, folder).catch(async (cause: unknown) => {
        if (!(await whole())) throw cause;
      });
    } finally {
      await rm(building, { recursive: true, force: true });
    }
    log(`Installed ${wanted} in ${Math.round((performance.now() - started) / 1000)} s.`);
  }
  const manifest = await manifestIn(folder);
  const entry = join(folder, 'node_modules/openclaw', manifest.bin?.openclaw ?? ENTRY);
  return { version: manifest.version!, folder, entry, node: fitting(wanted, manifest) };
}

function fitting(what: string, { engines }: Manifest): string {
  try {
    return nodeFor(engines?.node ?? '*').path;
  } catch (cause) {
    throw failedTo('install', what, (cause as Error).message);
  }
}

async function npm(folder: string, wanted: string, ...beside: string[]): Promise<void> {
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', ['install', '--prefix', folder, ...flags, wanted, ...beside], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-8_000)));
  const [code] = (await once(child, 'close').catch((cause: unknown) => {
    throw failedTo(
      'install',
      wanted,
      `expected to run npm, got "${cause instanceof Error ? cause.message : String(cause)}"`,
    );
  })) as [number | null];
  if (code !== 0) throw failedTo('install', wanted, firstComplaint(complaint) ?? `npm ended with ${code}`);
}

/** The first line with a reason: npm prints it before the path of its log. */
function firstComplaint(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  return lines
    .find((line) => line !== '' && !/^(code|errno|syscall) |^npm warn/i.test(line))
    ?.replace(/^(notarget|404) /, '');
}

/** Removes the temporary folders of interrupted installations of this release. */
async function sweep(releases: string, release: string): Promise<void> {
  const names = await readdir(releases).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(`.${release}-`))) {
    const owner = Number(name.slice(release.length + 2).split('-')[0]);
    if (!alive(owner)) await rm(join(releases, name), { recursive: true, force: true });
  }
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly bin?: { readonly openclaw?: string };
}

const read = async (path: string): Promise<Manifest> => JSON.parse(await readFile(path, 'utf8')) as Manifest;

const manifestIn = (folder: string): Promise<Manifest> => read(join(folder, 'node_modules/openclaw/package.json'));

const isWhole = (manifest: Manifest | undefined, version: string | undefined): boolean =>
  manifest?.version !== undefined && (version === undefined || manifest.version === version);

function failedTo(verb: 'install' | 'find', what: string, reason: string): Error {
  return new Error(`Failed to ${verb} ${what}: ${reason.replace(/\.?$/, '.')}`);
}
