/** Finds the Node installations on this machine, and the one for a release. */

import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { compareVersions, satisfies } from './engines.ts';

/** A Node installation. */
export interface Node {
  /** The executable. */
  readonly path: string;
  readonly version: string;
}

/** Version managers' installations: a folder of versions below the home, and the executable's path in each. */
const MANAGERS: readonly (readonly [folder: string, program: string])[] = [
  ['.nvm/versions/node', 'bin/node'],
  ['.local/share/fnm/node-versions', 'installation/bin/node'],
  ['.volta/tools/image/node', 'bin/node'],
  ['.asdf/installs/nodejs', 'bin/node'],
  ['.local/share/mise/installs/node', 'bin/node'],
];

/** The Node that runs the kit, then those on the PATH and of version managers, newest first. */
export function nodesHere(env: NodeJS.ProcessEnv = process.env): Node[] {
  const own = { path: process.execPath, version: process.versions.node };
  const home = env.HOME || homedir();
  const candidates = [
    ...(env.PATH ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, 'node')),
    ...MANAGERS.flatMap(([folder, program]) =>
      namesIn(join(home, folder)).map((version) => join(home, folder, version, program)),
    ),
  ];
  const others = new Set(candidates.flatMap(realpath).filter((path) => path !== realpathSync(own.path)));
  return [own, ...[...others].flatMap(versioned).toSorted((a, b) => compareVersions(b.version, a.version))];
}

/**
 * The first Node in a range.
 *
 * @param range the release's `engines.node`.
 * @throws {Error} that lists the Nodes when none fits.
 */
export function nodeFor(range: string, nodes: readonly Node[] = nodesHere()): Node {
  const fitting = nodes.find(({ version }) => satisfies(version, range));
  if (fitting) return fitting;
  const here = nodes.map(({ version, path }) => `${version} (${path})`).join(', ');
  throw new Error(`expected Node ${range}, got ${here}. Put such a Node on the PATH.`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function realpath(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}

function versioned(path: string): Node[] {
  try {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 5_000, stdio: 'pipe' }).trim();
    return /^v\d+\.\d+\.\d+/.test(version) ? [{ path, version: version.slice(1) }] : [];
  } catch {
    return [];
  }
}
