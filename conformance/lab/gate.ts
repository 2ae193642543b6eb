/** `npm run gate`: real releases from npm, judged inside a loopback-only network namespace, and one table. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import suite from '../../package.json' with { type: 'json' };
import { UsageError } from '../arguments.ts';
import { cases } from '../chapters/index.ts';
import { isRelease } from '../editions.ts';
import { matches } from '../judge.ts';
import { findingText, releaseTable } from '../reports/terminal.ts';
import { reportOf } from '../reports/report.ts';
import { EXIT, exitCode } from '../verdict.ts';
import { readWaivers } from '../waivers.ts';
import { installRelease } from './install.ts';
import { judgeRelease } from './matrix.ts';
import { insideNamespace, isIsolated } from './namespace.ts';
import type { Report } from '../reports/report.ts';
import type { Waiver } from '../waivers.ts';

export const GATE_HELP = `npm run gate -- --release X [--release Y …] [options]

Installs openclaw@X, starts it in every deployment with our model provider behind it, and judges it.
Known failures are waived in fixtures/waivers/openclaw-X.json5.

  --release X        a release on npm, like 2026.9.6; repeatable
  --only ID|CHAPTER  judge these alone; repeatable, * stands for anything
  --concurrency N    cases at once (default: 2; older releases fail under more)
  --timeout MS       patience for one exchange (default: 30000)
  --seed N           order of the cases (default: 1)
  --out DIR          write one report per release there, <release>.json

Exit: 0 nothing but waived failures, 1 a new violation (of a MUST or a SHOULD) or a stale waiver, 2 wrong usage,
3 a release could not be installed, started or judged.`;

/** Tells the inside of the namespace where the gateways may write. */
const FOLDER = 'OPENCLAW_KIT_GATE_FOLDER';

const WAIVERS = fileURLToPath(new URL('../../fixtures/waivers/', import.meta.url));

interface GateFlags {
  readonly releases: readonly string[];
  readonly only: readonly string[];
  readonly concurrency: number;
  readonly timeout: number;
  readonly seed: number;
  readonly out: string | undefined;
  readonly help: boolean;
}

interface Gated {
  readonly release: string;
  readonly report: Report | undefined;
  readonly exit: number;
}

/** @param self the command that starts this process again, for the inside of the namespace. */
export async function gate(argv: readonly string[], self: readonly string[]): Promise<number> {
  try {
    const flags = readFlags(argv);
    if (flags.help) return said(GATE_HELP);
    if (flags.releases.length === 0)
      throw new UsageError('Failed to gate: expected --release X, got none. See --help.');
    const waivers = new Map(flags.releases.map((release) => [release, waiversOf(release)]));
    return isIsolated() ? await judged(flags, waivers) : await prepared(flags, [...self, ...argv]);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.usage;
  }
}

/** Outside: installs, because npm needs the network; the rest happens inside. */
async function prepared(flags: GateFlags, again: readonly string[]): Promise<number> {
  for (const release of flags.releases) {
    try {
      await installRelease(release, { log: (line) => say(`${release}: ${line}`) });
    } catch (error) {
      // The inside will say so again, beside the verdicts of the others.
      say((error as Error).message);
    }
  }
  // Made and removed out here, so that nothing stays behind however the inside ends.
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-gate-'));
  try {
    process.env[FOLDER] = folder;
    const [code] = (await once(insideNamespace(again), 'exit')) as [number | null];
    return code ?? EXIT.unjudged;
  } catch (error) {
    say((error as Error).message);
    return EXIT.unjudged;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function judged(flags: GateFlags, waivers: ReadonlyMap<string, readonly Waiver[]>): Promise<number> {
  // The first process of a namespace heeds only signals that it handles; with it, everything inside ends.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(EXIT.unjudged));
  const gated: Gated[] = [];
  for (const release of flags.releases) {
    gated.push(await judgedRelease(release, flags, waivers.get(release) ?? []));
  }
  const reports = gated.flatMap(({ report }) => report ?? []);
  if (reports.length > 0) say(`\n${releaseTable(reports)}\n`);
  for (const { release, exit } of gated) say(`${release}: ${exit === EXIT.good ? 'green' : `red (exit ${exit})`}`);
  // A violation is certain, whatever else could not be judged.
  const exits = gated.map(({ exit }) => exit);
  return exits.includes(EXIT.violated) ? EXIT.violated : Math.max(...exits);
}

async function judgedRelease(release: string, flags: GateFlags, waivers: readonly Waiver[]): Promise<Gated> {
  const log = (line: string): void => say(`${release}: ${line}`);
  try {
    const installed = await installRelease(release, { log });
    const folder = process.env[FOLDER] ?? (await mkdtemp(join(tmpdir(), 'openclaw-gate-')));
    const outcome = await judgeRelease(installed, cases, { ...flags, patience: flags.timeout, folder, waivers, log });
    const filtered = flags.only.length > 0;
    const { report, findings } = reportOf(outcome.judged, outcome.target, cases, { version: suite.version, filtered });
    for (const finding of findings) {
      say(`\n${findingText(finding, `npm run gate -- --release ${release} --only ${finding.id}`)}`);
    }
    if (flags.out !== undefined) {
      await mkdir(flags.out, { recursive: true });
      await writeFile(join(flags.out, `${release}.json`), `${JSON.stringify(report, null, 2)}\n`);
    }
    // Strict: a recommendation that a release has stopped to follow is news as well.
    return { release, report, exit: exitCode(report.summary, true) };
  } catch (error) {
    log((error as Error).message);
    return { release, report: undefined, exit: EXIT.unjudged };
  }
}

function readFlags(argv: readonly string[]): GateFlags {
  const { values } = parsed(argv);
  const number = (name: 'concurrency' | 'timeout' | 'seed', fallback: number): number => {
    const given = values[name] ?? String(fallback);
    if (/^\d{1,9}$/.test(given) && (Number(given) > 0 || name === 'seed')) return Number(given);
    throw new UsageError(`Failed to read --${name}: expected a whole number, got "${given}". See --help.`);
  };
  for (const release of values.release ?? []) {
    if (isRelease(release)) continue;
    throw new UsageError(`Failed to read --release: expected a release like 2026.9.6, got "${release}". See --help.`);
  }
  for (const pattern of values.only ?? []) {
    if (cases.some((one) => matches(one, pattern))) continue;
    throw new UsageError(`Failed to read --only: expected an id or a chapter, got "${pattern}". See --help.`);
  }
  return {
    releases: [...new Set(values.release)],
    only: values.only ?? [],
    concurrency: number('concurrency', 2),
    timeout: number('timeout', 30_000),
    seed: number('seed', 1),
    out: values.out,
    help: values.help ?? false,
  };
}

const OPTIONS = {
  release: { type: 'string', multiple: true },
  only: { type: 'string', multiple: true },
  concurrency: { type: 'string' },
  timeout: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parsed(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>> {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: false });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw new UsageError(`Failed to read the command line: ${sentence}. See --help.`);
  }
}

function waiversOf(release: string): Waiver[] {
  const file = join(WAIVERS, `openclaw-${release}.json5`);
  return existsSync(file) ? readWaivers(readFileSync(file, 'utf8'), file, new Set(cases.map(({ id }) => id))) : [];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function said(text: string): number {
  say(text);
  return EXIT.good;
}
