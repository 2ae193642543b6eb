/**
 * The view from behind the gateway: what its model provider was asked. A case that needs it says so with `probe`;
 * who stands behind the gateway (a provider over HTTP, or the reference's own backend) is the lab's business.
 */

/** One run as the model provider saw it. */
export interface Asked {
  readonly agent: string;
  /** Known where the run happens in process, and from releases that tell the model. */
  readonly sessionKey: string | undefined;
  readonly instructions: string;
  readonly history: readonly { readonly role: string; readonly text: string }[];
  readonly prompt: string;
  /** Everything the model was given, as one text. */
  readonly text: string;
  /** `performance.now()` when the run began. */
  readonly at: number;
  readonly model: string | undefined;
  /** `left`: the caller went away before the answer was whole. */
  readonly ended: 'running' | 'answered' | 'failed' | 'left';
  /** `performance.now()` when the run ended. */
  readonly endedAt?: number;
}

export interface Probe {
  /** The runs whose text holds `mark`, oldest first. */
  asked(mark: string): readonly Asked[];
  /** Resolves as soon as `fulfils` is true for them, and rejects after `patience` ms. */
  wait(mark: string, fulfils: (asked: readonly Asked[]) => boolean, patience: number): Promise<readonly Asked[]>;
}
