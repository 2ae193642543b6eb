/** The command line of `npm run gate`. */
import table from '../../fixtures/deployments.json' with { type: 'json' };
import { DEPTHS } from '../dial/course.ts';
import { AUTO, isPrerelease, isRelease } from '../editions.ts';
import { PATIENCE } from '../lab/gate/patience.ts';
import type { GateFlags } from '../lab/gate/plan.ts';
import type { Shard } from '../lab/gate/shard.ts';
import { invocation } from '../reports/invocation.ts';
import { UsageError } from '../usage-error.ts';
import { DEADLINE } from '../wire/bounds.ts';
import { BOUND_FLAGS } from './bound-flags.ts';
import { readCommandLine, wrong, type CommandTable, type Flags } from './command-line.ts';
import { meant } from './nearest.ts';

const MANY = 999_999_999;

const FLAGS = {
  release: {
    group: 'What is judged',
    value: 'X',
    many: true,
    says: 'a version on npm, like 2026.9.6 or 2026.9.1-beta.1, or a tag like latest; repeatable',
  },
  all: { says: 'the releases in fixtures/releases.json, which date the contract' },
  since: {
    value: 'X',
    says: 'every release on npm from X on, of its line; with --all, those of fixtures/releases.json',
  },
  lines: { says: 'with --since or --all, maintenance lines too, like 2026.7.33' },
  pre: { says: 'with --since or --all, pre-releases too, like 2026.9.1-beta.1' },
  package: {
    value: 'NAME@VERSION',
    many: true,
    says: 'a fork or any other package of npm, like openclaw-cn@2026.1.31, or with a tag; repeatable',
  },
  path: { value: 'PATH', many: true, says: 'an unpublished build: a built checkout or a tarball; repeatable' },
  dialect: {
    value: 'NAME|FILE',
    says: 'what packages and builds call headers, models and variables: a row of fixtures/dialects.json, or a file like one; without it, by the name of the package',
  },
  edition: {
    value: 'X',
    says: 'edition of the contract for packages and builds, or auto: the newest that is kept; without it, by the version',
  },
  deployment: {
    value: 'NAME',
    many: true,
    says: 'only this deployment (see fixtures/deployments.json); repeatable',
  },
  only: {
    group: 'Which requirements',
    value: 'ID|CHAPTER',
    many: true,
    says: 'only these; repeatable, * matches anything',
  },
  dating: { says: 'observe requirements that are not in force too, to find their since and until' },
  depth: { value: 'LEVEL', choices: DEPTHS, default: 'quick', says: 'in how many situations each case is judged' },
  waivers: { value: 'FILE', says: "known failures, instead of the kit's own" },
  against: { value: 'REPORT', says: 'compare with a report or a folder of reports: red on new failures' },
  repeat: {
    value: 'N',
    whole: [1, MANY],
    default: 1,
    says: 'judge every case N times; a verdict that varies is an error',
  },
  seed: { value: 'N', whole: [0, MANY], default: 1, says: 'order of the cases' },
  jobs: {
    group: 'Machines and bounds',
    value: 'N',
    whole: [1, MANY],
    default: 1,
    says: 'releases at once, as memory allows',
  },
  concurrency: { value: 'N', whole: [1, MANY], default: 2, says: 'cases at once; older releases fail under more' },
  timeout: {
    value: 'MS',
    whole: [1, MANY],
    says: `time for one exchange; without it ${PATIENCE}, and ${4 * PATIENCE} for releases with long retries`,
  },
  ...BOUND_FLAGS,
  // Of one release; a deep judgement of a slow one takes hours.
  deadline: { ...BOUND_FLAGS.deadline, default: 4 * DEADLINE, says: 'time for all cases of one release' },
  shard: { value: 'I/N', says: 'part I of N of the work, one machine each; merge combines the reports' },
  'no-isolation': { says: 'without a network namespace: run the gateways with access to the network' },
  verbose: { group: 'Output', says: 'a row for every requirement, also for those that passed' },
  out: {
    value: 'DIR',
    says: 'write <release>.json, the other formats in the folder <release>, and index.html to DIR',
  },
  publish: {
    value: 'DIR',
    says: 'add the releases to a comparison page in DIR, for any static host; without a release to judge: publish the reports in --out',
  },
} as const satisfies Flags;

const call = invocation('gate');

/** The command and its flags. */
export const GATE = {
  invocation: call,
  says: `Installs OpenClaw from npm, starts it in every deployment with the kit's model provider, and judges it. Known failures are waived in the kit's fixtures/waivers/openclaw-X.json5.`,
  flags: FLAGS,
  more: `Examples:
  ${call} --release 2026.9.6
  ${call} --path ../openclaw --against out --only streaming
  ${call} --package openclaw-cn@2026.1.31 --edition auto

Exit: 0 only waived failures, 1 a new violation (of a MUST or a SHOULD) or a stale waiver, 2 wrong usage,
3 a release could not be installed, started or judged.`,
} satisfies CommandTable;

const NAMES = table.deployments.map(({ name }) => name);

/**
 * Parses the flags.
 *
 * @throws {UsageError} one line: an unknown flag, a wrong value, or nothing to judge or publish.
 */
export function readGateFlags(argv: readonly string[]): GateFlags {
  const { values } = readCommandLine(argv, GATE);
  const { release, package: named, path, since, edition, deployment, noIsolation, ...others } = values;
  for (const name of deployment) {
    if (!NAMES.includes(name)) throw wrong('--deployment', `one of ${NAMES.join(', ')}`, name, meant(name, NAMES));
  }
  if (deployment.length > 0 && !table.deployments.some(({ name, serves }) => serves && deployment.includes(name))) {
    throw wrong('--deployment', 'another one with the endpoint enabled, like token', deployment.join(', '));
  }
  const flags: GateFlags = {
    ...others,
    releases: [...new Set(release)].map(versioned),
    since: since && dated('--since', since),
    packages: [...new Set(named)].map(packageIn),
    paths: [...new Set(path)],
    edition: edition === AUTO ? AUTO : edition && dated('--edition', edition),
    deployments: [...new Set(deployment)],
    shard: others.shard === undefined ? undefined : shard(others.shard),
    unisolated: noIsolation,
  };
  if (!judges(flags) && flags.publish === undefined) {
    throw new UsageError(
      'Failed to gate: expected --release X, --all, --since X, --package NAME@VERSION or --path PATH, got none. See --help.',
    );
  }
  return flags;
}

function versioned(given: string): string {
  if (isRelease(given) || isPrerelease(given) || TAG.test(given)) return given;
  throw wrong('--release', 'a release like 2026.9.6, or a tag like latest', given);
}

/** A tag of npm begins as no version does. */
const TAG = /^[a-z][a-z0-9-]{0,40}$/;

function dated(flag: string, given: string): string {
  if (isRelease(given)) return given;
  throw wrong(flag, 'a release like 2026.9.6', given);
}

/** A package and its version; the `@` of a scope begins its name. */
function packageIn(given: string): GateFlags['packages'][number] {
  const [, name, version] = /^(@?[^@]+)@([^@]+)$/.exec(given) ?? [];
  if (name === undefined || version === undefined) {
    throw wrong('--package', 'a name and a version like openclaw-cn@2026.1.31', given);
  }
  return { name, version };
}

/** Whether the flags select anything to judge. */
export function judges({ releases, packages, paths, all, since }: GateFlags): boolean {
  return releases.length + packages.length + paths.length > 0 || all || since !== undefined;
}

function shard(given: string): Shard {
  const [, part, of] = (/^(\d{1,4})\/(\d{1,4})$/.exec(given) ?? []).map(Number);
  if (part === undefined || of === undefined || part < 1 || part > of) throw wrong('--shard', 'I/N like 1/3', given);
  return { part, of };
}
