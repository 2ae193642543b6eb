/** Installations of OpenClaw and its forks: packages of npm and tarballs, each in its own cache folder, and built checkouts. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { PLAIN, type Dialect } from '../../dial/dialect.ts';
import { dialectOf } from '../../dial/dialects.ts';
import { bundledDependencies, needsBundled } from './bundled-dependencies.ts';
import { nodeFor } from './nodes.ts';

/** A complete, verified installation. */
export interface Installed {
  /** The package's. */
  readonly name: string;
  /** What it calls what OpenClaw names: the dialect of its package, unless another one is given. */
  readonly dialect: Dialect;
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

/** How something is installed. */
export interface Installing {
  /** Takes one line when an installation begins and one when it ends. */
  readonly log: (line: string) => void;
  /** Default: `cacheFolder()`. */
  readonly cache?: string;
  /** What it calls things. Default: by the name of its package. */
  readonly dialect?: Dialect | undefined;
}

/** A name on npm, and a version as npm has them. */
const NAME = /^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/;
const VERSION = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[\w.-]{1,60})?$/;

/**
 * Installs `name@version` with the `npm` on the PATH, unless it is in the cache. A folder under its final name is
 * complete: npm works in a temporary sibling, which is renamed at the end. When several processes install the same
 * package at once, each does the work and one result remains. What its dialect names is installed beside it.
 *
 * @throws {Error} one line: no such package or version, npm's own error, or no suitable Node.
 */
export async function installPackage(name: string, version: string, options: Installing): Promise<Installed> {
  const wanted = `${name}@${version}`;
  if (!NAME.test(name)) throw failedTo('install', wanted, `expected the name of a package, got "${name}"`);
  if (!VERSION.test(version))
    throw failedTo('install', wanted, `expected a version such as 2026.9.6, got "${version}"`);
  const own = name === PLAIN.package ? version : `${fileNameOf(name)}-${version}`;
  const dialect = options.dialect ?? dialectOf(name);
  // Another folder name: an installation without the plugins' dependencies is a different one.
  const folder = needsBundled(name, version) ? `${own}-bundled` : own;
  return installed({ folder: `${folder}${mark(dialect)}`, name, version, wanted, dialect }, options);
}

/** A package's name as a part of a file's. */
export const fileNameOf = (name: string): string => name.replaceAll(/[^\w.-]+/g, '-').replace(/^-/, '');

const besideIn = ({ mends }: Dialect): string[] => mends.flatMap((mend) => ('install' in mend ? [mend.install] : []));

/** What is installed beside a package, in the name of its folder: another list is another installation. */
const mark = (dialect: Dialect): string =>
  besideIn(dialect)
    .map((one) => `-with-${fileNameOf(one)}`)
    .join('');

/**
 * Finds or installs a build that is not on npm: a folder with a built checkout, which runs in place with its own
 * `node_modules`, or a tarball from `npm pack`, which is installed into the cache under its hash.
 *
 * @param options As in `installPackage`.
 * @throws {Error} one line: no such path, no package, not built, npm's own error, or no suitable Node.
 */
export async function installBuild(path: string, options: Installing): Promise<Installed> {
  const place = resolve(path);
  const cache = options.cache ?? cacheFolder();
  const found = await stat(place).catch(() => undefined);
  if (!found) throw failedTo('find', path, 'expected a folder or a tarball, got nothing');
  if (found.isFile()) {
    const hash = createHash('sha256')
      .update(await readFile(place))
      .digest('hex')
      .slice(0, 16);
    const { dialect } = options;
    return installed({ folder: `build-${hash}${dialect ? mark(dialect) : ''}`, wanted: place, dialect }, options);
  }
  const manifest = await read(join(place, 'package.json')).catch(() => undefined);
  if (manifest?.name === undefined) {
    throw failedTo('find', path, 'expected a package, got no package.json with a name');
  }
  const dialect = options.dialect ?? dialectOf(manifest.name);
  const entry = entryOf(place, manifest, dialect);
  await access(entry).catch(() => {
    throw failedTo('find', path, `expected a built checkout, got none: ${entry} is missing. Build it first`);
  });
  const folder = join(cache, 'compiled', createHash('sha256').update(place).digest('hex').slice(0, 16));
  return {
    name: manifest.name,
    dialect,
    version: manifest.version ?? '',
    folder,
    entry,
    node: fitting(path, manifest),
  };
}

const ENTRY = 'openclaw.mjs';

/** The script of the dialect's program; of a package with one program only, that one. */
function entryOf(root: string, { bin }: Manifest, { command: [program] }: Dialect): string {
  const named = typeof bin === 'string' ? bin : (bin?.[program!] ?? Object.values(bin ?? {}).at(0));
  return join(root, named ?? ENTRY);
}

/** What is installed, and where. */
interface Wanted {
  /** The folder's name in the cache. */
  readonly folder: string;
  /** Undefined: that of a tarball. */
  readonly name?: string;
  /** Undefined: any. */
  readonly version?: string;
  /** The argument of `npm install`. */
  readonly wanted: string;
  /** Undefined: that of the package that the tarball is found to be. */
  readonly dialect?: Dialect | undefined;
}

async function installed(of: Wanted, { log, cache = cacheFolder() }: Installing): Promise<Installed> {
  const { version, wanted } = of;
  const releases = join(cache, 'releases');
  const folder = join(releases, of.folder);
  const whole = async (): Promise<boolean> => isWhole(await manifestIn(folder, of).catch(() => undefined), version);
  if (!(await whole())) {
    const started = performance.now();
    log(`Installing ${wanted} into ${folder} …`);
    await sweep(releases, of.folder);
    await mkdir(releases, { recursive: true });
    // `sweep` reads the process id to see whether its owner still runs.
    const building = await mkdtemp(join(releases, `.${of.folder}-${process.pid}-`));
    try {
      await writeFile(join(building, 'package.json'), JSON.stringify(MANIFEST, null, 2));
      await npm(building, wanted);
      const got = await manifestIn(building, of).catch(() => undefined);
      if (!isWhole(got, version)) {
        throw failedTo(
          'install',
          wanted,
          `expected npm to install ${version ?? 'a package'}, got ${got?.version ?? 'nothing'}`,
        );
      }
      const name = of.name ?? (await nameIn(building));
      const bundled = needsBundled(name, got!.version!) ? await bundledDependencies(rootIn(building, name)) : [];
      const beside = [...bundled, ...besideIn(of.dialect ?? dialectOf(name))];
      if (beside.length > 0) await npm(building, wanted, ...beside);
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
  const name = of.name ?? (await nameIn(folder));
  const dialect = of.dialect ?? dialectOf(name);
  const manifest = await manifestIn(folder, { name });
  const entry = entryOf(rootIn(folder, name), manifest, dialect);
  return { name, dialect, version: manifest.version!, folder, entry, node: fitting(wanted, manifest) };
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
  readonly bin?: string | Readonly<Record<string, string>>;
}

const read = async (path: string): Promise<Manifest> => JSON.parse(await readFile(path, 'utf8')) as Manifest;

const rootIn = (folder: string, name: string): string => join(folder, 'node_modules', name);

const manifestIn = async (folder: string, { name }: Pick<Wanted, 'name'>): Promise<Manifest> =>
  read(join(rootIn(folder, name ?? (await nameIn(folder))), 'package.json'));

/** The package of a tarball, by what npm wrote down; OpenClaw's where it wrote nothing. */
async function nameIn(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { dependencies = {} } = JSON.parse(text) as { dependencies?: Readonly<Record<string, string>> };
  return Object.keys(dependencies).find((one) => dependencies[one]!.startsWith('file:')) ?? PLAIN.package!;
}

const isWhole = (manifest: Manifest | undefined, version: string | undefined): boolean =>
  manifest?.version !== undefined && (version === undefined || manifest.version === version);

function failedTo(verb: 'install' | 'find', what: string, reason: string): Error {
  return new Error(`Failed to ${verb} ${what}: ${reason.replace(/\.?$/, '.')}`);
}
