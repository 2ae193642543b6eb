/**
 * Every error in one table: status, type, message. A refusal is thrown where it is decided and written by `envelope.ts`,
 * the outermost layer, as `{"error":{"message","type"}}` or in plain text; nothing else, and no other layer's own words,
 * gets out.
 */

import { STATUS_CODES } from 'node:http';

/** A call that is refused, or a run that failed. Its message is for the caller's eyes. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long it is held back, in ms. */
  readonly delay: number;

  constructor(
    status: number,
    type: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    delay = 0,
  ) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.type = type;
    this.headers = headers;
    this.delay = delay;
  }

  /** The envelope: what an answer's body is, or one frame of a stream. */
  get body(): { error: { message: string; type: string } } {
    return { error: { message: this.message, type: this.type } };
  }
}

/** A caller without the scope that a call takes. */
class Forbidden extends Refusal {
  readonly #details: object | undefined;

  constructor(scope: string, detailed: boolean) {
    super(403, 'forbidden', `missing scope: ${scope}`);
    this.#details = detailed ? { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] } : undefined;
  }

  override get body(): { ok: false; error: { message: string; type: string; details?: object } } {
    const { type, message } = this;
    return { ok: false, error: { type, message, ...(this.#details && { details: this.#details }) } };
  }
}

/** What releases say in plain text, in which there is no place for a type. */
export class PlainRefusal extends Refusal {
  constructor(status: number, headers: Readonly<Record<string, string>> = {}) {
    super(status, '', STATUS_CODES[status] ?? '', headers);
  }
}

/** Something that releases were not prepared for. */
export const crash = (): Refusal => new PlainRefusal(500);
export const notFound = (): Refusal => new PlainRefusal(404);

/** @param methods What is allowed on this path, as `Allow` says it. */
export const notAllowed = (methods: string): Refusal => new PlainRefusal(405, { Allow: methods });

export const invalid = (message: string, status = 400): Refusal =>
  new Refusal(status, 'invalid_request_error', message);

/** @param delay How long the caller waits for it, in ms. */
export const unauthorized = (delay = 0): Refusal => new Refusal(401, 'unauthorized', 'Unauthorized', {}, delay);

/** @param detailed Whether the scope is told once more, for programs. */
export const forbidden = (scope: string, detailed: boolean): Refusal => new Forbidden(scope, detailed);

export const proxyUnknown = (): Refusal =>
  new Refusal(
    403,
    'proxy_attribution_required',
    'Proxy client attribution is required. Configure gateway.trustedProxies narrowly and make the proxy overwrite or ' +
      'safely rebuild forwarded client headers.',
  );

/** @param seconds How long the caller is locked out still. */
export const rateLimited = (seconds: number): Refusal =>
  new Refusal(429, 'rate_limited', 'Too many failed authentication attempts. Please try again later.', {
    'Retry-After': String(seconds),
  });

export const bodyTooLarge = (): Refusal => invalid('Payload too large', 413);
export const badJson = (fault: string): Refusal => invalid(fault);
export const badField = (fault: string): Refusal => invalid(fault);
export const badFault = (fault: string): Refusal => invalid(fault);
export const wrongType = (path: string, wanted: string, got: string): Refusal =>
  invalid(`${path}: Invalid input: expected ${wanted}, received ${got}`);
export const twinTools = (): Refusal => invalid('invalid tool configuration');
export const noMessage = (): Refusal => invalid('Missing user message in `messages`.');
export const foreignModel = (): Refusal => invalid('Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.');
export const unknownAgent = (id: string): Refusal => invalid(`Unknown agent '${id}'.`);
export const reservedKey = (): Refusal =>
  invalid('`x-openclaw-session-key` cannot use reserved internal session namespaces.');
export const nobodyChosen = (): Refusal =>
  invalid(
    'Multiple agents are configured, but this operation has no explicit owner. Select an agent explicitly; CLI callers ' +
      'can pass --agent <id>, channels can add a binding, and ambient services can set their agentId target.',
  );
export const badImage = (): Refusal => invalid('Invalid image_url content in `messages`.');
export const unknownModel = (id: string): Refusal => invalid(`Unknown model: ${id}`, 404);
export const noModelId = (): Refusal => invalid('Missing model id.');
export const badModelId = (of = ''): Refusal => invalid(`Invalid model id${of}.`);
export const noSuchModel = (id: string): Refusal => invalid(`Model '${id}' not found.`, 404);
export const internal = (): Refusal => new Refusal(500, 'api_error', 'internal error');
export const malformedKey = (): Refusal => invalid('`x-openclaw-session-key` is not of the form `agent:<id>:<key>`.');

const UNREAD: Readonly<Record<number, string>> = {
  408: 'The request did not arrive in time.',
  413: 'Request body is too large.',
  431: 'The request line and the headers are too large.',
};

/** @param status Why a request never was one: it cannot be read, or went beyond a limit before it could be. */
export const refusedBefore = (status: number): Refusal =>
  invalid(UNREAD[status] ?? 'The request is not HTTP that can be read.', status);

/** A status that somebody asked for. `retryAfter` is in seconds. */
export function askedFor(status: number, words = STATUS_CODES[status] ?? 'failed', retryAfter?: number): Refusal {
  const type = ASKED[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return new Refusal(status, type, words, retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) });
}

const ASKED: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  402: 'insufficient_quota',
  429: 'rate_limit_error',
};
