/** `npm run gate`: judges releases and builds of OpenClaw in a loopback-only network namespace, and prints one table. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../judging/verdict.ts';
import { judged, say, type Inner } from '../lab/gate/gating.ts';
import { gathered, workOn, type Entrant, type GateFlags } from '../lab/gate/plan.ts';
import { insideNamespace, isIsolated, namespaceTrouble } from '../lab/releases/namespace.ts';
import { readReports } from '../reports/archive.ts';
import { publish } from '../reports/files.ts';
import { readyFolder } from '../reports/folder.ts';
import { UsageError } from '../usage-error.ts';
import { GATE_HELP, judges, readGateFlags } from './gate-flags.ts';

/**
 * The environment variable that names the gateways' folder to the process in the namespace. The `candidates.json` in it
 * lists what to judge.
 */
const FOLDER = 'OPENCLAW_KIT_GATE_FOLDER';

/**
 * Runs the command and prints to standard output and standard error.
 *
 * @param argv the flags.
 * @param self the command that starts this script again, for the process in the namespace.
 * @returns the exit code.
 */
export async function gate(argv: readonly string[], self: readonly string[], inner: Inner = {}): Promise<number> {
  try {
    const flags = readGateFlags(argv);
    if (flags.help) return print(GATE_HELP);
    const handed = process.env[FOLDER];
    if (handed !== undefined) return await judged(flags, await handedOver(handed), handed, inner);
    if (!judges(flags)) return published(flags);
    if (flags.out !== undefined) readyFolder('--out', flags.out);
    if (flags.publish !== undefined) readyFolder('--publish', flags.publish);
    return await prepared(flags, [...self, ...argv], inner);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    process.stderr.write(`${cause.message}\n`);
    return EXIT.usage;
  }
}

/** Publishes the reports of earlier runs, without judging. */
function published({ out, publish: folder }: GateFlags): number {
  const before = readReports(out ?? folder!);
  if (before.length === 0) {
    throw new UsageError(`Failed to publish: expected reports in ${out ?? folder}, got none. Judge a release first.`);
  }
  publish(before, folder!);
  return print(`${folder}: ${before.map(({ target }) => target.name).join(', ')}`);
}

/** Outside the namespace: installs, because npm needs the network, then runs the same command inside. */
async function prepared(flags: GateFlags, again: readonly string[], inner: Inner): Promise<number> {
  const isolated = isIsolated();
  const trouble = isolated ? undefined : namespaceTrouble();
  if (trouble !== undefined && !flags.unisolated) {
    const mend = 'Run them with access to the network by --no-isolation.';
    say(`Failed to isolate the gateways: expected a loopback-only network namespace, got "${trouble}". ${mend}`);
    return EXIT.unjudged;
  }
  const candidates = await gathered(flags, say);
  for (const candidate of candidates) workOn(candidate, flags);
  // This process creates and removes it, so that it is removed however the process in the namespace ends.
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-gate-'));
  const tidy = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', tidy);
  try {
    if (isolated || trouble !== undefined) {
      if (trouble !== undefined)
        say(`Not isolated, by --no-isolation: ${trouble}. The gateways have access to the network.`);
      return await judged(flags, candidates, folder, inner);
    }
    await writeFile(join(folder, 'candidates.json'), JSON.stringify(candidates));
    process.env[FOLDER] = folder;
    const [code] = (await once(insideNamespace(again), 'exit')) as [number | null];
    return code ?? EXIT.unjudged;
  } finally {
    delete process.env[FOLDER];
    tidy();
  }
}

async function handedOver(folder: string): Promise<Entrant[]> {
  return JSON.parse(await readFile(join(folder, 'candidates.json'), 'utf8')) as Entrant[];
}

function print(text: string): number {
  say(text);
  return EXIT.good;
}
