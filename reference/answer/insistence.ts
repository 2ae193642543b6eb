/**
 * A call that the client insists on: `tool_choice` is `required`, or names a function. Nothing of the run is told before
 * that call is certain, because words in its place are an error and never an answer.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#chat-tools-contract
 */

import type { Hear, RunEvent } from '../backends/backend.ts';
import { internal, unmetChoice } from '../errors.ts';
import { NO_RESPONSE } from './visible.ts';

/** Passes on a run from the call on that was insisted on; what came before it is held until then. */
export class Insistence {
  readonly #choice: string;
  readonly #hear: Hear;
  readonly #silence: 'unmet' | 'an error';
  #held: RunEvent[] | undefined = [];

  /**
   * @param choice `required`, or the name of the function to call.
   * @param silence what a run without a word and without a call is. Default: as one that talks instead.
   */
  constructor(choice: string, hear: Hear, silence: 'unmet' | 'an error' = 'unmet') {
    this.#choice = choice;
    this.#hear = hear;
    this.#silence = silence;
  }

  readonly hear: Hear = (event) => {
    if (this.#held === undefined || event.type === 'step') return this.#hear(event);
    this.#held.push(event);
    if (event.type === 'call' && (this.#choice === 'required' || event.name === this.#choice)) return this.#release();
  };

  /** The run is over. @throws {Refusal} 502 when the call was not made; 500 for a silence that is an error. */
  end(): void {
    if (this.#held === undefined) return;
    const spoke = this.#held.some(
      (event) => event.type === 'call' || (event.type === 'text' && event.text !== NO_RESPONSE),
    );
    throw spoke || this.#silence === 'unmet' ? unmetChoice(this.#choice) : internal();
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
