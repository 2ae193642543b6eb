/**
 * The dependencies that a global installation adds to a release's own. The code that a release shares with its bundled
 * plugins imports packages that only the plugins depend on. A script of the release installs them, and only
 * `npm install --global` runs it. Without them 2026.3.31 answers 500 to every request and 2026.4.5 does not start.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareReleases, isRelease } from '../../editions.ts';

/** Whether a release needs its plugins' dependencies to answer: 2026.3.31 to 2026.4.15. False for a build's version, and for forks. */
export const needsBundled = (name: string, release: string): boolean =>
  name === 'openclaw' &&
  isRelease(release) &&
  compareReleases(release, '2026.3.31') >= 0 &&
  compareReleases(release, '2026.4.15') <= 0;

/**
 * The dependencies of the bundled plugins as arguments of `npm install`, such as `ws@^8.20.0`. When two plugins name
 * different versions, that of the plugin that sorts first is taken.
 *
 * @param root the folder of the installed package. Without `dist/extensions` the result is empty.
 */
export async function bundledDependencies(root: string): Promise<string[]> {
  const extensions = join(root, 'dist/extensions');
  const plugins = (await readdir(extensions).catch((): string[] => [])).toSorted();
  const wanted = new Map<string, string>();
  for (const plugin of plugins) {
    const manifest = await readFile(join(extensions, plugin, 'package.json'), 'utf8').catch(() => '{}');
    const { dependencies, optionalDependencies } = JSON.parse(manifest) as Record<string, Record<string, string>>;
    for (const [name, version] of Object.entries({ ...dependencies, ...optionalDependencies })) {
      if (!wanted.has(name) && !version.startsWith('workspace:')) wanted.set(name, version);
    }
  }
  return [...wanted].map(([name, version]) => `${name}@${version}`);
}
