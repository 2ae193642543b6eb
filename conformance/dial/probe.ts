/**
 * What the gateway asked its model provider. A case that uses it needs `probe`. The lab supplies the provider: one over
 * HTTP, or the reference's own backend.
 */

/** One run as the model provider saw it; a call of embeddings too, whose texts are the prompt. */
export interface Asked {
  readonly agent: string;
  /** Known for runs in process, and from releases that send it to the model. */
  readonly sessionKey: string | undefined;
  readonly instructions: string;
  readonly history: readonly { readonly role: string; readonly text: string }[];
  readonly prompt: string;
  /** All input of the model as one text. */
  readonly text: string;
  /** `performance.now()` when the run began. */
  readonly at: number;
  readonly model: string | undefined;
  /** The names of the tools that the model may call. */
  readonly tools: readonly string[];
  /** `auto`, `none`, `required`, or the name of the tool that it must call. */
  readonly toolChoice: string;
  /** What tunes the model, under OpenAI's names; a limit of tokens as `max_completion_tokens`, stops as a list. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The images that the model was shown, as URLs, oldest first. */
  readonly images: readonly string[];
  /** `left`: the gateway disconnected before the answer was complete. */
  readonly ended: 'running' | 'answered' | 'failed' | 'left';
  /** `performance.now()` when the run ended. */
  readonly endedAt?: number;
}

/** A record of runs, kept by the model provider. */
export interface Probe {
  /** The runs whose text contains `tag`, oldest first. */
  asked(tag: string): readonly Asked[];
  /** Resolves as soon as `fulfils` returns true for those runs; rejects after `patience` ms. */
  wait(tag: string, fulfils: (asked: readonly Asked[]) => boolean, patience: number): Promise<readonly Asked[]>;
}
