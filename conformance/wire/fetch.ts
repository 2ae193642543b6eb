/** The only fetch of the suite. */
import type { Meter } from './bounds.ts';

type Dispatcher = NonNullable<RequestInit['dispatcher']>;
type Handler = Parameters<Dispatcher['dispatch']>[1];

/**
 * Never follows a redirect: a credential is sent only to the origin that it was given for, and a 3xx is judged as a
 * response.
 */
export const fetchDirect = (asked: string | Request, init: RequestInit = {}): Promise<Response> =>
  fetch(asked, { ...init, redirect: 'manual' });

/** The global that holds fetch's dispatcher, in every release of Node; https://github.com/nodejs/undici, `lib/global.js`. */
const GLOBAL = Symbol.for('undici.globalDispatcher.1');

/**
 * A dispatcher that counts received bytes: fetch itself reports only decoded bytes. Empty when this fetch has no global
 * dispatcher; then decoded bytes and time alone limit a response.
 *
 * @param exceeded receives what the meter threw.
 * @returns an option of fetch; its type is Node's own, which the types of a package do not have.
 */
export function metered(meter: Meter, exceeded: (error: unknown) => void): object {
  const connections = (globalThis as { [GLOBAL]?: Dispatcher })[GLOBAL];
  if (!connections) return {};
  const dispatch: Dispatcher['dispatch'] = (options, handler) =>
    connections.dispatch(
      options,
      counted(handler, (bytes) => {
        try {
          meter.received(bytes);
        } catch (cause) {
          exceeded(cause);
        }
      }),
    );
  return { dispatcher: { dispatch } as Dispatcher };
}

/** The same handler; `received` gets the length of each body chunk, in bytes. */
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
