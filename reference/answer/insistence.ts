/**
 * A call that the client insists on: `tool_choice` is `required`, or names a function. Nothing of the run is told before
 * that call is certain, because words in its place are an error and never an answer.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#chat-tools-contract
 */

import type { Hear, RunEvent } from '../backends/backend.ts';
import { unmetChoice } from '../errors.ts';

/** Passes on a run from the call on that was insisted on; what came before it is held until then. */
export class Insistence {
  readonly #choice: string;
  readonly #hear: Hear;
  #held: RunEvent[] | undefined = [];

  /** @param choice `required`, or the name of the function to call. */
  constructor(choice: string, hear: Hear) {
    this.#choice = choice;
    this.#hear = hear;
  }

  readonly hear: Hear = (event) => {
    if (this.#held === undefined || event.type === 'step') return this.#hear(event);
    this.#held.push(event);
    if (event.type === 'call' && (this.#choice === 'required' || event.name === this.#choice)) return this.#release();
  };

  /** The run is over. @throws {Refusal} 502 when the call was not made. */
  end(): void {
    if (this.#held !== undefined) throw unmetChoice(this.#choice);
  }

  async #release(): Promise<void> {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) await this.#hear(event);
  }
}

/** Whether a choice insists on a call. */
export function insists(choice: string): boolean {
  return choice !== 'auto' && choice !== 'none';
}
