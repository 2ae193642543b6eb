/** The command line of `npm run conformance`. Unknown flags are errors; secrets come from the environment only. */
import { DEPTHS, type Depth } from '../dial/course.ts';
import { CAPABILITIES, DEFAULTS, isCapability, type Capability, type Profile } from '../dial/target.ts';
import { isRelease } from '../editions.ts';
import { CONCURRENCY } from '../judging/judge.ts';
import { invocation } from '../reports/invocation.ts';
import { UsageError } from '../usage-error.ts';
import { BOUNDS, DEADLINE, type Bounds } from '../wire/bounds.ts';
import { readArgv } from './usage.ts';

/** The flags, named as in `HELP`. */
export interface Flags {
  /** undefined: judge the embedded reference. */
  readonly baseUrl: string | undefined;
  readonly targetFile: string | undefined;
  /** Recorded traffic instead of a target. */
  readonly traffic: string | undefined;
  readonly tokenEnv: string;
  readonly passwordEnv: string;
  readonly auth: 'token' | 'password' | 'none' | undefined;
  readonly agents: readonly string[] | undefined;
  readonly edition: string | undefined;
  readonly asReleased: boolean;
  readonly profile: Profile | undefined;
  readonly model: string | undefined;
  readonly without: readonly Capability[];
  readonly probePort: number | undefined;
  readonly only: readonly string[];
  /** undefined: by the target. */
  readonly depth: Depth | undefined;
  readonly list: boolean;
  readonly explain: string | undefined;
  readonly waivers: string | undefined;
  readonly concurrency: number;
  /** In ms. */
  readonly timeout: number;
  readonly maxBytes: number;
  readonly maxFrames: number;
  /** In seconds. */
  readonly deadline: number;
  readonly seed: number;
  readonly strict: boolean;
  readonly out: string | undefined;
  readonly help: boolean;
}

/** The text of `--help`, without a final newline. */
export const HELP = `${invocation('conformance')} [options]

Without a target, starts the embedded reference in every deployment and judges it.

  --base-url URL       the gateway to judge, with or without /v1
  --target FILE        several deployments of one gateway, as JSON5 (see README)
  --traffic FILE       judge what was recorded, a HAR or a journal of the reference, as far as it shows
  --auth MODE          token, password or none (default: by the variable that is set)
  --token-env NAME     variable with the token (default: OPENCLAW_GATEWAY_TOKEN)
  --password-env NAME  variable with the password (default: OPENCLAW_GATEWAY_PASSWORD)
  --agents A,B         ids of the gateway's agents, the default one first (default: main)
  --edition RELEASE    edition of the contract (default: ${DEFAULTS.edition})
  --as-released        give the embedded reference the known mistakes of that release, which are waived
  --profile NAME       openclaw, or core: any OpenAI-compatible chat endpoint (default: openclaw)
  --model NAME         value of model in profile core
  --without A,B        what the gateway lacks: ${CAPABILITIES.join(', ')}
  --probe-port N       run the gateway's model provider on this port of 127.0.0.1
  --only ID|CHAPTER    only these requirements; repeatable, * matches anything
  --depth LEVEL        in how many situations each case is judged: quick, standard or deep
                       (default: standard where replies are scripted or probed, quick for a live model)
  --waivers FILE       known failures, as JSON5
  --concurrency N      cases at once (default: ${CONCURRENCY})
  --timeout MS         time for one exchange (default: ${BOUNDS.patience})
  --max-bytes N        bytes of one response, as received and as decoded (default: ${BOUNDS.maxBytes})
  --max-frames N       frames of one stream (default: ${BOUNDS.maxFrames})
  --deadline SECONDS   time for all cases; unfinished ones are not judged (default: ${DEADLINE})
  --seed N             order of the cases, and what they draw (default: random, and printed)
  --strict             count a violated SHOULD as a failure
  --out DIR            write report.json, junit.xml, report.md, badge.json and report.html to DIR
  --list               print the requirements
  --explain ID         print one requirement and its mutants

Exit: 0 no violation, 1 a violation or a stale waiver, 2 wrong usage or configuration,
3 the target cannot be reached, a case could not be judged, or nothing was judged.`;

const OPTIONS = {
  'base-url': { type: 'string' },
  target: { type: 'string' },
  traffic: { type: 'string' },
  'token-env': { type: 'string' },
  'password-env': { type: 'string' },
  auth: { type: 'string' },
  agents: { type: 'string' },
  edition: { type: 'string' },
  'as-released': { type: 'boolean' },
  profile: { type: 'string' },
  model: { type: 'string' },
  without: { type: 'string', multiple: true },
  'probe-port': { type: 'string' },
  only: { type: 'string', multiple: true },
  depth: { type: 'string' },
  list: { type: 'boolean' },
  explain: { type: 'string' },
  waivers: { type: 'string' },
  concurrency: { type: 'string' },
  timeout: { type: 'string' },
  'max-bytes': { type: 'string' },
  'max-frames': { type: 'string' },
  deadline: { type: 'string' },
  seed: { type: 'string' },
  strict: { type: 'boolean' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Parses the flags.
 *
 * @throws {UsageError} one line: an unknown flag or a wrong value.
 */
export function readArguments(argv: readonly string[]): Flags {
  const values = readArgv(argv, { options: OPTIONS }).values;
  const baseUrl = values['base-url'];
  if (baseUrl !== undefined && values.target !== undefined) wrong('--target', 'no --base-url beside it', baseUrl);
  if (values.edition !== undefined && !isRelease(values.edition))
    wrong('--edition', 'a release like 2026.9.6', values.edition);
  const target = baseUrl ?? values.target;
  if (values.traffic !== undefined) {
    if (target !== undefined) wrong('--traffic', 'no target beside it', target);
    if (values['as-released']) wrong('--traffic', 'no --as-released beside it', values.traffic);
    if (values['probe-port'] !== undefined) wrong('--traffic', 'no --probe-port beside it', values.traffic);
  }
  if (values['as-released'] && target !== undefined) wrong('--as-released', 'no target beside it', target);
  const agents = values.agents?.split(',').map((agent) => agent.trim());
  if (agents?.some((agent) => agent === '')) wrong('--agents', 'ids like main,beta', values.agents!);
  const without = values.without?.flatMap((names) => names.split(',')).map((name) => name.trim()) ?? [];
  const odd = without.find((name) => !isCapability(name));
  if (odd !== undefined) wrong('--without', CAPABILITIES.join(', '), odd);
  return {
    baseUrl,
    targetFile: values.target,
    traffic: values.traffic,
    tokenEnv: values['token-env'] ?? 'OPENCLAW_GATEWAY_TOKEN',
    passwordEnv: values['password-env'] ?? 'OPENCLAW_GATEWAY_PASSWORD',
    auth: oneOf('--auth', ['token', 'password', 'none'], values.auth),
    agents,
    edition: values.edition,
    asReleased: values['as-released'] ?? false,
    profile: oneOf('--profile', ['openclaw', 'core'], values.profile),
    model: values.model,
    without: without.filter(isCapability),
    probePort: numeral('--probe-port', values['probe-port'], 1, 65_535),
    only: values.only ?? [],
    depth: oneOf('--depth', DEPTHS, values.depth),
    list: values.list ?? false,
    explain: values.explain,
    waivers: values.waivers,
    concurrency: numeral('--concurrency', values.concurrency, 1, 1000) ?? CONCURRENCY,
    timeout: numeral('--timeout', values.timeout, 1, 3_600_000) ?? BOUNDS.patience,
    maxBytes: numeral('--max-bytes', values['max-bytes'], 1, 1024 ** 3) ?? BOUNDS.maxBytes,
    maxFrames: numeral('--max-frames', values['max-frames'], 1, 10_000_000) ?? BOUNDS.maxFrames,
    deadline: numeral('--deadline', values.deadline, 1, 604_800) ?? DEADLINE,
    seed: numeral('--seed', values.seed, 0, 0xffff_ffff) ?? Math.floor(Math.random() * 0xffff_ffff),
    strict: values.strict ?? false,
    out: values.out,
    help: values.help ?? false,
  };
}

/** The limits of one exchange. */
export const boundsIn = ({ timeout, maxBytes, maxFrames }: Flags): Bounds => ({
  patience: timeout,
  maxBytes,
  maxFrames,
});

function oneOf<T extends string>(flag: string, allowed: readonly T[], given: string | undefined): T | undefined {
  if (given === undefined || allowed.includes(given as T)) return given as T | undefined;
  return wrong(flag, allowed.join(', '), given);
}

function numeral(flag: string, given: string | undefined, least: number, most: number): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least && value <= most) return value;
  return wrong(flag, `a whole number from ${least} to ${most}`, given);
}

function wrong(flag: string, expected: string, got: string): never {
  throw new UsageError(`Failed to read ${flag}: expected ${expected}, got ${JSON.stringify(got)}. See --help.`);
}
