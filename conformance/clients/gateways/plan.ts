/** Which call meets each wrong gateway: found by asking it, since many are wrong about some calls alone. */
import type { Reference } from '../../../reference/index.ts';
import type { Liar, Mutant } from '../../dial/mutant.ts';
import type { Mode } from '../client.ts';
import { chapterOf } from '../judge.ts';
import { Front } from './front.ts';
import { answerOf, ask, SCENARIOS, settingOf, type Scenario } from './scenario.ts';

/** A wrong gateway of the catalogue. */
export interface WrongGateway {
  /** `requirement-id: what is wrong`. */
  readonly id: string;
  readonly mutant: Mutant;
  /** The requirements that it breaks. */
  readonly breaks: readonly string[];
}

/** A wrong gateway, and the call that meets it. */
export interface Planned {
  readonly gateway: WrongGateway;
  readonly liar: Liar;
  readonly mode: Mode;
  readonly scenario: Scenario;
  /** The right answer; undefined where the agent fails. */
  readonly answer: string | undefined;
}

/** For how long an answer is waited for, in ms: some gateways never end. */
const PATIENCE = 3000;

/** The first call that meets each gateway; without those of the raw socket, and those that none of the calls meets. */
export async function planOf(gateways: readonly WrongGateway[], reference: Reference): Promise<Planned[]> {
  const answers = new Map<Scenario, string | undefined>();
  for (const scenario of SCENARIOS) answers.set(scenario, await answerOf(scenario, reference));
  const planned: Planned[] = [];
  for (const gateway of gateways) {
    const { mutant: liar } = gateway;
    if (typeof liar !== 'function') continue;
    const call = await callOf(gateway, liar, reference);
    if (call) planned.push({ gateway, liar, ...call, answer: answers.get(call.scenario) });
  }
  return planned;
}

async function callOf(
  { id }: WrongGateway,
  liar: Liar,
  reference: Reference,
): Promise<Pick<Planned, 'mode' | 'scenario'> | undefined> {
  const modes: readonly Mode[] = chapterOf(id) === 'streaming' ? ['streamed', 'whole'] : ['whole', 'streamed'];
  for (const mode of modes) {
    for (const scenario of SCENARIOS) {
      // Clients differ in whether they ask for usage.
      for (const usage of mode === 'streamed' ? [false, true] : [false]) {
        if (await meets(liar, scenario, mode, usage, reference)) return { mode, scenario };
      }
    }
  }
  return undefined;
}

async function meets(
  liar: Liar,
  scenario: Scenario,
  mode: Mode,
  usage: boolean,
  reference: Reference,
): Promise<boolean> {
  await using setting = await settingOf(scenario, reference);
  await using front = new Front(liar, setting.url);
  const url = await front.listen();
  try {
    const response = await ask(url, setting, mode, { usage, signal: AbortSignal.timeout(PATIENCE) });
    await response.arrayBuffer();
  } catch {
    // It broke off, or did not end.
    return true;
  }
  return front.altered;
}
