/** Who breaks: a client in front of wrong gateways, one call each. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Reference } from '../../../reference/index.ts';
import type { Faithful, Liar } from '../../dial/mutant.ts';
import { redaction } from '../../wire/redaction.ts';
import type { Client, Mode, Told } from '../client.ts';
import { inTurn } from '../judge.ts';
import { Front } from './front.ts';
import { isRight, outcomeOf, worse, type Outcome } from './outcome.ts';
import type { Planned } from './plan.ts';
import { settingOf, type Scenario } from './scenario.ts';

/** How runs are bounded. */
export interface RunOptions {
  /** Runs at once. Default: 4. */
  readonly concurrency?: number;
  /** A client that waits for longer after the gateway's last byte is taken to wait for ever, in s. Default: 15. */
  readonly patience?: number;
}

/** The worst that was seen of a client where a requirement is broken. */
export interface Breakage {
  readonly outcome: Outcome;
  /** The wrong gateway that showed it, as the catalogue names it. */
  readonly gateway: string;
}

/** What was measured of a client. */
export interface Measurement {
  /** How many wrong gateways it met, by what became of it. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Calls that it does not make well even of the faithful gateway: nothing is measured by them. */
  readonly unsound: readonly string[];
  /** By the id of the requirement, in the order of the catalogue. */
  readonly breaks: Readonly<Record<string, Breakage>>;
}

/** The longest run, in ms; one that takes longer although bytes come is not measured. */
const LONGEST = 60_000;
const LOOK_MS = 25;

/** What became of a client behind one gateway. */
export interface Met {
  readonly planned: Planned;
  readonly told: Told;
  readonly outcome: Outcome;
}

/** Every run that shows something. */
export interface Runs {
  /** In the order of the plan; without what the client asked nothing of, or what changed nothing of its own call. */
  readonly met: readonly Met[];
  readonly unsound: readonly string[];
}

/** Runs the client in front of each gateway. Never rejects because of what the client does. */
export async function runsBehind(
  client: Client,
  plan: readonly Planned[],
  reference: Reference,
  { concurrency = 4, patience = 15 }: RunOptions = {},
): Promise<Runs> {
  const run = (liar: Liar, { scenario, mode }: Call): Promise<Run> =>
    runOf(client, liar, scenario, mode, reference, patience * 1000);
  const calls = [...new Map(plan.map((one) => [nameOf(one), one])).values()];
  const sound = new Set<string>();
  await inTurn(calls, concurrency, undefined, async (one) => {
    const { told, overlong } = await run(FAITHFUL, one);
    if (!overlong && isRight(outcomeOf(told, one.answer), one.answer)) sound.add(nameOf(one));
  });
  const measured = plan.filter((one) => sound.has(nameOf(one)));
  const met = new Map<Planned, Met>();
  await inTurn(measured, concurrency, undefined, async (planned) => {
    const { told, asked, altered, overlong } = await run(planned.liar, planned);
    const outcome = outcomeOf(told, planned.answer);
    // Of a stream that only does not end, nothing is changed that could be compared.
    if (asked && !overlong && (altered || outcome === 'hangs')) met.set(planned, { planned, told, outcome });
  });
  return {
    met: plan.flatMap((planned) => met.get(planned) ?? []),
    unsound: calls.map(nameOf).filter((name) => !sound.has(name)),
  };
}

/** What the runs show: the worst by requirement. */
export function measurementOf({ met, unsound }: Runs): Measurement {
  const outcomes: Partial<Record<Outcome, number>> = {};
  const breaks: Record<string, Breakage> = {};
  for (const { planned, outcome } of met) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (isRight(outcome, planned.answer)) continue;
    for (const id of planned.gateway.breaks) {
      const known = breaks[id];
      if (!known || worse(outcome, known.outcome)) breaks[id] = { outcome, gateway: planned.gateway.id };
    }
  }
  return { outcomes, unsound, breaks };
}

type Call = Pick<Planned, 'scenario' | 'mode'>;

/** Names a call: what the agent says, and the mode. */
export const nameOf = ({ scenario, mode }: Call): string => `${scenario.name}, ${mode}`;

const FAITHFUL: Liar = (request: Request, faithful: Faithful) => faithful(request);

interface Run {
  readonly told: Told;
  /** Whether it asked anything. */
  readonly asked: boolean;
  /** Whether the gateway changed anything of the exchanges. */
  readonly altered: boolean;
  readonly overlong: boolean;
}

async function runOf(
  client: Client,
  liar: Liar,
  scenario: Scenario,
  mode: Mode,
  reference: Reference,
  patience: number,
): Promise<Run> {
  await using setting = await settingOf(scenario, reference);
  await using front = new Front(liar, setting.url);
  const url = await front.listen();
  const kill = new AbortController();
  const over = new AbortController();
  const begun = performance.now();
  let overlong = false;
  const guard = (async () => {
    while (!over.signal.aborted) {
      await wait(LOOK_MS);
      const now = performance.now();
      overlong ||= now - begun > LONGEST;
      if (overlong || now - front.active > patience) kill.abort();
    }
  })();
  try {
    const told = await client(
      {
        prompt: setting.prompt,
        baseURL: `${url}/v1`,
        apiKey: setting.apiKey,
        model: 'openclaw/main',
        stream: mode === 'streamed',
        conversation: `talk-${setting.nonce}`,
        history: [],
      },
      { leave: new AbortController().signal, kill: kill.signal, measured: false },
    );
    const redact = redaction([setting.apiKey]);
    const hidden = { ...told, text: redact(told.text), complaint: redact(told.complaint) };
    return { told: hidden, asked: front.requests > 0, altered: front.altered, overlong };
  } finally {
    over.abort();
    await guard;
  }
}
