/** What a run found, as data: one model for every format. Every text of others in it is redacted and printable. */
import { createHash } from 'node:crypto';
import { ENDPOINT } from '../dial/dial.ts';
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

export interface ReportCase {
  readonly id: string;
  readonly chapter: string;
  readonly level: string;
  readonly verdict: VerdictName;
  readonly reason: string;
  readonly durationMs: number;
  readonly says: string;
  /** Where the promise stands: an address. */
  readonly source: string;
  /** There where the case did not hold, whatever became of that, and where a waiver is stale. */
  readonly evidence?: Evidence;
}

/** What a reader needs to understand why it did not hold. */
export interface Evidence {
  readonly expected?: string;
  readonly got?: string;
  /** What went over the wire, exchange by exchange. */
  readonly exchanges: readonly (readonly Moment[])[];
  /** Sends the exchange again that the case was looking at when it said no. */
  readonly curl?: string;
  /** Clients known to break when the promise is broken. */
  readonly breaks: readonly Client[];
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
  };
  readonly edition: string;
  readonly profile: Profile;
  readonly conformant: boolean;
  readonly summary: Summary;
  /** What it cost to start them, where the suite did. */
  readonly gateways?: readonly Started[];
  /** In the order of the contract. */
  readonly cases: readonly ReportCase[];
}

export interface Started {
  readonly deployment: string;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
  /** Resident, when it was ready. */
  readonly memoryMiB: number;
}

/** A case to tell somebody about. */
export type Finding = ReportCase & { readonly evidence: Evidence };

export interface Found {
  readonly report: Report;
  /** See `findingsOf`. */
  readonly findings: readonly Finding[];
}

/** The verdicts fail, warn, stale and error, in the order of the contract. */
export function findingsOf({ cases }: Pick<Report, 'cases'>): Finding[] {
  return cases.filter(
    (one): one is Finding => one.evidence !== undefined && ['fail', 'warn', 'stale', 'error'].includes(one.verdict),
  );
}

/**
 * @param requirements all that the suite knows, in the order of the contract.
 * @param options.secretName the environment variable in which a reader of the report keeps the credential; default:
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
  },
): Found {
  const secrets = secretsOf(target);
  const clean = cleaning(secrets);
  const redact = redaction(secrets);
  // Another secret than the target's own was sent on purpose.
  const nameOf = ({ request }: Exchange): string | undefined =>
    request.headers.some(([, value]) => secrets.some((secret) => value === `Bearer ${secret}`))
      ? (options.secretName ?? 'OPENCLAW_GATEWAY_TOKEN')
      : undefined;
  const order = new Map(requirements.map(({ id }, index) => [id, index]));
  const summary = summaryOf(judged);
  const report: Report = {
    schema: 'openclaw-conformance/report@1',
    suite: { version: options.version, contractHash: contractHash(requirements) },
    target: {
      name: clean(target.name),
      baseUrl: clean(target.deployments[0].baseUrl),
      deployments: target.deployments.map(({ name }) => clean(name)),
      agents: target.agents.map(clean),
      scripted: target.scripted,
      probe: target.probe !== undefined,
    },
    edition: target.edition,
    profile: target.profile,
    conformant: isConformant(summary, options.filtered),
    summary,
    ...(options.gateways && { gateways: options.gateways }),
    cases: judged
      .toSorted((a, b) => order.get(a.id)! - order.get(b.id)!)
      .map((one): ReportCase => {
        const { id, chapter, level, verdict, durationMs } = one;
        const { says, source } = requirements[order.get(id)!]!;
        const evidence = evidenceOf(one, redact, clean, nameOf);
        const reason = clean(one.reason);
        return { id, chapter, level, verdict, reason, durationMs, says, source, ...(evidence && { evidence }) };
      }),
  };
  return { report, findings: findingsOf(report) };
}

function evidenceOf(
  { id, ending, verdict, transcript, raws = [] }: Judged,
  redact: Redact,
  clean: (text: string) => string,
  nameOf: (exchange: Exchange) => string | undefined,
): Evidence | undefined {
  if (ending.kind === 'not-applicable' || (ending.kind === 'held' && verdict !== 'stale')) return undefined;
  // The last exchange is the one that the case was looking at when it said no.
  const last = transcript.findLast(({ request }) => request.url.includes(ENDPOINT)) ?? transcript.at(-1);
  const exchanges = [...transcript.map((one) => momentsOf(one, redact)), ...raws.map((one) => rawMoments(one, redact))];
  const violated = ending.kind === 'violated';
  return {
    ...(violated && { expected: clean(ending.expected), got: clean(ending.got) }),
    exchanges: exchanges.map((moments) => moments.map((one) => ({ ...one, text: clean(one.text) }))),
    ...(last && { curl: clean(curl(last, nameOf(last))) }),
    breaks: violated ? clientsOf(id) : [],
  };
}

/** Two reports can be compared when they were judged by the same contract. */
export function contractHash(requirements: readonly Requirement[]): string {
  const hash = createHash('sha256');
  for (const { id, level, says, since, until, mustSince } of requirements) {
    hash.update(JSON.stringify([id, level, says, since, until, mustSince]));
  }
  return hash.digest('hex').slice(0, 16);
}
