/** What a wrong client is: a sound one with one part replaced, and the requirements that fire about it. */
import type { ClientFunction } from '../function.ts';
import { clientOf, SOUND, type Parts } from '../sound.ts';

/** A client with one defect. */
export interface Wrong {
  /** The defect, as what the client does. */
  readonly it: string;
  readonly client: ClientFunction;
  /** The requirements that fire about it, each a MUST or a SHOULD; no other does. */
  readonly fires: readonly string[];
  /** For how long heartbeats come before an answer, in s, where the defect needs more than the proof has. */
  readonly heartbeat?: number;
}

/** A sound client but for these parts. */
export function wrong(it: string, fires: readonly string[], parts: Partial<Parts>): Wrong {
  return { it, fires, client: clientOf({ ...SOUND, ...parts }) };
}

/** The fields of OpenAI's answers and chunks that a client which refuses others knows. */
export const KNOWN = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'error',
  'system_fingerprint',
  'service_tier',
]);
