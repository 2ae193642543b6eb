/** The command line of `npm run gate`. Unknown flags are errors. */
import table from '../../fixtures/deployments.json' with { type: 'json' };
import { cases } from '../chapters/index.ts';
import { DEPTHS, type Depth } from '../dial/course.ts';
import { isRelease } from '../editions.ts';
import { matches } from '../judging/judge.ts';
import { PATIENCE } from '../lab/gate/patience.ts';
import type { GateFlags } from '../lab/gate/plan.ts';
import type { Shard } from '../lab/gate/shard.ts';
import { invocation } from '../reports/invocation.ts';
import { UsageError } from '../usage-error.ts';
import { readArgv } from './usage.ts';

/** The text of `--help`, without a final newline. */
export const GATE_HELP = `${invocation('gate')} --release X [--release Y …] [options]

Installs openclaw@X, starts it in every deployment with the kit's model provider, and judges it.
Known failures are waived in the kit's fixtures/waivers/openclaw-X.json5.

  --release X        a release on npm, like 2026.9.6; repeatable
  --all              the releases in fixtures/releases.json, which date the contract
  --since X          every release on npm from X on; with --all, those of fixtures/releases.json
  --path PATH        an unpublished build: a built checkout or a tarball; repeatable
  --edition X        edition of the contract for a build (default: from its version)
  --deployment NAME  only this deployment (see fixtures/deployments.json); repeatable
  --only ID|CHAPTER  only these requirements; repeatable, * matches anything
  --dating           observe requirements that are not in force too, to find their since and until
  --waivers FILE     file of known failures, instead of the kit's own
  --against REPORT   compare with a report or a folder of reports: red on new failures
  --repeat N         judge every case N times; a verdict that varies is an error
  --shard I/N        part I of N of the work, one machine each; npm run merge combines the reports
  --jobs N           releases at once, as memory allows (default: 1)
  --concurrency N    cases at once (default: 2; older releases fail under more)
  --timeout MS       time for one exchange (default: 30000; 120000 for releases with long retries)
  --depth LEVEL      in how many situations each case is judged: quick, standard or deep (default: quick)
  --seed N           order of the cases (default: 1)
  --out DIR          write <release>.json, the other formats in the folder <release>, and index.html to DIR
  --publish DIR      add the releases to a comparison page in DIR, for any static host;
                     without a release to judge: publish the reports in --out
  --no-isolation     without a network namespace: run the gateways with access to the network

Exit: 0 only waived failures, 1 a new violation (of a MUST or a SHOULD) or a stale waiver, 2 wrong usage,
3 a release could not be installed, started or judged.`;

const OPTIONS = {
  release: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  since: { type: 'string' },
  path: { type: 'string', multiple: true },
  edition: { type: 'string' },
  deployment: { type: 'string', multiple: true },
  only: { type: 'string', multiple: true },
  dating: { type: 'boolean' },
  waivers: { type: 'string' },
  against: { type: 'string' },
  repeat: { type: 'string' },
  shard: { type: 'string' },
  jobs: { type: 'string' },
  concurrency: { type: 'string' },
  timeout: { type: 'string' },
  depth: { type: 'string' },
  seed: { type: 'string' },
  out: { type: 'string' },
  publish: { type: 'string' },
  'no-isolation': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const ROWS = table.deployments;

/**
 * Parses the flags.
 *
 * @throws {UsageError} one line: an unknown flag, a wrong value, or nothing to judge or publish.
 */
export function readGateFlags(argv: readonly string[]): GateFlags {
  const values = readArgv(argv, { options: OPTIONS }).values;
  const release = (flag: string, given: string): string =>
    isRelease(given) ? given : wrong(flag, 'a release like 2026.9.6', given);
  const number = (flag: 'concurrency' | 'timeout' | 'seed' | 'jobs' | 'repeat', fallback: number): number => {
    const given = values[flag] ?? String(fallback);
    if (/^\d{1,9}$/.test(given) && (Number(given) > 0 || flag === 'seed')) return Number(given);
    return wrong(`--${flag}`, 'a whole number', given);
  };
  for (const pattern of values.only ?? []) {
    if (!cases.some((one) => matches(one, pattern))) wrong('--only', 'an id or a chapter', pattern);
  }
  for (const name of values.deployment ?? []) {
    if (!ROWS.some((row) => row.name === name)) {
      wrong('--deployment', `one of ${ROWS.map((row) => row.name).join(', ')}`, name);
    }
  }
  if (values.deployment && !ROWS.some(({ name, serves }) => serves && values.deployment!.includes(name))) {
    wrong('--deployment', 'another one with the endpoint enabled, like token', values.deployment.join(', '));
  }
  const flags: GateFlags = {
    releases: [...new Set(values.release)].map((given) => release('--release', given)),
    all: values.all ?? false,
    since: values.since === undefined ? undefined : release('--since', values.since),
    paths: [...new Set(values.path)],
    edition: values.edition === undefined ? undefined : release('--edition', values.edition),
    deployments: [...new Set(values.deployment)],
    only: values.only ?? [],
    dating: values.dating ?? false,
    waivers: values.waivers,
    against: values.against,
    repeat: number('repeat', 1),
    shard: values.shard === undefined ? undefined : shard(values.shard),
    jobs: number('jobs', 1),
    concurrency: number('concurrency', 2),
    timeout: values.timeout === undefined ? undefined : number('timeout', PATIENCE),
    depth: depthFrom(values.depth ?? 'quick'),
    seed: number('seed', 1),
    out: values.out,
    publish: values.publish,
    unisolated: values['no-isolation'] ?? false,
    help: values.help ?? false,
  };
  if (!flags.help && !judges(flags) && flags.publish === undefined) {
    throw new UsageError(
      'Failed to gate: expected --release X, --all, --since X or --path PATH, got none. See --help.',
    );
  }
  return flags;
}

function depthFrom(given: string): Depth {
  return DEPTHS.find((known) => known === given) ?? wrong('--depth', DEPTHS.join(', '), given);
}

/** Whether the flags select anything to judge. */
export function judges({ releases, paths, all, since }: GateFlags): boolean {
  return releases.length + paths.length > 0 || all || since !== undefined;
}

function shard(given: string): Shard {
  const [, part, of] = (/^(\d{1,4})\/(\d{1,4})$/.exec(given) ?? []).map(Number);
  if (part === undefined || of === undefined || part < 1 || part > of) return wrong('--shard', 'I/N like 1/3', given);
  return { part, of };
}

function wrong(flag: string, expected: string, got: string): never {
  throw new UsageError(`Failed to read ${flag}: expected ${expected}, got "${got}". See --help.`);
}
