/** Masks the parts of an answer that change from run to run: ids, times, addresses and folders. Nothing else. */
import type { Answer } from './answer.ts';

/** The circumstances of the call. */
export interface Circumstances {
  /** When the call was sent, in ms since 1970. */
  readonly began: number;
  /** The gateway's address and port. */
  readonly host: string;
  /** The folder that the gateway writes to. */
  readonly folder?: string;
  /** The reply pauses for seconds, so that a clock that is read again for a later frame shows. */
  readonly pauses?: true;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const UPTIME = /"uptimeMs":\d+/g;
const CREATED = /"created":(\d+)/g;

/** The least difference to the first reading of a clock that is read again after a pause, in seconds. */
const LATER = 2;
/** The load of the gateway, which it reports only under load. */
const LOAD = /,"eventLoop":\{(?:[^{}]|\{[^{}]*\})*\}/g;

/** The answer with masks. Within one answer, the same id always gets the same mask and different ids different ones. */
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
        // A time other than now does not come from a clock.
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

/** Rounds a lockout of more than a minute up to minutes, because its rest shrinks from call to call. */
function wholeMinutes(seconds: string): string {
  return Number(seconds) > 60 ? String(Math.ceil(Number(seconds) / 60) * 60) : seconds;
}
