/** Releases of OpenClaw from npm, each in a folder of its own in a cache that outlives the run. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isRelease } from '../editions.ts';
import { satisfies } from './engines.ts';

/** A release on this disk, whole and verified. */
export interface Installed {
  readonly version: string;
  /** The npm folder; the package is in its `node_modules/openclaw`. */
  readonly folder: string;
  /** What to start, with `node`. */
  readonly entry: string;
  /** The Node that satisfies the release's `engines`. */
  readonly node: string;
}

/**
 * Older releases depend on `libsignal` from a git host (only their WhatsApp channel uses it, which is never loaded
 * here), and some on a package that npm no longer has.
 */
const MANIFEST = {
  private: true,
  overrides: { libsignal: 'npm:libsignal-node@2.0.1', cssomnom: 'npm:cssom@^0.5.0' },
};

/** `$OPENCLAW_KIT_CACHE`, else `$XDG_CACHE_HOME/openclaw-compat-kit`, else `~/.cache/openclaw-compat-kit`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.OPENCLAW_KIT_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'openclaw-compat-kit');
}

/**
 * Installs `openclaw@version` with the `npm` on the PATH, or finds it installed. A folder under its final name is
 * whole: npm works in a temporary sibling, which is renamed at the end. Processes that install the same release at once
 * each do the work; one of the results stays.
 *
 * @param options.log Gets one line when an installation begins and one when it ends.
 * @param options.cache Default: `cacheFolder()`.
 * @throws {Error} one line: no such version, npm's own error, or no Node that the release runs on.
 */
export async function installRelease(
  version: string,
  options: { readonly log: (line: string) => void; readonly cache?: string },
): Promise<Installed> {
  if (!isRelease(version)) throw failed(version, `expected a version such as 2026.9.6, got "${version}"`);
  const releases = join(options.cache ?? cacheFolder(), 'releases');
  const folder = join(releases, version);
  if ((await versionIn(folder)) !== version) {
    const started = performance.now();
    options.log(`Installing openclaw@${version} into ${folder} …`);
    await sweep(releases, version);
    await download(version, releases, folder);
    options.log(`Installed openclaw@${version} in ${Math.round((performance.now() - started) / 1000)} s.`);
  }
  const { engines, bin } = await manifestIn(folder);
  const range = engines?.node ?? '*';
  if (!satisfies(process.versions.node, range)) {
    const mend = 'Run the kit with such a Node.';
    throw failed(version, `expected Node ${range}, got ${process.versions.node}. ${mend}`);
  }
  const entry = join(folder, 'node_modules/openclaw', bin?.openclaw ?? 'openclaw.mjs');
  return { version, folder, entry, node: process.execPath };
}

async function download(version: string, releases: string, folder: string): Promise<void> {
  await mkdir(releases, { recursive: true });
  // The process id says later whether its owner still works on it.
  const building = await mkdtemp(join(releases, `.${version}-${process.pid}-`));
  try {
    await writeFile(join(building, 'package.json'), JSON.stringify(MANIFEST, null, 2));
    await npm(version, building);
    const got = await versionIn(building);
    if (got !== version) throw failed(version, `expected npm to bring ${version}, got ${got ?? 'nothing'}`);
    // Something under the final name that is not the release is in the way; the release itself is another's work.
    if ((await versionIn(folder)) !== version) await rm(folder, { recursive: true, force: true });
    await rename(building, folder).catch(async (cause: unknown) => {
      if ((await versionIn(folder)) !== version) throw cause;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function npm(version: string, folder: string): Promise<void> {
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn('npm', ['install', '--prefix', folder, ...flags, `openclaw@${version}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-8_000)));
  const [code] = (await once(child, 'close').catch((cause: unknown) => {
    throw failed(version, `expected to run npm, got "${cause instanceof Error ? cause.message : String(cause)}"`);
  })) as [number | null];
  if (code !== 0) throw failed(version, firstComplaint(complaint) ?? `npm ended with ${code}`);
}

/** npm says the reason first, then where its log is. */
function firstComplaint(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  return lines
    .find((line) => line !== '' && !/^(code|errno|syscall) |^npm warn/i.test(line))
    ?.replace(/^(notarget|404) /, '');
}

/** Removes what an interrupted installation of this release left behind. */
async function sweep(releases: string, version: string): Promise<void> {
  const names = await readdir(releases).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(`.${version}-`))) {
    const owner = Number(name.slice(version.length + 2).split('-')[0]);
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
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly bin?: { readonly openclaw?: string };
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'node_modules/openclaw/package.json'), 'utf8')) as Manifest;
}

async function versionIn(folder: string): Promise<string | undefined> {
  return manifestIn(folder).then(
    ({ version }) => version,
    () => undefined,
  );
}

function failed(version: string, reason: string): Error {
  return new Error(`Failed to install openclaw@${version}: ${reason.replace(/\.?$/, '.')}`);
}
