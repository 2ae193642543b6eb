/** `npm run conformance -- --traffic FILE`: judges recorded exchanges by the watched requirements; sends nothing. */

import { basename } from 'node:path';
import suite from '../../package.json' with { type: 'json' };
import { cases } from '../chapters/index.ts';
import { DEFAULTS, type Deployment, type Target } from '../dial/target.ts';
import { inForce } from '../editions.ts';
import { matches, waiverOf, type Judged } from '../judging/judge.ts';
import { verdictOf, type Ending } from '../judging/verdict.ts';
import type { Waiver } from '../judging/waivers.ts';
import { readTraffic, type Traffic } from '../recordings/traffic.ts';
import { counted } from '../reports/counted.ts';
import { readyFolder } from '../reports/output-folder.ts';
import { invocation } from '../reports/invocation.ts';
import { reportOf } from '../reports/report.ts';
import { levelAt } from '../vocabulary/chapter.ts';
import { credentialsOf } from '../watching/credentials.ts';
import { Watch } from '../watching/watch.ts';
import { shortened } from '../wire/exchange.ts';
import type { Surroundings } from './command-line.ts';
import { boundsIn, type Flags } from './conformance-flags.ts';
import { reportAt, told } from './output.ts';

/** Runs the command; resolves to the exit code: 1 for a violation, 3 when nothing was observed. */
export async function judgeTraffic(
  flags: Flags & { readonly traffic: string },
  waivers: readonly Waiver[],
  world: Surroundings,
): Promise<number> {
  if (flags.out !== undefined) readyFolder('--out', flags.out);
  const baseline = flags.against === undefined ? undefined : reportAt(flags.against);
  const traffic = readTraffic(flags.traffic, flags.maxBytes);
  const target = recordedTarget(traffic, flags);
  const judged = verdicts(traffic, target, flags.only, waivers);
  const { report } = reportOf(judged, target, cases, {
    version: suite.version,
    filtered: true,
    recorded: { entries: traffic.entries, calls: traffic.calls.length },
  });
  if (flags.format === undefined) {
    const about = `${counted(traffic.calls.length, 'call')} among ${traffic.entries} entries`;
    world.write(`Judging ${report.target.name}: ${about}\n`);
    world.write(`Edition ${target.edition}, profile ${target.profile}, ${judged.length} watched requirements\n\n`);
  }
  const again = [invocation('judge'), '--traffic', flags.traffic].join(' ');
  return told(report, { flags, world, baseline, again: (id) => `${again} --only ${id}` });
}

function verdicts({ calls }: Traffic, target: Target, only: readonly string[], waivers: readonly Waiver[]): Judged[] {
  const watched = cases.filter(
    (one) =>
      one.watched &&
      inForce(one, target.edition) &&
      (target.profile === 'openclaw' || one.core) &&
      (only.length === 0 || only.some((pattern) => matches(one, pattern))),
  );
  const watch = new Watch(
    watched.map(({ id }) => id),
    [],
  );
  calls.forEach((call, at) => watch.see(`call ${at + 1}`, [call]));
  return watched.map((one): Judged => {
    const level = levelAt(one, target);
    const broken = watch.broken(one.id);
    const ending = broken ? toldOf(broken) : seenOf(watch.observed(one.id));
    const transcript = broken ? [shortened(broken.exchange)] : [];
    // A requirement that was kept in some calls may be broken in others: no waiver is stale.
    const waiver = broken && waiverOf(one.id, target.deployments[0].name, waivers);
    const seen = { durationMs: 0, transcript, requests: 0 };
    return { id: one.id, chapter: one.chapter, level, ending, ...seen, ...verdictOf(ending, level, waiver) };
  });
}

const seenOf = (times: number): Ending =>
  times === 0 ? { kind: 'unobserved' } : { kind: 'held', observed: `${times} observed` };

function toldOf({ by, ending }: NonNullable<ReturnType<Watch['broken']>>): Ending {
  return ending.kind === 'violated'
    ? { ...ending, got: `${ending.got} (in ${by})` }
    : { ...ending, reason: `${ending.reason} (in ${by})` };
}

/** Whatever the calls offer as a credential is a secret of the report. */
function recordedTarget({ calls }: Traffic, flags: Flags & { readonly traffic: string }): Target {
  const secrets = [...new Set(calls.flatMap(credentialsOf))];
  const baseUrl = calls[0] ? new URL(calls[0].request.url).origin : 'http://localhost';
  const offered = secrets.map((credential): Deployment => ({ name: 'recorded', baseUrl, auth: 'token', credential }));
  const [first = { name: 'recorded', baseUrl, auth: 'none', credential: undefined } as const, ...others] = offered;
  return {
    ...DEFAULTS,
    ...boundsIn(flags),
    name: basename(flags.traffic),
    edition: flags.edition ?? DEFAULTS.edition,
    profile: flags.profile ?? DEFAULTS.profile,
    deployments: [first, ...others],
  };
}
