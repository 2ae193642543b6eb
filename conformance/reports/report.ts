/** What a run found, as data: one model for every format. Everything in it has been redacted. */
import { createHash } from 'node:crypto';
import { ENDPOINT } from '../dial.ts';
import { secretsOf } from '../target.ts';
import { isConformant, summaryOf } from '../verdict.ts';
import { curl } from '../wire/curl.ts';
import { redaction } from '../wire/redaction.ts';
import { transcriptOf } from '../wire/transcript.ts';
import type { Requirement } from '../contract.ts';
import type { Judged } from '../judge.ts';
import type { Profile, Target } from '../target.ts';
import type { Summary, VerdictName } from '../verdict.ts';

export interface ReportCase {
  readonly id: string;
  readonly chapter: string;
  readonly level: string;
  readonly verdict: VerdictName;
  readonly reason: string;
  readonly durationMs: number;
}

/** `openclaw-conformance/report@1` */
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
  readonly cases: readonly ReportCase[];
}

/** What a reader needs to understand one verdict that is not a pass. */
export interface Finding extends ReportCase {
  readonly says: string;
  readonly source: string;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly transcript: readonly string[];
  readonly curl: string | undefined;
}

export interface Found {
  readonly report: Report;
  /** The verdicts fail, warn, stale and error, in the order of the contract. */
  readonly findings: readonly Finding[];
}

/**
 * @param requirements all that the suite knows, in the order of the contract.
 * @param secretName the environment variable in which a reader of the report keeps the credential.
 */
export function reportOf(
  judged: readonly Judged[],
  target: Target,
  requirements: readonly Requirement[],
  options: { version: string; filtered: boolean; secretName?: string | undefined },
): Found {
  const redact = redaction(secretsOf(target));
  const order = new Map(requirements.map(({ id }, index) => [id, index]));
  const inOrder = judged.toSorted((a, b) => order.get(a.id)! - order.get(b.id)!);
  const summary = summaryOf(judged);
  const report: Report = {
    schema: 'openclaw-conformance/report@1',
    suite: { version: options.version, contractHash: contractHash(requirements) },
    target: {
      name: target.name,
      baseUrl: target.deployments[0].baseUrl,
      deployments: target.deployments.map(({ name }) => name),
      agents: target.agents,
      scripted: target.scripted,
      probe: target.probe !== undefined,
    },
    edition: target.edition,
    profile: target.profile,
    conformant: isConformant(summary, options.filtered),
    summary,
    cases: inOrder.map((one) => reportCase(one, redact)),
  };
  const findings = inOrder
    .filter(({ verdict }) => ['fail', 'warn', 'stale', 'error'].includes(verdict))
    .map((one): Finding => {
      const { says, source } = requirements[order.get(one.id)!]!;
      // The last exchange is the one that the case was looking at when it said no.
      const last = one.transcript.findLast(({ request }) => request.url.includes(ENDPOINT)) ?? one.transcript.at(-1);
      const { ending } = one;
      return {
        ...reportCase(one, redact),
        says,
        source,
        expected: ending.kind === 'violated' ? redact(ending.expected) : undefined,
        got: ending.kind === 'violated' ? redact(ending.got) : undefined,
        transcript: one.transcript.flatMap(transcriptOf).map(redact),
        curl: last && redact(curl(last, options.secretName)),
      };
    });
  return { report, findings };
}

function reportCase(one: Judged, redact: (text: string) => string): ReportCase {
  const { id, chapter, level, verdict, durationMs } = one;
  return { id, chapter, level, verdict, reason: redact(one.reason), durationMs };
}

/** Two reports can be compared when they were judged by the same contract. */
export function contractHash(requirements: readonly Requirement[]): string {
  const hash = createHash('sha256');
  for (const { id, level, says, since, until, mustSince } of requirements) {
    hash.update(JSON.stringify([id, level, says, since, until, mustSince]));
  }
  return hash.digest('hex').slice(0, 16);
}
