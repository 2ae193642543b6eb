/** `npm run difference`: compares a real release with the reference as that release. */
import { LISTED, type Listed } from '../lab/difference/comparison.ts';
import { recordAll, compareAll, say } from '../lab/difference/difference.ts';
import { releaseCandidate, type Candidate } from '../lab/releases/candidates.ts';
import { isolated } from '../lab/releases/isolated.ts';
import { ended } from './command-line.ts';
import { readDifferenceFlags } from './difference-flags.ts';

/**
 * Runs the command and prints to standard output and standard error.
 *
 * @param argv the flags.
 * @param self the command that starts this script again, for the process in the namespace.
 * @param listed the known differences. Default: `fixtures/differences.json`.
 * @returns the exit code.
 */
export function difference(
  argv: readonly string[],
  self: readonly string[],
  listed: readonly Listed[] = LISTED,
): Promise<number> {
  return ended(() => {
    const flags = readDifferenceFlags(argv);
    if (flags.recorded !== undefined) return compareAll(flags, '', listed);
    return isolated({
      again: [...self, ...argv],
      say,
      prepare: () => installedAll(flags.releases),
      run: (candidates, folder) => recordAll(flags, candidates, folder),
      conclude: (folder) => compareAll(flags, folder, listed),
    });
  });
}

async function installedAll(releases: readonly string[]): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const release of releases) candidates.push(await releaseCandidate(release, say));
  return candidates;
}
