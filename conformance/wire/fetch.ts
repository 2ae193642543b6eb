/** The only fetch of the suite. */
import type { Meter } from './bounds.ts';

type Dispatcher = NonNullable<RequestInit['dispatcher']>;
type Handler = Parameters<Dispatcher['dispatch']>[1];

/**
 * Never follows a redirect: a credential stays with the origin that it was given for, and a 3xx is judged as the answer
 * that it is.
 */
export const fetchDirect = (asked: string | Request, init: RequestInit = {}): Promise<Response> =>
  fetch(asked, { ...init, redirect: 'manual' });

/** Where fetch finds its connections, in every release of Node; https://github.com/nodejs/undici, `lib/global.js`. */
const GLOBAL = Symbol.for('undici.globalDispatcher.1');

/**
 * Connections that count what is received: fetch itself tells only of decoded bytes. Absent where this fetch has no such
 * place; then the bytes as decoded and the time are what bounds a reply.
 *
 * @param exceeded is told what the meter threw.
 */
export function metered(meter: Meter, exceeded: (error: unknown) => void): Pick<RequestInit, 'dispatcher'> {
  const connections = (globalThis as { [GLOBAL]?: Dispatcher })[GLOBAL];
  if (!connections) return {};
  const dispatch: Dispatcher['dispatch'] = (options, handler) =>
    connections.dispatch(
      options,
      counted(handler, (bytes) => {
        try {
          meter.received(bytes);
        } catch (error) {
          exceeded(error);
        }
      }),
    );
  return { dispatcher: { dispatch } as Dispatcher };
}

/** The same handler, and `received` is told the length of each piece of the body. */
function counted(handler: Handler, received: (bytes: number) => void): Handler {
  return new Proxy(handler, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (name === 'onData') received((given[0] as Uint8Array).length);
        return Reflect.apply(value, of, given);
      };
    },
  });
}
