/**
 * What a global installation brings beside a release's own dependencies. The code that a release shares with its
 * bundled plugins imports packages that these alone depend on; a script of the release adds them, which only
 * `npm install --global` runs. Without them 2026.3.31 answers 500 to every call and 2026.4.5 does not start.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareReleases, isRelease } from '../editions.ts';

/** Whether a release answers only with what its bundled plugins depend on. Before it had no such script. */
export const needsBundled = (release: string): boolean =>
  isRelease(release) && compareReleases(release, '2026.3.31') >= 0 && compareReleases(release, '2026.4.15') <= 0;

/**
 * What the bundled plugins depend on, as npm takes it, like `ws@^8.20.0`; of two versions the first one named.
 *
 * @param root the folder of the installed package.
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
