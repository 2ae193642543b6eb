/** `npm run gate`: judges releases and builds of OpenClaw in a loopback-only network namespace, and prints one table. */
import { EXIT } from '../judging/verdict.ts';
import { judged, say, type Inner } from '../lab/gate/gating.ts';
import { planned, type GateFlags } from '../lab/gate/plan.ts';
import { isolated } from '../lab/releases/isolated.ts';
import { readReports } from '../reports/archive.ts';
import { publish } from '../reports/files.ts';
import { readyFolder } from '../reports/output-folder.ts';
import { UsageError } from '../usage-error.ts';
import { ended } from './command-line.ts';
import { judges, readGateFlags } from './gate-flags.ts';
import { checkOnly } from './selection.ts';

/**
 * Runs the command and prints to standard output and standard error.
 *
 * @param argv the flags.
 * @param self the command that starts this script again, for the process in the namespace.
 * @returns the exit code.
 */
export function gate(argv: readonly string[], self: readonly string[], inner: Inner = {}): Promise<number> {
  return ended(() => {
    const flags = readGateFlags(argv);
    checkOnly(flags.only);
    if (!judges(flags)) return published(flags);
    if (flags.out !== undefined) readyFolder('--out', flags.out);
    if (flags.publish !== undefined) readyFolder('--publish', flags.publish);
    return isolated({
      again: [...self, ...argv],
      say,
      unisolated: flags.unisolated,
      mend: 'Run them with access to the network by --no-isolation.',
      prepare: () => planned(flags, say),
      run: (plans, folder) => judged(flags, plans, folder, inner),
    });
  });
}

/** Publishes the reports of earlier runs, without judging. */
function published({ out, publish: folder }: GateFlags): number {
  const before = readReports(out ?? folder!);
  if (before.length === 0) {
    throw new UsageError(`Failed to publish: expected reports in ${out ?? folder}, got none. Judge a release first.`);
  }
  publish(before, folder!);
  say(`${folder}: ${before.map(({ target }) => target.name).join(', ')}`);
  return EXIT.good;
}
