/** The official SDK, as a case calls with it. */
import OpenAI from 'openai';
import type { Listener } from '../wire/exchange.ts';
import { Violation } from './expectation.ts';
import type { Deployment } from './target.ts';

/** Bound to a deployment and to the recorder; it never retries. */
export function sdkFor(deployment: Deployment, listener: Listener, patience: number): OpenAI {
  return new OpenAI({
    baseURL: `${deployment.baseUrl}/v1`,
    apiKey: deployment.credential ?? 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    // The recorder's patience ends first, and says so.
    timeout: 2 * patience,
    logLevel: 'off',
    // The SDK always passes its URL as a string.
    fetch: (url, init) => listener.fetch(url as string, init ?? {}),
  });
}

export function sdkOptions({ headers, credential, signal }: Call): OpenAI.RequestOptions {
  return {
    headers: {
      ...(credential !== undefined && { authorization: credential === null ? null : `Bearer ${credential}` }),
      ...headers,
    },
    ...(signal && { signal }),
  };
}

/** How the other side broke a connection that stood; undefined when the failure is another one. */
export function resetIn(failure: unknown): string | undefined {
  const { code } = ((failure as Error | undefined)?.cause ?? {}) as NodeJS.ErrnoException;
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].find((reset) => reset === code);
}

/** The SDK's errors are evidence, for a case to look at; anything else is nobody's finding. */
export async function attempt<T>(call: () => Promise<T>): Promise<{ value?: T; failure?: unknown }> {
  try {
    return { value: await call() };
  } catch (failure) {
    if (failure instanceof Violation) throw failure;
    return { failure };
  }
}

/** What a call may set apart from its prompt. */
export interface Call {
  /** Fields of the body beside `model` and `messages`, or instead of them; undefined takes a field away. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bearer; null sends no Authorization at all. Default: the deployment's own. */
  readonly credential?: string | null;
  readonly signal?: AbortSignal;
}
