/**
 * The handle that a case gets on the gateway. It shows each exchange twice, as the official SDK parsed it and as bytes on
 * the wire; a raw socket sends what fetch cannot.
 */
import { randomBytes } from 'node:crypto';
import OpenAI from 'openai';
import { recorder, type Exchange, type Fetch } from '../wire/exchange.ts';
import { fetchDirect } from '../wire/fetch.ts';
import { rawConnections, type RawExchange, type RawReply } from '../wire/socket.ts';
import { depthFor, type Course } from './course.ts';
import { expect } from './expectation.ts';
import type { Mutant } from './mutant.ts';
import type { Probe } from './probe.ts';
import { chunksOf, spokenText, textOf, type Unjudged } from './reading.ts';
import { attempt, resetIn, sdkFor, sdkOptions, type Call } from './sdk.ts';
import { deploymentOf, type Deployment, type Target } from './target.ts';

export const ENDPOINT = '/v1/chat/completions';

export interface Send extends Call {
  readonly method?: string;
  readonly path?: string;
}

/** A body as it is sent; an object is sent as JSON, a stream in pieces without a length. */
export type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | object;

/** The gateway broke the connection before it answered; the value is how. */
export interface Reset {
  readonly reset: string;
}

/** A non-streaming answer, seen by both eyes. */
export interface Answer {
  /** What the wire says that the agent answered; asking for it is a violation when there is no answer. */
  readonly text: string;
  readonly exchange: Exchange;
  /** What the SDK made of it, or the error that it threw. */
  readonly completion: OpenAI.ChatCompletion | undefined;
  readonly failure: unknown;
}

/** A streamed answer, seen by both eyes. */
export interface Streamed {
  /** The joined deltas of the wire; asking for them is a violation when there is no stream. */
  readonly text: string;
  readonly exchange: Exchange;
  /** The chunks of the wire, unjudged. */
  readonly chunks: readonly Unjudged[];
  /** What the SDK's iterator gave before it ended or threw. */
  readonly understood: readonly OpenAI.ChatCompletionChunk[];
  readonly failure: unknown;
}

export interface Dial {
  readonly deployment: Deployment;
  /** The default agent, and another one where the target has it. */
  readonly agents: readonly [string, ...string[]];
  /** Set in a handle of a case: no other case uses it. */
  readonly nonce: string;
  readonly edition: string;
  readonly patience: number;
  readonly course: Course;
  /** The official SDK, bound to the deployment and to the recorder; it never retries. */
  readonly sdk: OpenAI;
  /** How `model` names an agent in full. */
  model(agent?: string): string;
  /** Asks through the SDK, not streaming. A prompt is one user message; messages are sent as they are. */
  ask(prompt: string | readonly object[], call?: Call): Promise<Answer>;
  /** Asks through the SDK, streaming, and reads to the end. */
  stream(prompt: string | readonly object[], call?: Call): Promise<Streamed>;
  /** Sends a body as it is, by fetch alone. */
  send(body: Body | undefined, send?: Send): Promise<Exchange>;
  /** The same, for promises about connections: one that the gateway breaks is what it did, not the network's fault. */
  sendOrReset(body: Body, send?: Send): Promise<Exchange | Reset>;
  /** The body that `ask` would send. */
  body(prompt: string | readonly object[], fields?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** Sends bytes over a connection of its own, and reads until `whole`. Characters are bytes. */
  raw(sent: string, whole: (reply: string) => boolean): Promise<RawReply>;
  /** The last exchange of `sdk`, when its reply has ended. */
  wire(): Promise<Exchange>;
  /** The same case on another deployment; the target must declare it. */
  at(deployment: string): Dial;
  /** A violation when a run whose text holds `mark` was started. Sees it only where the target declares a probe. */
  noRun(mark: string): void;
  /** The view from behind the gateway; the case must need `probe`. */
  readonly probe: Probe;
}

/** A dial, and what only the judge does with it. */
export interface Line {
  readonly dial: Dial;
  /** Everything that went over the wire so far, for the transcript. */
  exchanges(): readonly Exchange[];
  /** The same of raw connections. */
  raws(): readonly RawExchange[];
  /** How many requests were sent, raw ones included. */
  requests(): number;
  close(): void;
}

export function dialTo(target: Target, mutant?: Mutant, course: Partial<Course> = {}): Line {
  const liar = typeof mutant === 'function' ? mutant : undefined;
  const rawLiar = typeof mutant === 'object' ? mutant.raw : undefined;
  const send: Fetch = (url, init) => {
    if (liar === undefined) return fetchDirect(url, init);
    // The caller's own signal, for the liar and for the gateway: what undici makes of one is gone as soon as memory is
    // swept, and a caller who leaves is not heard.
    const { signal = null, dispatcher } = init;
    const measured = dispatcher && { dispatcher };
    const asked = Object.defineProperty(new Request(url, init), 'signal', { value: signal });
    return liar(asked, (request, heard = { signal }) => fetchDirect(request, { ...heard, ...measured }));
  };
  const closing = new AbortController();
  const wire = recorder(send, target, closing.signal);
  const raw = rawConnections(target);
  const nonce = randomBytes(6).toString('hex');
  const raws: RawExchange[] = [];
  let rawCount = 0;

  const at = (deployment: Deployment): Dial => {
    const endpoint = deployment.baseUrl + ENDPOINT;
    const listener = wire.listener();
    const dial: Dial = {
      deployment,
      agents: target.agents,
      nonce,
      edition: target.edition,
      patience: target.patience,
      course: { depth: depthFor(target), seed: 1, ...course },
      sdk: sdkFor(deployment, listener, target.patience),
      wire: () => listener.last(),
      model: (agent = target.agents[0]) => (target.profile === 'core' ? target.model : `openclaw:${agent}`),
      body: (prompt, fields = {}) => ({
        model: dial.model(),
        messages: typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt,
        ...fields,
      }),
      async ask(prompt, call = {}) {
        const listener = wire.listener();
        const sdk = sdkFor(deployment, listener, target.patience);
        const seen = await attempt(() =>
          sdk.chat.completions.create(
            dial.body(prompt, call.body) as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
            sdkOptions(call),
          ),
        );
        const exchange = await listener.last();
        return {
          exchange,
          completion: seen.value,
          failure: seen.failure,
          get text() {
            return textOf(exchange);
          },
        };
      },
      async stream(prompt, call = {}) {
        const listener = wire.listener();
        const sdk = sdkFor(deployment, listener, target.patience);
        const understood: OpenAI.ChatCompletionChunk[] = [];
        const seen = await attempt(async () => {
          const body = dial.body(prompt, { ...call.body, stream: true });
          const stream = await sdk.chat.completions.create(
            body as unknown as OpenAI.ChatCompletionCreateParamsStreaming,
            sdkOptions(call),
          );
          for await (const chunk of stream) understood.push(chunk);
        });
        const exchange = await listener.last();
        return {
          exchange,
          understood,
          failure: seen.failure,
          get text() {
            return spokenText(exchange);
          },
          get chunks() {
            return chunksOf(exchange);
          },
        };
      },
      async send(body, { method = 'POST', path = ENDPOINT, headers = {}, credential, signal } = {}) {
        const bearer = credential === undefined ? deployment.credential : credential;
        const sent: RequestInit = {
          method,
          headers: {
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(typeof bearer === 'string' && { authorization: `Bearer ${bearer}` }),
            ...headers,
          },
          ...(signal && { signal }),
        };
        if (body instanceof ReadableStream) Object.assign(sent, { body, duplex: 'half' });
        else if (typeof body === 'string' || body instanceof Uint8Array) sent.body = body;
        else if (body !== undefined) sent.body = JSON.stringify(body);
        const listener = wire.listener();
        await listener.fetch(deployment.baseUrl + path, sent);
        const exchange = await listener.last();
        // Newer releases answer each wrong secret later than the one before, and lock out who sends too many, until a
        // right one comes.
        if (exchange.status === 401 && deployment.credential) {
          const peace = recorder(fetchDirect, target, closing.signal).listener();
          const headers = { authorization: `Bearer ${deployment.credential}` };
          await attempt(() => peace.fetch(endpoint, { method: 'POST', headers, body: '{}' }).then(() => peace.last()));
        }
        return exchange;
      },
      async sendOrReset(body, send) {
        const seen = await attempt(() => dial.send(body, send));
        if (seen.value) return seen.value;
        const reset = resetIn(seen.failure);
        if (reset === undefined) throw seen.failure;
        return { reset };
      },
      async raw(sent, whole) {
        rawCount++;
        const faithfully = (bytes: string): Promise<RawReply> => raw.send(new URL(endpoint), bytes, whole);
        const reply = await (rawLiar ? rawLiar(sent, faithfully) : faithfully(sent));
        raws.push({ sent, reply });
        return reply;
      },
      at(name) {
        const other = deploymentOf(target, name);
        if (!other) throw new Error(`The case asks for deployment ${name}, which it does not need.`);
        return at(other);
      },
      noRun(mark) {
        const asked = target.probe?.asked(mark) ?? [];
        expect(asked.length === 0, 'no run', `${asked.length} run of agent ${asked[0]?.agent}`);
      },
      get probe() {
        if (!target.probe) throw new Error('The case asks for the probe, which it does not need.');
        return target.probe;
      },
    };
    return dial;
  };

  return {
    dial: at(target.deployments[0]),
    exchanges: () => wire.exchanges(),
    raws: () => raws,
    requests: () => wire.exchanges().length + rawCount,
    close() {
      closing.abort(new Error('the case is over'));
      raw.close();
    },
  };
}
