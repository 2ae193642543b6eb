/** Clients that ask again wrongly, leave wrongly, or tell what they should keep for themselves. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Given } from '../function.ts';
import { clientOf, messageOf, pauseOf, SOUND, type Question } from '../sound.ts';
import { wrong, type Wrong } from './wrong.ts';

const REFUSED = ['refused.400', 'refused.401', 'refused.403', 'refused.404', 'refused.413'];
const LATER = ['retries.retry-after', 'retries.retry-after-503', 'retries.retry-after-date'];

/** How a client sends: which statuses it asks again after, how often, and how long it waits; a sound one by default. */
interface Manner {
  readonly again?: (status: number) => boolean;
  readonly attempts?: number;
  readonly pause?: (response: Response, attempt: number) => number;
  /** Whether it goes where it is redirected with all of its headers. */
  readonly follows?: boolean;
  readonly told?: (status: number, message: string, given: Given) => string;
}

function sends(
  it: string,
  fires: readonly string[],
  { again = passes, attempts = 3, pause = pauseOf, follows = false, told = plainly }: Manner,
): Wrong {
  return wrong(it, fires, {
    async send(question, given) {
      for (let attempt = 1; ; attempt++) {
        const first = await asked(question, given.signal, follows ? { redirect: 'manual' } : {});
        const location = first.headers.get('location');
        const response =
          follows && location !== null ? await asked({ ...question, url: location }, given.signal) : first;
        if (response.ok) return response;
        const message = await messageOf(response);
        if (!again(response.status) || attempt >= attempts) throw new Error(told(response.status, message, given));
        await wait(pause(response, attempt), undefined, { signal: given.signal });
      }
    },
  });
}

const passes = (status: number): boolean => status === 429 || status >= 500;
const plainly = (status: number, message: string): string => `${status}: ${message}`;
const also = (status: number): Manner => ({ again: (got) => got === status || passes(got) });

function asked({ url, headers, body }: Question, signal?: AbortSignal, more: RequestInit = {}): Promise<Response> {
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body), ...(signal && { signal }), ...more });
}

export const sendingWrongly: readonly Wrong[] = [
  ...[400, 401, 403, 404, 413].map((status) =>
    sends(`asks again after ${status}`, [`refused.${status}`], also(status)),
  ),
  sends('asks again after whatever failed', REFUSED, { again: () => true }),
  sends('keeps the reason of a failure for itself', [...REFUSED, 'retries.storm'], {
    told: () => 'Something went wrong.',
  }),
  sends('tells the status of a failure alone', [...REFUSED, 'retries.storm'], { told: (status) => `HTTP ${status}` }),
  sends('tells the secret with a failure', ['secrets.output'], {
    told: (status, message, { apiKey }) => `${status}: ${message} (key ${apiKey})`,
  }),
  sends('does not wait as Retry-After says', LATER, { pause: (_, attempt) => 150 * 2 ** attempt }),
  sends('takes Retry-After for milliseconds', LATER.slice(0, 2), {
    pause: (response, attempt) =>
      /^\d+$/.test(response.headers.get('retry-after') ?? '') ? 150 : pauseOf(response, attempt),
  }),
  sends('does not understand the date of Retry-After', ['retries.retry-after-date'], {
    pause: (response, attempt) =>
      /\D/.test(response.headers.get('retry-after') ?? '') ? 150 : pauseOf(response, attempt),
  }),
  sends('heeds Retry-After beside 429 alone', ['retries.retry-after-503'], {
    pause: (response, attempt) => (response.status === 503 ? 150 : pauseOf(response, attempt)),
  }),
  sends('waits for half of Retry-After', LATER, {
    pause: (response, attempt) => pauseOf(response, attempt) / (response.headers.has('retry-after') ? 2 : 1),
  }),
  sends('asks again without a pause', ['retries.backoff', 'retries.storm'], {
    pause: (response, attempt) => (response.headers.has('retry-after') ? pauseOf(response, attempt) : 0),
  }),
  sends('asks again twenty times', ['retries.storm'], {
    attempts: 20,
    pause: (response, attempt) => (response.headers.has('retry-after') ? pauseOf(response, attempt) : 110),
  }),
  wrong('tries a broken connection again, without a pause or an end', ['retries.connection'], {
    async send(question, given) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await SOUND.send(question, given);
        } catch (cause) {
          if (!(cause instanceof TypeError) || attempt === 30) throw cause;
        }
      }
    },
  }),
  sends('follows a redirect with the secret', ['secrets.redirect'], { follows: true }),
  {
    it: 'tells a failure as an answer',
    fires: [...REFUSED, 'retries.storm', 'retries.connection'],
    client: (prompt, given) => asAnswer(clientOf()(prompt, given) as AsyncIterable<string>, given.signal),
  },
  wrong('does not hear that it is to leave', ['leaving.streamed', 'leaving.silent'], {
    send: (question, given) => SOUND.send(question, { ...given, signal: new AbortController().signal }),
  }),
  wrong('does not hear within a stream that it is to leave', ['leaving.streamed'], {
    async send(question, given) {
      const own = new AbortController();
      const leave = (): void => own.abort();
      given.signal.addEventListener('abort', leave);
      const response = await SOUND.send(question, { ...given, signal: own.signal });
      given.signal.removeEventListener('abort', leave);
      return response;
    },
  }),
  wrong('leaves a while after it is told to', ['leaving.streamed', 'leaving.silent'], {
    async send(question, given) {
      const own = new AbortController();
      given.signal.addEventListener('abort', () => setTimeout(() => own.abort(), 1_400));
      return await SOUND.send(question, { ...given, signal: own.signal });
    },
  }),
  {
    it: 'asks again when it is told to leave',
    fires: ['leaving.streamed', 'leaving.silent'],
    async *client(prompt, given) {
      try {
        yield* clientOf()(prompt, given) as AsyncIterable<string>;
      } catch (cause) {
        if (!given.signal.aborted) throw cause;
        await asked(await SOUND.question(prompt, given), AbortSignal.timeout(300));
      }
    },
  },
  {
    it: 'gives up a silent gateway as if it had answered',
    fires: ['leaving.patience'],
    async *client(prompt, given) {
      try {
        yield* clientOf()(prompt, given) as AsyncIterable<string>;
      } catch (cause) {
        if (!(cause instanceof DOMException && cause.name === 'TimeoutError')) throw cause;
      }
    },
  },
];

/** Tells refusals and failed connections in place of an answer. */
async function* asAnswer(answer: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  try {
    yield* answer;
  } catch (cause) {
    if (signal.aborted || !(cause instanceof Error) || !/^\d{3}: |fetch failed/.test(cause.message)) throw cause;
    yield cause.message;
  }
}
