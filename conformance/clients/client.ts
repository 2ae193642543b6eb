/** What a client is to the suite: what it is asked, and what it made of the answer. */

/** Whether an answer is asked for as a stream of events or in one piece. */
export type Mode = 'streamed' | 'whole';

/** One thing said in a conversation. */
export interface Said {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** What a client is told for one run. */
export interface Call {
  readonly prompt: string;
  /** The address with `/v1`, as an SDK takes it. */
  readonly baseURL: string;
  readonly apiKey: string;
  /** The model to ask for; '' where the client is to choose one of those that are listed. */
  readonly model: string;
  readonly stream: boolean;
  /** Names the conversation; another name is another conversation. */
  readonly conversation: string;
  /** What was said before in it, oldest first; for clients that send it along. */
  readonly history: readonly Said[];
  /** The function that a client with tools is to offer: it takes `{ "text": string }` and returns the text. */
  readonly tool?: string;
  /** The path of a PNG file that a client with images is to send. */
  readonly image?: string;
  /** The client's own patience in ms, for one that has such an option. */
  readonly timeoutMs?: number;
}

/** What a client made of an answer. */
export interface Told {
  /** The answer as it was printed. */
  readonly text: string;
  /** Whether the client claims success: exit code 0, or a function that returned. */
  readonly ok: boolean;
  /** Everything else that it told: standard error, or the error that it threw. */
  readonly complaint: string;
  /** Whether it ended by itself; false when the suite had to end it. */
  readonly ended: boolean;
  /** The signal of the system that ended it, where neither it nor the suite did. */
  readonly signal?: string;
  /** The most memory that it used, in MiB, where that was asked and can be measured. */
  readonly peakMiB?: number;
}

/** How the suite speaks with a client while it runs. */
export interface Reins {
  /** Aborted when the client is told to leave: SIGINT to a command, the `signal` of a function. */
  readonly leave: AbortSignal;
  /** Aborted when it waited for longer than any user would: it is ended. */
  readonly kill: AbortSignal;
  /** Whether its memory is to be measured. */
  readonly measured: boolean;
}

/** Runs a client once. Never rejects because of what the client does. */
export type Client = (call: Call, reins: Reins) => Promise<Told>;
