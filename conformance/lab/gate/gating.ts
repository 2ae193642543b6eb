/** Releases, forks and builds of OpenClaw, judged side by side, and one table. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import suite from '../../../package.json' with { type: 'json' };
import { cases as contract } from '../../chapters/index.ts';
import type { Mutant } from '../../dial/mutant.ts';
import type { Target } from '../../dial/target.ts';
import { AUTO, isRelease } from '../../editions.ts';
import { compatibilityText } from '../../judging/compatibility.ts';
import { EXIT, exitCode } from '../../judging/verdict.ts';
import { causesOf } from '../../reports/causes.ts';
import { compared, comparisonExit, comparisonText } from '../../reports/comparison.ts';
import { publish, tellGitHub, writeAmongOthers, writeIndex } from '../../reports/files.ts';
import { invocation } from '../../reports/invocation.ts';
import { reportOf, type Report } from '../../reports/report.ts';
import { causesText, releaseTable } from '../../reports/terminal.ts';
import { printable } from '../../wire/printable.ts';
import { keptEdition, notFound } from '../kept-edition.ts';
import { hasOwnWaivers } from '../release-waivers.ts';
import { admission } from '../admission.ts';
import { cacheFolder } from '../releases/install.ts';
import { patienceWith } from './patience.ts';
import { casesAt, type GateFlags, type Plan } from './plan.ts';
import { progressOf, type Progress } from './progress.ts';
import { MEMORY_EACH, judgeRelease, type Dated, type Outcome } from './release-round.ts';

interface Gated {
  readonly name: string;
  readonly report: Report;
  readonly exit: number;
}

/** Options of `gate` that only tests use. */
export interface Inner {
  /** Alters every gateway's responses: a test shows with it that the gate detects a regression. */
  readonly mutant?: Mutant;
}

/**
 * Inside the namespace: judges what is planned, and prints one table.
 *
 * @param folder the gateways may write to it.
 * @returns the exit code.
 */
export async function judged(flags: GateFlags, plans: readonly Plan[], folder: string, inner: Inner): Promise<number> {
  const screen = { write: (text: string) => process.stdout.write(text), live: process.stdout.isTTY };
  const progress = progressOf(plans.length, screen);
  const { enter } = admission(flags.jobs);
  const gated = await Promise.all(
    plans.map((plan) =>
      enter(plan.deployments.length * MEMORY_EACH, (settled) =>
        gateRelease(plan, { flags, folder, inner, progress, settled }),
      ),
    ),
  );
  const reports = gated.map(({ report }) => report);
  if (flags.out !== undefined) writeIndex(reports, flags.out);
  if (flags.publish !== undefined) publish(reports, flags.publish);
  await tellGitHub(reports, { env: process.env, write: screen.write });
  say(`\n${releaseTable(reports, flags.verbose)}\n`);
  for (const { name, exit } of gated) say(`${name}: ${exit === EXIT.good ? 'green' : `red (exit ${exit})`}`);
  // A violation is certain, even when another release could not be judged.
  const exits = gated.map(({ exit }) => exit);
  return exits.includes(EXIT.violated) ? EXIT.violated : Math.max(...exits);
}

interface Stage {
  readonly flags: GateFlags;
  readonly folder: string;
  readonly inner: Inner;
  readonly progress: Progress;
  readonly settled: () => void;
}

async function gateRelease(plan: Plan, stage: Stage): Promise<Gated> {
  const { flags, progress } = stage;
  const { candidate, only, waivers, deployments, baseline } = plan;
  const { name, title, edition, build } = candidate;
  const log = (line: string): void => progress.say(`${name}: ${line}`);
  const at = new Date();
  const began = performance.now();
  const outcome = await judgeRelease(candidate, casesAt(edition, flags.dating), {
    ...flags,
    ...stage,
    ...stage.inner,
    only,
    waivers,
    deployments,
    bounds: {
      patience: flags.timeout ?? patienceWith(edition),
      maxBytes: flags.maxBytes,
      maxFrames: flags.maxFrames,
    },
    dated: flags.edition === AUTO ? (target) => datedBy(target, plan, stage) : undefined,
    at: (doing, done, of) => progress.at(name, doing, done, of),
  });
  const { report } = reportOf(outcome.judged, outcome.target, contract, {
    version: suite.version,
    filtered: only.length > 0,
    gateways: outcome.gateways,
    began: at,
  });
  progress.end(name);
  for (const mended of outcome.target.mended ?? []) log(mended);
  // A release's output keeps its lines, each with a prefix, so that none is read as a command of the CI's log.
  for (const trouble of outcome.troubles.values()) log(trouble.split('\n').map(printable).join('\n  | '));
  const command = `${invocation('gate')} ${build ? '--path PATH' : isRelease(name) ? `--release ${name}` : `--package ${title.replace(' ', '@')}`}`;
  const causes = causesOf(report);
  if (causes.length > 0) progress.say(`\n${causesText(causes, report, (id) => `${command} --only ${id}`)}\n`);
  log(costsOf(outcome, performance.now() - began));
  // Strict: a SHOULD that a release no longer keeps is a regression as well.
  let exit = exitCode(report.summary, true);
  if (baseline) {
    const comparison = compared(baseline, report);
    progress.say(comparisonText(comparison));
    exit = comparisonExit(comparison);
  }
  if (flags.out !== undefined) writeAmongOthers(report, name, flags.out);
  if (exit !== EXIT.good && outcome.logs.size > 0) log(`logs are in ${await kept(outcome.logs, name, flags.out)}`);
  return { name, report, exit };
}

/** What `--edition auto` finds; a package's own waivers count before those of the release. */
async function datedBy(
  target: Target,
  { candidate, waivers, only }: Plan,
  { flags, progress }: Stage,
): Promise<Dated | undefined> {
  const { concurrency, seed, deadline } = flags;
  const found = await keptEdition(target, { only, concurrency, seed, deadline });
  progress.say(`${candidate.name}: ${found ? compatibilityText(found) : notFound(deadline)}`);
  if (!found) return undefined;
  const own = flags.waivers !== undefined || (!isRelease(candidate.name) && hasOwnWaivers(candidate));
  return { edition: found.edition, waivers: own ? waivers : found.waivers };
}

function costsOf({ gateways }: Outcome, ms: number): string {
  const seconds = (duration: number): string => `${(duration / 1000).toFixed(1)} s`;
  const slowest = Math.max(0, ...gateways.map(({ startMs }) => startMs));
  const size = `${gateways.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0)} MiB together`;
  return `${gateways.length} gateways, the slowest ready after ${seconds(slowest)}, ${size}; ${seconds(ms)} in all`;
}

/** Writes a log for each deployment in place of those of the previous run, and returns their folder. */
async function kept(logs: ReadonlyMap<string, string>, release: string, out: string | undefined): Promise<string> {
  const folder = join(out ?? cacheFolder(), 'logs', release);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [deployment, log] of logs) await writeFile(join(folder, `${deployment}.log`), log);
  return folder;
}

/** Prints a line. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
