/**
 * The handle that a case gets on the gateway. It shows each exchange twice, as the official SDK parsed it and as bytes on
 * the wire; a raw socket sends what fetch cannot.
 */
import { randomBytes } from 'node:crypto';
import OpenAI from 'openai';
import { bytesWith, fetchWith } from '../wire/added-headers.ts';
import { recorder, type Exchange } from '../wire/exchange.ts';
import { rawConnections, type Next, type RawExchange, type RawReply } from '../wire/socket.ts';
import { depthFor, type Course } from './course.ts';
import { expect } from './expectation.ts';
import { PLAIN, bytesIn, modelIn } from './dialect.ts';
import { through, type Mutant } from './mutant.ts';
import type { Probe } from './probe.ts';
import { streamText, textOf } from './reading.ts';
import { attempt, resetIn, sdkFor, sdkOptions, streamedBy, type Call } from './sdk.ts';
import { namedIn, placed, type Placed, type Situation } from './situation.ts';
import { agentModel, deploymentOf, type Deployment, type Target } from './target.ts';

/** The path of chat completions under test. */
export const ENDPOINT = '/v1/chat/completions';

/** Options of a request that is sent by fetch. */
export interface Send extends Call {
  /** Default: POST. */
  readonly method?: string;
  /** From the base URL on. Default: `ENDPOINT`. */
  readonly path?: string;
}

/** A request body: an object is sent as JSON, a stream in chunks without a Content-Length. */
export type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | object;

/** The gateway broke the connection before it responded; `reset` is the error code. */
export interface Reset {
  readonly reset: string;
}

/** A response, as bytes and as the SDK parsed it. It is a stream only where the situation of the dial says so. */
export interface Answered {
  /** The agent's text in the body. Reading it throws a `Violation` when there is none. */
  readonly text: string;
  readonly exchange: Exchange;
  /** What the SDK returned; undefined when it threw `failure`, and for a stream. */
  readonly completion: OpenAI.ChatCompletion | undefined;
  readonly failure: unknown;
}

/** A streamed response, as bytes and as the SDK parsed it. */
export interface Streamed {
  /** The joined deltas in the body. Reading them throws a `Violation` when there is no stream. */
  readonly text: string;
  readonly exchange: Exchange;
  /** The chunks of the SDK's iterator, up to its end or its error. */
  readonly understood: readonly OpenAI.ChatCompletionChunk[];
  readonly failure: unknown;
}

/** What a case may do with the target. It is bound to one deployment. */
export interface Dial {
  readonly deployment: Deployment;
  /** The default agent, then the others that the target declares. */
  readonly agents: readonly [string, ...string[]];
  /** 12 hexadecimal digits, unique for each case and run. */
  readonly nonce: string;
  /** The contract's edition, a release. */
  readonly edition: string;
  /** Longest duration of an exchange, in ms. */
  readonly patience: number;
  /** Depth and seed of the run. */
  readonly course: Course;
  /** The official SDK, bound to the deployment and to the recorder; it never retries. */
  readonly sdk: OpenAI;
  /** The value of `model` that names an agent. Default: the default agent. */
  model(agent?: string): string;
  /** A model of OpenClaw as the target calls it: `openclaw`, `openclaw/main`; any other as it is. */
  named(model: string): string;
  /** What `ask`, `stream` and `send` add to a call. Default: nothing. */
  readonly situation: Situation;
  /**
   * Calls the endpoint through the SDK, streaming only where the situation says so. A prompt is sent as one user message,
   * messages as they are.
   */
  ask(prompt: string | readonly object[], call?: Call): Promise<Answered>;
  /** Calls the endpoint through the SDK, streaming, and reads to the end. */
  stream(prompt: string | readonly object[], call?: Call): Promise<Streamed>;
  /** Sends a body by fetch, without the SDK. */
  send(body: Body | undefined, send?: Send): Promise<Exchange>;
  /** Like `send`, for promises about connections: a broken connection is returned, not thrown as a network error. */
  sendOrReset(body: Body, send?: Send): Promise<Exchange | Reset>;
  /** The body that `ask` would send. */
  body(prompt: string | readonly object[], fields?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** Sends bytes over a new connection, and then `next`, and reads until `whole` holds. Characters 0 to 255 are bytes. */
  raw(sent: string, whole: (reply: string) => boolean, next?: Next): Promise<RawReply>;
  /** The last exchange of `sdk`, once its response has ended. */
  wire(): Promise<Exchange>;
  /** A dial to another deployment, which the case must need. */
  at(deployment: string): Dial;
  /** A dial whose calls are made in that situation. It has its own nonce. */
  in(situation: Situation): Dial;
  /** A call with what the situation adds to it, for `raw`. It counts as a call. */
  placed(call: Placed): Placed;
  /** Throws a `Violation` when a run whose text contains `tag` was started. Checks nothing without a probe. */
  noRun(tag: string): void;
  /** Whether the target plays `fixtures/replies` and echoes. */
  readonly scripted: boolean;
  /** The runs as the model provider sees them; the case must need `probe`. */
  readonly probe: Probe;
}

/** A dial, with what only the judge needs. */
export interface OpenDial {
  readonly dial: Dial;
  /** All exchanges so far, for the transcript. */
  exchanges(): readonly Exchange[];
  /** All exchanges over raw connections. */
  raws(): readonly RawExchange[];
  /** Number of requests sent, raw ones included. */
  requests(): number;
  /** Aborts every exchange in flight and closes every raw connection. */
  close(): void;
}

/**
 * Opens a dial to the target's first deployment.
 *
 * @param mutant stands between the dial and the target. Default: none.
 * @param course default: the depth that the target allows, and seed 1.
 */
export function dialTo(target: Target, mutant?: Mutant, course: Partial<Course> = {}): OpenDial {
  const rawLiar = typeof mutant === 'object' ? mutant.raw : undefined;
  const direct = fetchWith(target.headers);
  const send = typeof mutant === 'function' ? through(mutant, direct) : direct;
  const { dialect = PLAIN } = target;
  const closing = new AbortController();
  const wire = recorder(send, target, closing.signal);
  const raw = rawConnections(target);
  const raws: RawExchange[] = [];
  let rawCount = 0;

  const at = (deployment: Deployment, situation: Situation = {}, nonce = randomBytes(6).toString('hex')): Dial => {
    const endpoint = deployment.baseUrl + ENDPOINT;
    const own = wire.listener();
    let client: OpenAI | undefined;
    let calls = 0;
    const readStream = async (
      body: Placed['body'],
      call: Call,
    ): Promise<Pick<Streamed, 'exchange' | 'understood' | 'failure'>> => {
      const listener = wire.listener();
      const sdk = sdkFor(deployment, listener, target.patience);
      const { understood, failure } = await streamedBy(sdk, body, call);
      return { exchange: await listener.last(), understood, failure };
    };
    const dial: Dial = {
      deployment,
      agents: target.agents,
      nonce,
      edition: target.edition,
      patience: target.patience,
      scripted: target.scripted,
      course: { depth: depthFor(target), seed: 1, ...course },
      get sdk() {
        // Most cases need none of their own, and it costs more than a call.
        return (client ??= sdkFor(deployment, own, target.patience));
      },
      wire: () => own.last(),
      model: (agent = target.agents[0]) => agentModel(target, agent),
      named: (model) => modelIn(dialect, model),
      body: (prompt, fields = {}) =>
        namedIn(dialect, {
          model: dial.model(),
          messages: typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt,
          ...fields,
        }),
      situation,
      placed: (call) => placed(situation, call, calls++ === 0, { nonce, agents: target.agents, dialect }),
      async ask(prompt, call = {}) {
        const { body, headers } = dial.placed({ body: dial.body(prompt, call.body), headers: call.headers ?? {} });
        const sent = { ...call, headers };
        if (body.stream === true && call.body?.stream === undefined) {
          const { exchange, failure } = await readStream(body, sent);
          return {
            exchange,
            completion: undefined,
            failure,
            get text() {
              return streamText(exchange);
            },
          };
        }
        const listener = wire.listener();
        const sdk = sdkFor(deployment, listener, target.patience);
        const seen = await attempt(() =>
          sdk.chat.completions.create(
            body as unknown as OpenAI.ChatCompletionCreateParamsNonStreaming,
            sdkOptions(sent),
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
        const asked = { ...dial.body(prompt, call.body), stream: true };
        const { body, headers } = dial.placed({ body: asked, headers: call.headers ?? {} });
        const seen = await readStream(body, { ...call, headers });
        return {
          ...seen,
          get text() {
            return streamText(seen.exchange);
          },
        };
      },
      async send(given, { method = 'POST', path = ENDPOINT, headers: asked = {}, credential, signal } = {}) {
        const isJson = typeof given === 'object' && !(given instanceof Uint8Array || given instanceof ReadableStream);
        const { body: fields, headers } = dial.placed({ body: isJson ? { ...given } : {}, headers: asked });
        const body = isJson ? fields : given;
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
        // Newer releases answer each wrong secret later than the one before, and lock out an address that sends too many,
        // until a right one comes.
        if (exchange.status === 401 && deployment.credential) {
          const forgiven = recorder(direct, target, closing.signal).listener();
          const right = { authorization: `Bearer ${deployment.credential}` };
          await attempt(() =>
            forgiven.fetch(endpoint, { method: 'POST', headers: right, body: '{}' }).then(() => forgiven.last()),
          );
        }
        return exchange;
      },
      async sendOrReset(body, options) {
        const seen = await attempt(() => dial.send(body, options));
        if (seen.value) return seen.value;
        const reset = resetIn(seen.failure);
        if (reset === undefined) throw seen.failure;
        return { reset };
      },
      async raw(plain, whole, then) {
        rawCount += then ? 2 : 1;
        const sent = bytesIn(dialect, plain);
        const next = then && { ...then, sent: bytesWith(bytesIn(dialect, then.sent), target.headers) };
        const faithfully = (bytes: string): Promise<RawReply> =>
          raw.send(new URL(endpoint), bytesWith(bytes, target.headers), whole, next);
        const beganAt = Date.now();
        const reply = await (rawLiar ? rawLiar(sent, faithfully) : faithfully(sent));
        raws.push({ sent: sent + (next?.sent ?? ''), reply, url: endpoint, beganAt });
        return reply;
      },
      at(name) {
        const other = deploymentOf(target, name);
        if (!other) throw new Error(`The case asks for deployment ${name}, which it does not need.`);
        return at(other, situation, nonce);
      },
      in: (other) => at(deployment, other),
      noRun(tag) {
        const asked = target.probe?.asked(tag) ?? [];
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
