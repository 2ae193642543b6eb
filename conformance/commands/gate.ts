/** `npm run gate`: judges releases and builds of OpenClaw in a loopback-only network namespace, and prints one table. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import suite from '../../package.json' with { type: 'json' };
import { cases as contract } from '../chapters/index.ts';
import type { Mutant } from '../dial/mutant.ts';
import { OLDEST, inForce } from '../editions.ts';
import { EXIT, exitCode } from '../judging/verdict.ts';
import type { Waiver } from '../judging/waivers.ts';
import { admission } from '../lab/admission.ts';
import { deploymentsAt } from '../lab/deployments.ts';
import { patienceWith } from '../lab/gate/patience.ts';
import { progressOf, type Progress } from '../lab/gate/progress.ts';
import { MEMORY_EACH, judgeRelease, neededDeployments, shareOfCases, type Outcome } from '../lab/gate/release-round.ts';
import { newestUpTo, waiversOf } from '../lab/release-waivers.ts';
import { buildCandidate, releaseCandidate, releasesWanted, type Candidate } from '../lab/releases/candidates.ts';
import { cacheFolder } from '../lab/releases/install.ts';
import { insideNamespace, isIsolated, namespaceTrouble } from '../lab/releases/namespace.ts';
import { readReport, readReports } from '../reports/archive.ts';
import { compared, comparisonExit, comparisonText } from '../reports/comparison.ts';
import { publish, tellGitHub, writeAmongOthers, writeIndex } from '../reports/files.ts';
import { readyFolder } from '../reports/folder.ts';
import { called } from '../reports/invocation.ts';
import { reportOf, type Report } from '../reports/report.ts';
import { findingText, releaseTable } from '../reports/terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { printable } from '../wire/printable.ts';
import { GATE_HELP, judges, readGateFlags, shareOf, type GateFlags } from './gate-flags.ts';

/**
 * The environment variable that names the gateways' folder to the process in the namespace. The `candidates.json` in it
 * lists what to judge.
 */
const FOLDER = 'OPENCLAW_KIT_GATE_FOLDER';

/** A candidate, and what its verdicts are held against. */
interface Work {
  readonly candidate: Candidate;
  readonly waivers: readonly Waiver[];
  /** The report to compare with. */
  readonly baseline: Report | undefined;
}

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
  const candidates = await gathered(flags);
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

async function gathered(flags: GateFlags): Promise<Candidate[]> {
  const releases = await releasesWanted(flags);
  const wanted = [
    ...releases.map((release) => (log: (line: string) => void) => releaseCandidate(release, log)),
    ...flags.paths.map((path) => (log: (line: string) => void) => buildCandidate(path, flags.edition, log)),
  ];
  // With no more machines than releases, machines share the releases; otherwise they share the cases of each release.
  const { shard } = flags;
  const shares = shard !== undefined && wanted.length >= shard.of;
  const candidates: Candidate[] = [];
  for (const install of shares ? shareOf(wanted, shard) : wanted) {
    candidates.push({ ...(await install(say)), ...(shard && !shares && { share: shard }) });
  }
  return candidates;
}

async function handedOver(folder: string): Promise<Candidate[]> {
  return JSON.parse(await readFile(join(folder, 'candidates.json'), 'utf8')) as Candidate[];
}

/** @throws {UsageError} when no deployment fits, or its waivers or its baseline cannot be read. */
function workOn(candidate: Candidate, { against, deployments, waivers }: GateFlags): Work {
  if (!deploymentsAt(candidate.edition, deployments).some(({ serves }) => serves)) {
    const got = `${deployments.join(', ')} and none with the endpoint enabled`;
    throw new UsageError(`Failed to read --deployment: expected one that ${candidate.edition} allows, got ${got}.`);
  }
  return {
    candidate,
    waivers: waiversOf(candidate, waivers),
    baseline: against === undefined ? undefined : baseline(against, candidate),
  };
}

/**
 * The report to compare with.
 *
 * @param against a report, or a folder of them: there a release has its own, a build that of its edition or of the newest
 *   release before it.
 */
function baseline(against: string, { name, edition, build }: Candidate): Report {
  if (against.endsWith('.json')) return readReport(against);
  return readReport(join(against, `${(build && newestUpTo(edition, against)) || name}.json`));
}

async function judged(
  flags: GateFlags,
  candidates: readonly Candidate[],
  folder: string,
  inner: Inner,
): Promise<number> {
  // The first process of a namespace ignores signals without a handler; when it exits, all processes inside end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(EXIT.unjudged));
  const screen = { write: (text: string) => process.stdout.write(text), live: process.stdout.isTTY };
  const progress = progressOf(candidates.length, screen);
  const { enter } = admission(flags.jobs);
  const gated = await Promise.all(
    candidates.map((candidate) => {
      const memory = neededDeployments(contract, candidate.edition, flags).length * MEMORY_EACH;
      return enter(memory, (settled) =>
        gateRelease(workOn(candidate, flags), { flags, folder, inner, progress, settled }),
      );
    }),
  );
  const reports = gated.map(({ report }) => report);
  if (flags.out !== undefined) writeIndex(reports, flags.out);
  if (flags.publish !== undefined) publish(reports, flags.publish);
  await tellGitHub(reports, { env: process.env, write: screen.write });
  say(`\n${releaseTable(reports)}\n`);
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

async function gateRelease({ candidate, waivers, baseline: accepted }: Work, stage: Stage): Promise<Gated> {
  const { flags, progress } = stage;
  const { name, edition, build, share } = candidate;
  const log = (line: string): void => progress.say(`${name}: ${line}`);
  const cases = flags.dating ? contract.map((one) => observedAt(edition, one)) : contract;
  const only = share ? shareOfCases(cases, edition, flags, share) : flags.only;
  const began = performance.now();
  const outcome = await judgeRelease(candidate, cases, {
    ...flags,
    ...stage,
    ...stage.inner,
    only,
    waivers,
    patience: flags.timeout ?? patienceWith(edition),
    at: (doing, done, of) => progress.at(name, doing, done, of),
  });
  const { report, findings } = reportOf(outcome.judged, outcome.target, contract, {
    version: suite.version,
    filtered: only.length > 0,
    gateways: outcome.gateways,
  });
  progress.end(name);
  // A release's output keeps its lines, each with a prefix, so that none is read as a command of the CI's log.
  for (const trouble of outcome.troubles.values()) log(trouble.split('\n').map(printable).join('\n  | '));
  const command = `${called('gate')} ${build ? '--path PATH' : `--release ${name}`}`;
  for (const finding of findings) progress.say(`\n${findingText(finding, `${command} --only ${finding.id}`)}`);
  log(costsOf(outcome, performance.now() - began));
  // Strict: a SHOULD that a release no longer keeps is a regression as well.
  let exit = exitCode(report.summary, true);
  if (accepted) {
    const comparison = compared(accepted, report);
    progress.say(comparisonText(comparison));
    exit = comparisonExit(comparison);
  }
  if (flags.out !== undefined) writeAmongOthers(report, name, flags.out);
  if (exit !== EXIT.good && outcome.logs.size > 0) log(`logs are in ${await kept(outcome.logs, name, flags.out)}`);
  return { name, report, exit };
}

/** For `--dating`: a requirement that is not in force is judged too, as a NOTE. */
function observedAt(edition: string, one: Case): Case {
  if (inForce(one, edition)) return one;
  const { until: _, mustSince: __, ...always } = one;
  return { ...always, since: OLDEST, level: 'NOTE' };
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

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function print(text: string): number {
  say(text);
  return EXIT.good;
}
