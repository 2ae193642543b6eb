/** The command line of `npm run conformance`. Secrets come from the environment only. */
import { DEPTHS } from '../dial/course.ts';
import { CAPABILITIES, DEFAULTS, isCapability, type Capability } from '../dial/target.ts';
import { AUTO, isRelease } from '../editions.ts';
import { CONCURRENCY } from '../judging/lanes.ts';
import { invocation } from '../reports/invocation.ts';
import { BOUNDS, type Bounds } from '../wire/bounds.ts';
import { BOUND_FLAGS } from './bound-flags.ts';
import { readCommandLine, wrong, type CommandTable, type Flags as Table, type Values } from './command-line.ts';
import { meant } from './nearest.ts';

const FLAGS = {
  'base-url': { group: 'What is judged', value: 'URL', says: 'the gateway to judge, with or without /v1' },
  target: { value: 'FILE', says: 'several deployments of one gateway, as JSON5' },
  traffic: {
    value: 'FILE',
    says: 'judge what was recorded, a HAR or a journal of the reference, as far as it shows',
  },
  auth: {
    value: 'MODE',
    choices: ['token', 'password', 'none'],
    says: 'how requests authenticate; without it, by the variable that is set',
  },
  'token-env': {
    value: 'NAME',
    default: 'OPENCLAW_GATEWAY_TOKEN',
    says: 'the variable with the token; no flag takes it, for other users can read command lines',
  },
  'password-env': { value: 'NAME', default: 'OPENCLAW_GATEWAY_PASSWORD', says: 'the variable with the password' },
  agents: { value: 'A,B', says: "ids of the gateway's agents, the default one first (default: main)" },
  edition: {
    value: 'RELEASE',
    says: `edition of the contract, or auto: the newest that the gateway keeps (default: ${DEFAULTS.edition})`,
  },
  'as-released': { says: 'give the embedded reference the known mistakes of that release, which are waived' },
  dialect: {
    value: 'NAME|FILE',
    says: 'what a fork calls headers and models: a row of fixtures/dialects.json, or a file like one (default: openclaw)',
  },
  profile: {
    value: 'NAME',
    choices: ['openclaw', 'core'],
    says: 'core: any OpenAI-compatible chat endpoint, without agents, sessions and all else of OpenClaw',
  },
  model: { value: 'NAME', says: 'value of model in profile core' },
  without: { value: 'A,B', many: true, says: `what the gateway lacks: ${CAPABILITIES.join(', ')}` },
  'probe-port': {
    value: 'N',
    whole: [1, 65_535],
    says: "run the gateway's model provider on this port of 127.0.0.1: for a model that echoes or is fixed",
  },
  header: {
    group: 'How it is reached',
    value: 'NAME:VALUE',
    many: true,
    says: 'a header of every request; repeatable, in no report',
  },
  'header-env': { value: 'NAME=VARIABLE', many: true, says: 'a header whose value is in the environment; repeatable' },
  ca: { value: 'FILE', says: 'certificates to accept beside the known ones, as PEM' },
  insecure: { says: 'accept any certificate; the report says so' },
  wait: { value: 'SECONDS', whole: [0, 86_400], default: 0, says: 'how long the gateway may take to start' },
  only: {
    group: 'Which requirements',
    value: 'ID|CHAPTER',
    many: true,
    says: 'only these; repeatable, * matches anything',
  },
  depth: {
    value: 'LEVEL',
    choices: DEPTHS,
    says: 'in how many situations each is judged; without it standard, and quick for a live model',
  },
  waivers: { value: 'FILE', says: 'known failures, as JSON5' },
  seed: {
    value: 'N',
    whole: [0, 0xffff_ffff],
    says: 'their order, and what they draw; random without it, and printed',
  },
  'last-failed': { says: 'only what did not hold in the run before, whose report is in --out' },
  bail: { says: 'begin no other case after the first failure' },
  strict: { says: 'count a violated SHOULD as a failure' },
  list: { says: 'print the requirements' },
  explain: { value: 'ID', says: 'print one requirement and its mutants' },
  concurrency: { group: 'Bounds', value: 'N', whole: [1, 1000], default: CONCURRENCY, says: 'cases at once' },
  timeout: { value: 'MS', whole: [1, 3_600_000], default: BOUNDS.patience, says: 'time for one exchange' },
  ...BOUND_FLAGS,
  json: {
    group: 'Output',
    says: 'print each verdict as a line of JSON when it is known; with --list and --explain, one document',
  },
  format: {
    value: 'FORMAT',
    choices: ['json', 'junit', 'markdown', 'ctrf'],
    says: 'print the report in that format, in place of text',
  },
  against: { value: 'REPORT', says: 'compare with a report, or with the folder of --out: red on new failures' },
  out: {
    value: 'DIR',
    says: 'write report.json, junit.xml, report.md, badge.json and report.html to DIR',
  },
} as const satisfies Table;

const call = invocation('judge');

/** The command and its flags. */
export const JUDGE = {
  invocation: call,
  says: `Judges a gateway, requirement by requirement. Without a target: the embedded reference, in every deployment. The model behind the gateway has to answer its agent's id, and to remember a code word; about 115 of its runs are needed.`,
  flags: FLAGS,
  more: `Examples:
  ${call} --base-url http://127.0.0.1:18789 --agents main,beta
  ${call} --base-url http://127.0.0.1:18789 --profile core --model gpt-4o --auth none
  ${call} --only streaming --only 'authentication.near-miss.*'

HTTP_PROXY, HTTPS_PROXY and NO_PROXY are heeded for a gateway that is not on this machine.

Exit: 0 no violation, 1 a violation or a stale waiver, 2 wrong usage or configuration,
3 the target cannot be reached, a case could not be judged, or nothing was judged.`,
} satisfies CommandTable;

/** The flags. */
export interface Flags extends Omit<Values<typeof FLAGS>, 'agents' | 'seed' | 'without'> {
  readonly agents: readonly string[] | undefined;
  readonly seed: number;
  readonly without: readonly Capability[];
}

/**
 * Parses the flags.
 *
 * @throws {UsageError} one line: an unknown flag or a wrong value.
 */
export function readArguments(argv: readonly string[]): Flags {
  const { values } = readCommandLine(argv, JUDGE);
  const { baseUrl, traffic, asReleased, probePort, edition, seed = Math.floor(Math.random() * 0xffff_ffff) } = values;
  if (baseUrl !== undefined && values.target !== undefined) throw wrong('--target', 'no --base-url beside it', baseUrl);
  const target = baseUrl ?? values.target;
  if (edition !== undefined && edition !== AUTO && !isRelease(edition))
    throw wrong('--edition', `a release like 2026.9.6, or ${AUTO}`, edition);
  if (edition === AUTO && target === undefined) throw wrong('--edition', 'a target beside it', AUTO);
  if (traffic !== undefined) {
    if (target !== undefined) throw wrong('--traffic', 'no target beside it', target);
    if (asReleased) throw wrong('--traffic', 'no --as-released beside it', traffic);
    if (probePort !== undefined) throw wrong('--traffic', 'no --probe-port beside it', traffic);
    if (values.json) throw wrong('--json', 'no --traffic beside it, but --format json', traffic);
  }
  if (asReleased && target !== undefined) throw wrong('--as-released', 'no target beside it', target);
  const agents = values.agents?.split(',').map((agent) => agent.trim());
  if (agents?.some((agent) => agent === '')) throw wrong('--agents', 'ids like main,beta', values.agents!);
  if (values.json && values.format !== undefined) throw wrong('--format', 'no --json beside it', values.format);
  if (values.lastFailed && values.out === undefined) throw wrong('--last-failed', '--out DIR beside it', 'none');
  const without = values.without.flatMap((names) => names.split(',')).map((name) => name.trim());
  const odd = without.find((name) => !isCapability(name));
  if (odd !== undefined) throw wrong('--without', CAPABILITIES.join(', '), odd, meant(odd, CAPABILITIES));
  return { ...values, agents, seed, without: without.filter(isCapability) };
}

/** The limits of one exchange. */
export const boundsIn = ({ timeout, maxBytes, maxFrames }: Flags): Bounds => ({
  patience: timeout,
  maxBytes,
  maxFrames,
});
