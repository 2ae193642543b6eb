/** Hides from an answer what is another one in every run: ids, times, and places. Nothing else. */
import type { Answer } from './answers.ts';

/** What was going on around the answer. */
export interface Circumstances {
  /** When the call was sent, in ms since 1970. */
  readonly began: number;
  /** The gateway's address and port. */
  readonly host: string;
  /** The folder that it writes to. */
  readonly folder?: string;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const CREATED = /"created":(\d+)/g;

/** A clock read for each frame differs from the first by this, in seconds, where a reply pauses for longer. */
const LATER = 2;

/** The same id is the same mask in all of an answer, another id another one. */
export function masked(answer: Answer, circumstances: Circumstances): Answer {
  const { began, host, folder } = circumstances;
  const ids = new Map<string, string>();
  let first: number | undefined;
  const hide = (text: string): string => {
    const placed = text.replaceAll(host, '{host}');
    return (folder === undefined ? placed : placed.replaceAll(folder, '{folder}'))
      .replaceAll(UUID, (id) => {
        if (!ids.has(id)) ids.set(id, `{id-${ids.size + 1}}`);
        return ids.get(id)!;
      })
      .replaceAll(CREATED, (written, digits: string) => {
        const seconds = Number(digits);
        // A time that is not now is no clock's.
        if (seconds < began / 1000 - 2 || seconds > Date.now() / 1000 + 2) return written;
        first ??= seconds;
        return `"created":"${seconds - first < LATER ? '{now}' : '{later}'}"`;
      });
  };
  return {
    ...answer,
    ...(answer.headers && {
      headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, hide(value)])),
    }),
    ...(answer.body && { body: answer.body.map(hide) }),
  };
}
