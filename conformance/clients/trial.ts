/** What a trial is: one requirement of clients, and how it is judged. */
import type { Level } from '../vocabulary/chapter.ts';
import type { Mode } from './client.ts';
import type { Run, Stage } from './stage.ts';

/** One requirement of clients. */
export interface Requirement {
  /** `chapter.thing`; never reused. */
  readonly id: string;
  /** MUST: the answer is wrong or lost otherwise, or a secret is. SHOULD: others suffer. */
  readonly level: Level;
  readonly says: string;
  /** URL of a section of a standard or of the documentation, or of an issue of a client that broke it. */
  readonly source: string;
}

/** A requirement that is judged by runs of its own. */
export interface Trial extends Requirement {
  /** The modes in which it is judged; the worst counts. */
  readonly modes: readonly Mode[];
  /** What the client must do for it. Where the first trial that needs it does not observe it, the others are not run. */
  readonly needs?: 'functions' | 'sessions';
  /**
   * Resolves when the client keeps the requirement, with a text of what was observed.
   *
   * @throws {Violation} when it does not; {Unseen} when the client did nothing by which it could be judged.
   */
  holds(stage: Stage): Promise<string | void>;
}

/** A requirement that every run is held against. */
export interface Watched extends Requirement {
  /**
   * Whether the run shows that it is kept.
   *
   * @throws {Violation} when it is broken.
   */
  kept(run: Run): boolean;
}

/** The modes in which a requirement is tried. */
export const BOTH: readonly Mode[] = ['streamed', 'whole'];
/** Streamed alone. */
export const STREAMED: readonly Mode[] = ['streamed'];
/** Whole alone. */
export const WHOLE: readonly Mode[] = ['whole'];

/** Where the requirements come from. */
export const PAGE = 'https://docs.openclaw.ai/gateway/openai-http-api';
export const SSE = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream';
export const CHUNK = 'https://platform.openai.com/docs/api-reference/chat-streaming/streaming';
export const COMPLETION = 'https://platform.openai.com/docs/api-reference/chat/object';
export const JSON_RFC = 'https://www.rfc-editor.org/rfc/rfc8259';
export const HTTP = 'https://www.rfc-editor.org/rfc/rfc9110';
export const HTTP1 = 'https://www.rfc-editor.org/rfc/rfc9112';
