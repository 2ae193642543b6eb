/** The official SDK with the settings of a case. */
import OpenAI from 'openai';
import type { Listener } from '../wire/exchange.ts';
import { Violation } from './expectation.ts';
import type { Deployment } from './target.ts';

/** A client that is bound to a deployment and to the recorder, and never retries. */
export function sdkFor(deployment: Deployment, listener: Listener, patience: number): OpenAI {
  return new OpenAI({
    baseURL: `${deployment.baseUrl}/v1`,
    apiKey: deployment.credential ?? 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    // The recorder's limit applies first, with a better message.
    timeout: 2 * patience,
    logLevel: 'off',
    // The SDK always passes its URL as a string.
    fetch: (url, init) => listener.fetch(url as string, init ?? {}),
  });
}

/** The SDK's options for a call; a null credential removes the Authorization header. */
export function sdkOptions({ headers, credential, signal }: Call): OpenAI.RequestOptions {
  return {
    headers: {
      ...(credential !== undefined && { authorization: credential === null ? null : `Bearer ${credential}` }),
      ...headers,
    },
    ...(signal && { signal }),
  };
}

/** The error code when the peer broke an established connection; undefined for any other failure. */
export function resetIn(failure: unknown): string | undefined {
  const { code } = ((failure as Error | undefined)?.cause ?? {}) as NodeJS.ErrnoException;
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].find((reset) => reset === code);
}

/** Returns what the call throws, except a `Violation`: an error of the SDK is evidence for the case. */
export async function attempt<T>(call: () => Promise<T>): Promise<{ value?: T; failure?: unknown }> {
  try {
    return { value: await call() };
  } catch (failure) {
    if (failure instanceof Violation) throw failure;
    return { failure };
  }
}

/** The chunks that the SDK makes of a stream, and what it throws. */
export async function streamedBy(
  sdk: OpenAI,
  body: object,
  call: Call,
): Promise<{ understood: OpenAI.ChatCompletionChunk[]; failure?: unknown }> {
  const understood: OpenAI.ChatCompletionChunk[] = [];
  const { failure } = await attempt(async () => {
    const stream = await sdk.chat.completions.create(
      body as OpenAI.ChatCompletionCreateParamsStreaming,
      sdkOptions(call),
    );
    for await (const chunk of stream) understood.push(chunk);
  });
  return { understood, failure };
}

/** Options of a call besides its prompt. */
export interface Call {
  /** Fields of the body in addition to `model` and `messages`, or replacing them; undefined removes a field. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bearer token; null sends no Authorization header. Default: the deployment's credential. */
  readonly credential?: string | null;
  readonly signal?: AbortSignal;
}
