/** The result of a run as data: one model for every format. Every foreign text in it is redacted and printable. */
import { createHash } from 'node:crypto';
import { ENDPOINT } from '../dial/dial.ts';
import { PLAIN } from '../dial/dialect.ts';
import { secretsOf, type Profile, type Target } from '../dial/target.ts';
import type { Judged } from '../judging/judge.ts';
import { isConformant, summaryOf, type Summary, type VerdictName } from '../judging/verdict.ts';
import type { Requirement } from '../vocabulary/chapter.ts';
import { curl } from '../wire/curl.ts';
import type { Exchange } from '../wire/exchange.ts';
import { cleaning } from '../wire/printable.ts';
import { redaction, type Redact } from '../wire/redaction.ts';
import { momentsOf, rawMoments, type Moment } from '../wire/transcript.ts';
import { clientsOf, type Client } from './clients.ts';
import { hurtGroups, type HurtGroup } from './hurt-clients.ts';

/** One judged requirement. */
export interface ReportCase {
  readonly id: string;
  readonly chapter: string;
  readonly level: string;
  readonly verdict: VerdictName;
  readonly reason: string;
  readonly durationMs: number;
  readonly says: string;
  /** The URL of the promise: a section of the documentation, an RFC, or an issue. */
  readonly source: string;
  /** Present when the case did not hold, whatever the verdict, and when a waiver is stale. */
  readonly evidence?: Evidence;
}

/** Why a case did not hold. */
export interface Evidence {
  /** In which situation, where it was another than today's call. `expected` begins with it. */
  readonly situation?: string;
  readonly expected?: string;
  readonly got?: string;
  /** The transcript: the moments of each exchange. */
  readonly exchanges: readonly (readonly Moment[])[];
  /** A command that repeats the exchange in which the case failed. */
  readonly curl?: string;
  /** Where only several exchanges together show it: a command for each of them, in this order. */
  readonly history?: readonly string[];
  /** Clients known to break when this requirement is violated. */
  readonly breaks: readonly Client[];
  /** Clients that were measured to break behind a gateway that violates it, worst first. Absent where none was. */
  readonly hurt?: readonly HurtGroup[];
}

/** `openclaw-conformance/report@1`; `fixtures/schemas/report.schema.json` describes it for other languages. */
export interface Report {
  readonly schema: 'openclaw-conformance/report@1';
  readonly suite: { readonly version: string; readonly contractHash: string };
  readonly target: {
    readonly name: string;
    readonly baseUrl: string;
    readonly deployments: readonly string[];
    readonly agents: readonly string[];
    readonly scripted: boolean;
    readonly probe: boolean;
    /** Its certificate was not checked. */
    readonly insecure?: boolean;
    /** What it calls its headers and models, where it is not as OpenClaw. */
    readonly dialect?: { readonly header: string; readonly model: string };
    /** What its package lacks and the suite mended, a sentence each. */
    readonly mended?: readonly string[];
  };
  readonly edition: string;
  readonly profile: Profile;
  readonly conformant: boolean;
  readonly summary: Summary;
  /** When the run began, ISO 8601 in UTC, and how long it took. Not for recorded traffic. */
  readonly began?: string;
  readonly durationMs?: number;
  /** Only for recorded traffic: the entries of the file, and the calls of the endpoint among them. */
  readonly recorded?: { readonly entries: number; readonly calls: number };
  /** Start time and memory of the gateways that the suite started. */
  readonly gateways?: readonly Started[];
  /** In the order of the contract. */
  readonly cases: readonly ReportCase[];
}

/** The cost of starting one gateway. */
export interface Started {
  readonly deployment: string;
  /** From the start of the process to its first response, in ms. */
  readonly startMs: number;
  /** Resident memory when it was ready, in MiB. */
  readonly memoryMiB: number;
}

/** A case with evidence, to be shown. */
export type Finding = ReportCase & { readonly evidence: Evidence };

/** A report and its findings. */
export interface Found {
  readonly report: Report;
  /** See `findingsOf`. */
  readonly findings: readonly Finding[];
}

/** The cases with verdict fail, warn, stale or error, in the order of the contract. */
export function findingsOf({ cases }: Pick<Report, 'cases'>): Finding[] {
  return cases.filter(
    (one): one is Finding => one.evidence !== undefined && ['fail', 'warn', 'stale', 'error'].includes(one.verdict),
  );
}

/**
 * Makes the report of a run. The target's secrets are masked in every text.
 *
 * @param requirements all requirements of the suite, in the order of the contract.
 * @param options.secretName environment variable that the curl command names in place of the credential. Default:
 *   OPENCLAW_GATEWAY_TOKEN.
 */
export function reportOf(
  judged: readonly Judged[],
  target: Target,
  requirements: readonly Requirement[],
  options: {
    version: string;
    filtered: boolean;
    secretName?: string | undefined;
    gateways?: readonly Started[];
    recorded?: Report['recorded'];
    /** When the run began. Default: the report does not say. */
    began?: Date;
  },
): Found {
  const clean = cleaning(secretsOf(target));
  const caseOf = casesOf(target, requirements, options.secretName);
  const order = new Map(requirements.map(({ id }, index) => [id, index]));
  const summary = summaryOf(judged);
  const report: Report = {
    schema: 'openclaw-conformance/report@1',
    suite: { version: options.version, contractHash: contractHash(requirements) },
    target: {
      name: clean(target.name),
      baseUrl: clean(target.deployments[0].baseUrl),
      deployments: [...new Set(target.deployments.map(({ name }) => clean(name)))],
      agents: target.agents.map(clean),
      scripted: target.scripted,
      probe: target.probe !== undefined,
      ...(target.insecure && { insecure: true }),
      ...dialectIn(target),
      ...(target.mended?.length && { mended: target.mended.map(clean) }),
    },
    edition: target.edition,
    profile: target.profile,
    conformant: isConformant(summary, options.filtered),
    summary,
    ...(options.began && { began: options.began.toISOString(), durationMs: Date.now() - options.began.getTime() }),
    ...(options.gateways && { gateways: options.gateways }),
    ...(options.recorded && { recorded: options.recorded }),
    cases: judged.toSorted((a, b) => order.get(a.id)! - order.get(b.id)!).map(caseOf),
  };
  return { report, findings: findingsOf(report) };
}

function dialectIn({ dialect = PLAIN }: Target): Pick<Report['target'], 'dialect'> {
  const { header, model } = dialect;
  return header === PLAIN.header && model === PLAIN.model ? {} : { dialect: { header, model } };
}

/**
 * Makes what a report says of one case. The target's secrets are masked in every text.
 *
 * @param secretName as for `reportOf`.
 */
export function casesOf(
  target: Target,
  requirements: readonly Requirement[],
  secretName = 'OPENCLAW_GATEWAY_TOKEN',
): (one: Judged) => ReportCase {
  const secrets = secretsOf(target);
  const clean = cleaning(secrets);
  const redact = redaction(secrets);
  // Other credentials than the target's own were wrong on purpose.
  const curlOf = (exchange: Exchange): string => {
    const own = exchange.request.headers.some(([, value]) => secrets.some((secret) => value === `Bearer ${secret}`));
    return clean(curl(exchange, own ? secretName : undefined, target));
  };
  const known = new Map(requirements.map((one) => [one.id, one]));
  return (one) => {
    const { id, chapter, level, verdict, durationMs, ending } = one;
    const { says, source } = known.get(id)!;
    const evidence = evidenceOf(one, redact, clean, curlOf);
    const got = ending.kind === 'violated' ? ending.got : '';
    const reason = clean(one.reason.replace(got, () => asSent(got)));
    return { id, chapter, level, verdict, reason, durationMs, says, source, ...(evidence && { evidence }) };
  };
}

/** What came, as a message quotes it; JSON in quotes is shown as it was sent, and not escaped once more. */
function asSent(got: string): string {
  if (!/^"[[{]/.test(got)) return got;
  return got.slice(1, got.endsWith('"') ? -1 : undefined).replaceAll(/\\(["\\])/g, '$1');
}

function evidenceOf(
  { id, ending, verdict, transcript, raws = [] }: Judged,
  redact: Redact,
  clean: (text: string) => string,
  curlOf: (exchange: Exchange) => string,
): Evidence | undefined {
  if (
    ending.kind === 'not-applicable' ||
    ending.kind === 'unobserved' ||
    (ending.kind === 'held' && verdict !== 'stale')
  )
    return undefined;
  const history = ending.kind === 'violated' ? ending.history : undefined;
  const shown = history ?? transcript;
  // The case failed in its last exchange.
  const last = shown.findLast(({ request }) => request.url.includes(ENDPOINT)) ?? shown.at(-1);
  const exchanges = [...shown.map((one) => momentsOf(one, redact)), ...raws.map((one) => rawMoments(one, redact))];
  const violated = ending.kind === 'violated';
  const hurt = violated ? hurtGroups(id) : [];
  return {
    ...(violated && {
      ...(ending.situation && { situation: clean(ending.situation) }),
      expected: clean(`${ending.situation ? `${ending.situation}: ` : ''}${ending.expected}`),
      got: clean(asSent(ending.got)),
    }),
    exchanges: exchanges.map((moments) => moments.map((one) => ({ ...one, text: clean(one.text) }))),
    ...(last && { curl: curlOf(last) }),
    ...(history && { history: history.map((one, at) => `${at + 1}. ${curlOf(one)}`) }),
    breaks: violated ? clientsOf(id) : [],
    ...(hurt.length > 0 && { hurt }),
  };
}

/** 16 hexadecimal digits; equal when two reports were judged by the same contract. */
export function contractHash(requirements: readonly Requirement[]): string {
  const hash = createHash('sha256');
  for (const { id, level, says, since, until, mustSince, keptSince } of requirements) {
    hash.update(JSON.stringify([id, level, says, since, until, mustSince, keptSince]));
  }
  return hash.digest('hex').slice(0, 16);
}
