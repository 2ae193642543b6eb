/** Wrong gateways, and the reference behind them, for as many clients as are measured. */
import { startReference } from '../../../reference/index.ts';
import type { Client } from '../client.ts';
import { runsBehind, type RunOptions, type Runs } from './measure.ts';
import { planOf, type WrongGateway } from './plan.ts';

/** `await using` closes the reference. */
export interface Ground extends AsyncDisposable {
  /** What the gateways break that a call meets. */
  readonly breaks: ReadonlySet<string>;
  /** Runs the client in front of each gateway. Never rejects because of what the client does. */
  run(client: Client, options?: RunOptions): Promise<Runs>;
}

/** Starts the reference, and finds which call meets each gateway. */
export async function openGround(gateways: readonly WrongGateway[]): Promise<Ground> {
  const reference = await startReference();
  const plan = await planOf(gateways, reference);
  return {
    breaks: new Set(plan.flatMap(({ gateway }) => gateway.breaks)),
    run: (client, options) => runsBehind(client, plan, reference, options),
    [Symbol.asyncDispose]: () => reference.close(),
  };
}
