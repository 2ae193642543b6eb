/** Judges one gateway: prints the verdicts, and writes the reports. */
import { readFile } from 'node:fs/promises';
import costs from '../../fixtures/costs.json' with { type: 'json' };
import suite from '../../package.json' with { type: 'json' };
import { cases } from '../chapters/index.ts';
import { depthFor, type Depth } from '../dial/course.ts';
import { AUTO } from '../editions.ts';
import { secretsOf, type Target } from '../dial/target.ts';
import { judge, plan, type Judged } from '../judging/judge.ts';
import { situationsOf } from '../judging/situations.ts';
import { EXIT } from '../judging/verdict.ts';
import { readWaivers, type Waiver } from '../judging/waivers.ts';
import type { Embedded } from '../lab/embedded.ts';
import type { startProbe } from '../lab/provider/start-probe.ts';
import { readyFolder } from '../reports/output-folder.ts';
import { invocation } from '../reports/invocation.ts';
import { casesOf, reportOf, type Report } from '../reports/report.ts';
import { opening, progress } from '../reports/terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { Case } from '../vocabulary/chapter.ts';
import { cleaning } from '../wire/printable.ts';
import type { Surroundings } from './command-line.ts';
import { boundsIn, type Flags } from './conformance-flags.ts';
import { preflight } from './preflight.ts';
import { throughProxies } from './proxies.ts';
import { checkOnly } from './selection.ts';
import { readTarget, secretName } from './target-file.ts';
import { failedIn, reportAt, told } from './output.ts';
import { trust } from './certificates.ts';

/** Runs the command, as its flags say. Resolves to the exit code. */
export async function judged(flags: Flags, argv: readonly string[], world: Surroundings): Promise<number> {
  const given = await waiversOf(flags);
  checkOnly(flags.only);
  const { traffic } = flags;
  if (traffic !== undefined)
    return (await import('./traffic.ts')).judgeTraffic({ ...flags, traffic }, given ?? [], world);
  const baseline = flags.against === undefined ? undefined : reportAt(flags.against);
  const failed = flags.lastFailed ? failedIn(flags.out!) : [];
  const named = readTarget(flags, world.env);
  if (flags.out !== undefined) readyFolder('--out', flags.out);
  const leave = named ? await throughProxies(named) : () => undefined;
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
    const found =
      flags.edition === AUTO ? await editionOf(target, flags, world) : ({ edition: target.edition } as Found);
    if (found === undefined) return EXIT.unjudged;
    const before = { waivers: given ?? found.waivers ?? embedded?.waivers ?? [], baseline, failed };
    return await run({ ...target, edition: found.edition }, flags, argv, before, world);
  } finally {
    distrust();
    leave();
    await Promise.all([embedded?.close(), probe?.close()]);
  }
}

/** What is judged by. */
interface Found {
  readonly edition: string;
  /** Undefined: the command line decides. */
  readonly waivers?: readonly Waiver[];
}

/**
 * The newest edition that the gateway keeps, which it prints with what is missing of newer ones; undefined, with a line,
 * when the deadline passed before it was found.
 */
async function editionOf(
  target: Target,
  { only, concurrency, seed, deadline, json, format }: Flags,
  world: Surroundings,
): Promise<Found | undefined> {
  const { compatibilityText } = await import('../judging/compatibility.ts');
  const { keptEdition, notFound } = await import('../lab/kept-edition.ts');
  const found = await keptEdition(target, { only, concurrency, seed, deadline });
  if (found === undefined) {
    world.writeError(`${notFound(deadline)}\n`);
    return undefined;
  }
  const { waivers, ...said } = found;
  if (json) world.write(`${JSON.stringify({ event: 'compatibility', ...said })}\n`);
  else if (format === undefined) world.write(`${compatibilityText(said)}\n`);
  return { edition: said.edition, waivers };
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
const STEP = 100;

/** What was known before the run. */
interface Before {
  readonly waivers: readonly Waiver[];
  readonly baseline: Report | undefined;
  /** What did not hold in the last run, where it is asked for. */
  readonly failed: readonly string[];
}

async function run(
  target: Target,
  flags: Flags,
  argv: readonly string[],
  { waivers, baseline, failed }: Before,
  world: Surroundings,
): Promise<number> {
  const { concurrency, seed, deadline, json, format } = flags;
  const only = failed.length > 0 ? failed : flags.only;
  const planned = plan(cases, target, only);
  const { depth = depthFor(target) } = flags;
  const planning = { cases: planned.length, total: cases.length, ...budget(planned, target, depth) };
  const write = json || format !== undefined ? () => undefined : world.write;
  const event = (name: string, fields: object): void => {
    if (json) world.write(`${JSON.stringify({ event: name, ...fields })}\n`);
  };
  write(`${opening(target, planning)}, depth ${depth}, seed ${seed}\n\n`);
  if (flags.lastFailed && failed.length === 0) write(`Nothing failed in ${flags.out}: all are judged\n\n`);

  const began = new Date();
  const caseOf = casesOf(target, cases, secretName(flags, target));
  const verdicts: Judged[] = [];
  const unreached = new Set<string>();
  const bail = new AbortController();
  let done = 0;
  event('start', { edition: target.edition, profile: target.profile, depth, seed, ...planning });
  for await (const one of judge(cases, target, {
    only,
    waivers,
    concurrency,
    seed,
    depth,
    deadline,
    signal: bail.signal,
  })) {
    verdicts.push(one);
    if (one.verdict === 'skip') continue;
    event('verdict', caseOf(one));
    if (one.unreached) {
      unreached.add(one.id);
      continue;
    }
    done++;
    if (flags.bail && isBad(one, flags.strict)) bail.abort();
    if (world.live) write(`\r\x1b[2K${progress(done, planned.length, one)}`);
    else if (done % STEP === 0) write(`${done}/${planned.length} judged\n`);
  }
  if (world.live) write('\r\x1b[2K');

  const { report } = reportOf(verdicts, target, cases, {
    version: suite.version,
    filtered: only.length > 0 || bail.signal.aborted,
    secretName: secretName(flags, target),
    began,
  });
  const ended = bail.signal.aborted
    ? `The run ended at its first failure (--bail): ${planned.length - done} not judged`
    : unreached.size > 0
      ? `The run ended at its deadline, ${deadline} s (--deadline): ${unreached.size} not judged`
      : undefined;
  const code = await told(report, { flags, world, again: repeated(argv, seed, target), baseline, unreached, ended });
  event('end', { conformant: report.conformant, summary: report.summary, exit: code });
  return code;
}

const isBad = ({ verdict }: Judged, strict: boolean): boolean =>
  ['fail', 'stale', 'error', ...(strict ? ['warn'] : [])].includes(verdict);

/** The command that judges one requirement as this run did. */
function repeated(argv: readonly string[], seed: number, target: Target): (id: string) => string {
  // The edition that --edition auto found is not looked for again.
  const named = argv.map((word, at) => {
    if (word === `--edition=${AUTO}`) return `--edition=${target.edition}`;
    return word === AUTO && argv[at - 1] === '--edition' ? target.edition : word;
  });
  const others = named.filter((word, at) => !/^--(?:only|last-failed|bail)\b/.test(word) && named[at - 1] !== '--only');
  // What a case draws by chance, it draws again.
  const seeded = others.some((word) => word.startsWith('--seed'));
  const same = [...others, ...(seeded ? [] : ['--seed', String(seed)])].map(quoted);
  const clean = cleaning(secretsOf(target));
  return (id) => clean([invocation('judge'), ...same, '--only', id].join(' '));
}

/** A word of a command line, quoted for a POSIX shell where it has to be. */
const quoted = (word: string): string => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

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
