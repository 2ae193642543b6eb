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
  /** The reply pauses for seconds: it shows whether a clock is read again for a later frame. */
  readonly pauses?: true;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const UPTIME = /"uptimeMs":\d+/g;
const CREATED = /"created":(\d+)/g;

/** A clock that is read for each frame differs by this from the first reading, in seconds, where a reply pauses for longer. */
const LATER = 2;
/** How busy the gateway was: told only by one that is. */
const LOAD = /,"eventLoop":\{(?:[^{}]|\{[^{}]*\})*\}/g;

/** The same id is the same mask in all of an answer, another id another one. */
export function masked(answer: Answer, circumstances: Circumstances): Answer {
  const { began, host, folder, pauses } = circumstances;
  const ids = new Map<string, string>();
  let first: number | undefined;
  const hide = (text: string): string => {
    const placed = text.replaceAll(host, '{host}');
    return (folder === undefined ? placed : placed.replaceAll(folder, '{folder}'))
      .replaceAll(UUID, (id) => {
        if (!ids.has(id)) ids.set(id, `{id-${ids.size + 1}}`);
        return ids.get(id)!;
      })
      .replaceAll(LOAD, '')
      .replaceAll(UPTIME, '"uptimeMs":"{time}"')
      .replaceAll(CREATED, (written, digits: string) => {
        const seconds = Number(digits);
        // A time that is not now is no clock's.
        if (seconds < began / 1000 - 2 || seconds > Date.now() / 1000 + 2) return written;
        first ??= seconds;
        return `"created":"${pauses && seconds - first >= LATER ? '{later}' : '{now}'}"`;
      });
  };
  const header = (name: string, value: string): [string, string] =>
    name === 'retry-after' ? [name, wholeMinutes(value)] : [name, hide(value)];
  return {
    ...answer,
    ...(answer.headers && {
      headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => header(name, value))),
    }),
    ...(answer.body && { body: answer.body.map(hide) }),
  };
}

/** What is left of a lockout of minutes gets less from call to call. */
function wholeMinutes(seconds: string): string {
  return Number(seconds) > 60 ? String(Math.ceil(Number(seconds) / 60) * 60) : seconds;
}
