/** Judges one gateway: prints the verdicts, and writes the reports. */
import { readFile } from 'node:fs/promises';
import costs from '../../fixtures/costs.json' with { type: 'json' };
import suite from '../../package.json' with { type: 'json' };
import { cases, chapters } from '../chapters/index.ts';
import { depthFor, type Depth } from '../dial/course.ts';
import { secretsOf, type Target } from '../dial/target.ts';
import { judge, plan, type Judged } from '../judging/judge.ts';
import { situationsOf } from '../judging/situations.ts';
import { EXIT, exitCode } from '../judging/verdict.ts';
import { readWaivers, type Waiver } from '../judging/waivers.ts';
import type { Embedded } from '../lab/embedded.ts';
import type { startProbe } from '../lab/provider/start-probe.ts';
import { causesOf } from '../reports/causes.ts';
import { tellGitHub, writeReport } from '../reports/files.ts';
import { readyFolder } from '../reports/folder.ts';
import { invocation } from '../reports/invocation.ts';
import { reportOf } from '../reports/report.ts';
import { causesText, conclusion, opening, progress, table, unjudged } from '../reports/terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { cleaning } from '../wire/printable.ts';
import type { Surroundings } from './command-line.ts';
import { boundsIn, type Flags } from './conformance-flags.ts';
import { preflight } from './preflight.ts';
import { checkOnly } from './selection.ts';
import { readTarget, secretName } from './target-file.ts';
import { trust } from './trust.ts';

/** Runs the command, as its flags say. Resolves to the exit code. */
export async function judged(flags: Flags, argv: readonly string[], world: Surroundings): Promise<number> {
  const given = await waiversOf(flags);
  checkOnly(flags.only);
  const { traffic } = flags;
  if (traffic !== undefined)
    return (await import('./traffic.ts')).judgeTraffic({ ...flags, traffic }, given ?? [], world);
  const named = readTarget(flags, world.env);
  if (flags.out !== undefined) readyFolder('--out', flags.out);
  const distrust = trust(flags);
  const probe = named && flags.probePort !== undefined ? await probeAt(flags.probePort) : undefined;
  const embedded = named ? undefined : await embeddedFor(flags);
  try {
    const whole: Target = probe
      ? { ...named!, scripted: true, probe: probe.probe }
      : (named ?? { ...embedded!.target, ...boundsIn(flags) });
    const capabilities = whole.capabilities.filter((one) => !flags.without.includes(one));
    const target = { ...whole, capabilities };
    const trouble = await preflight(target, flags.wait);
    if (trouble !== undefined) {
      world.writeError(`${cleaning(secretsOf(target))(trouble)}\n`);
      return EXIT.unjudged;
    }
    return await run(target, flags, argv, given ?? embedded?.waivers ?? [], world);
  } finally {
    distrust();
    await Promise.all([embedded?.close(), probe?.close()]);
  }
}

/** The lab is loaded late: with a gateway of the user's, none of the reference is. */
async function embeddedFor({ timeout: patience, asReleased, edition }: Flags): Promise<Embedded> {
  const { startEmbedded } = await import('../lab/embedded.ts');
  return startEmbedded({ patience, asReleased, ...(edition && { edition }) });
}

async function probeAt(port: number): ReturnType<typeof startProbe> {
  const lab = await import('../lab/provider/start-probe.ts');
  return lab.startProbe(port);
}

/** A run without a terminal says so after this many cases. */
const STEP = 50;

async function run(
  target: Target,
  flags: Flags,
  argv: readonly string[],
  waivers: readonly Waiver[],
  world: Surroundings,
): Promise<number> {
  const planned = plan(cases, target, flags.only);
  const { depth = depthFor(target) } = flags;
  const planning = { cases: planned.length, total: cases.length, ...budget(planned, target, depth) };
  world.write(`${opening(target, planning)}, depth ${depth}, seed ${flags.seed}\n\n`);

  const verdicts: Judged[] = [];
  const unreached = new Set<string>();
  let done = 0;
  const options = {
    only: flags.only,
    waivers,
    concurrency: flags.concurrency,
    seed: flags.seed,
    depth,
    deadline: flags.deadline,
  };
  for await (const one of judge(cases, target, options)) {
    verdicts.push(one);
    if (one.verdict === 'skip') continue;
    if (one.unreached) {
      unreached.add(one.id);
      continue;
    }
    done++;
    if (world.live) world.write(`\r\x1b[2K${progress(done, planned.length, one)}`);
    else if (done % STEP === 0) world.write(`${done}/${planned.length} judged\n`);
  }
  if (world.live) world.write('\r\x1b[2K');

  const filtered = flags.only.length > 0;
  const { report } = reportOf(verdicts, target, cases, {
    version: suite.version,
    filtered,
    secretName: secretName(flags, target),
  });
  const others = argv.filter((word, at) => !word.startsWith('--only') && argv[at - 1] !== '--only');
  // What a case draws by chance, it draws again.
  const seeded = others.some((word) => word.startsWith('--seed'));
  const same = [...others, ...(seeded ? [] : ['--seed', String(flags.seed)])];
  const again = (id: string): string => [invocation('judge'), ...same, '--only', id].join(' ');
  const causes = causesOf({ cases: report.cases.filter(({ id }) => !unreached.has(id)) });
  if (causes.length > 0) world.write(`${causesText(causes, report, again)}\n\n`);
  world.write(`${table(report, chapters)}\n`);
  const left = unjudged(report);
  world.write(left === '' ? '\n' : `${left}\n\n`);
  if (unreached.size > 0)
    world.write(`The run ended at its deadline, ${flags.deadline} s (--deadline): ${unreached.size} not judged\n`);
  world.write(`${conclusion(report, flags.strict)}\n`);
  if (flags.out !== undefined) writeReport(report, flags.out);
  await tellGitHub([report], world);
  return exitCode(report.summary, flags.strict);
}

/** Requests and agent runs of cases, as measured on the reference in one situation (`fixtures/costs.json`). */
export function budget(planned: readonly Case[], target: Target, depth: Depth): { requests: number; runs: number } {
  const measured = costs.cases as Record<string, readonly number[]>;
  const sum = (at: 0 | 1): number =>
    planned.reduce((total, one) => {
      return total + (measured[one.id]?.[at] ?? 0) * situationsOf(one, depth, target).length;
    }, 0);
  return { requests: sum(0), runs: sum(1) };
}

async function waiversOf({ waivers: file }: Flags): Promise<Waiver[] | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UsageError(`Failed to read waivers ${file}: expected a file, got ${cause.code}. Correct the path.`);
  });
  return readWaivers(text, file, new Set(cases.map(({ id }) => id)));
}
