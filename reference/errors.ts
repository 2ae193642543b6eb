/**
 * Every error in one table: status, type, message. A refusal is thrown where it is decided, and written by
 * `http/envelope.ts`, the outermost middleware, as `{"error":{"message","type"}}` or as plain text. No other error text
 * reaches a client.
 */

import { STATUS_CODES } from 'node:http';

/** A refused call or a failed run. Its message is sent to the client. */
export class Refusal extends Error {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long the response is delayed, in ms. */
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

  /** The envelope: the body of a response, or one frame of a stream. */
  get body(): { error: { message: string; type: string } } {
    return { error: { message: this.message, type: this.type } };
  }
}

/** A client without the scope that an endpoint requires. */
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

/** An error that releases send as plain text, the reason phrase of its status, without a type. */
export class PlainRefusal extends Refusal {
  constructor(status: number, headers: Readonly<Record<string, string>> = {}) {
    super(status, '', STATUS_CODES[status] ?? '', headers);
  }
}

/** An exception that releases do not catch. */
export const crash = (): Refusal => new PlainRefusal(500);
/** No such path: 404 in plain text. */
export const notFound = (): Refusal => new PlainRefusal(404);

/** @param methods The methods allowed on this path, as the value of `Allow`. */
export const notAllowed = (methods: string): Refusal => new PlainRefusal(405, { Allow: methods });

export const invalid = (message: string, status = 400): Refusal =>
  new Refusal(status, 'invalid_request_error', message);

/** @param delay How long the response is delayed, in ms. Default: 0. */
export const unauthorized = (delay = 0): Refusal => new Refusal(401, 'unauthorized', 'Unauthorized', {}, delay);

/** @param detailed Whether the body has `details`, with the scope in machine-readable form. */
export const forbidden = (scope: string, detailed: boolean): Refusal => new Forbidden(scope, detailed);

export const proxyUnknown = (): Refusal =>
  new Refusal(
    403,
    'proxy_attribution_required',
    'Proxy client attribution is required. Configure gateway.trustedProxies narrowly and make the proxy overwrite or ' +
      'safely rebuild forwarded client headers.',
  );

/** @param seconds How long the address remains locked out. */
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
export const ambiguousTools = (): Refusal => invalid('invalid tool configuration');
export const noMessage = (): Refusal => invalid('Missing user message in `messages`.');
export const foreignModel = (): Refusal => invalid('Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.');
export const unknownAgent = (id: string): Refusal => invalid(`Unknown agent '${id}'.`);
export const reservedKey = (): Refusal =>
  invalid('`x-openclaw-session-key` cannot use reserved internal session namespaces.');
export const noAgentChosen = (): Refusal =>
  invalid(
    'Multiple agents are configured, but this operation has no explicit owner. Select an agent explicitly; CLI callers ' +
      'can pass --agent <id>, channels can add a binding, and ambient services can set their agentId target.',
  );
export const badImage = (): Refusal => invalid('Invalid image_url content in `messages`.');
export const badOverride = (): Refusal => invalid('Invalid `x-openclaw-model`.');

export const unknownModel = (id: string): Refusal => invalid(`Unknown model: ${id}`, 404);
export const noModel = (): Refusal => invalid('Missing `model`.');
export const noEmbedder = (): Refusal => invalid('Unsupported embedding model reference.');
export const foreignEmbedder = (): Refusal =>
  invalid('This agent does not allow that embedding provider on `/v1/embeddings`.');
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

/**
 * The error for a request that could not be read.
 *
 * @param status 400 when it is malformed; 408, 413 or 431 when it exceeded a limit.
 */
export const refusedBefore = (status: number): Refusal =>
  invalid(UNREAD[status] ?? 'The request is not HTTP that can be read.', status);

/** The error of a fault with a status. `retryAfter` is in seconds. */
export function faultRefusal(status: number, words = STATUS_CODES[status] ?? 'failed', retryAfter?: number): Refusal {
  const type = FAULT_TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  return new Refusal(status, type, words, retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) });
}

const FAULT_TYPES: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  402: 'insufficient_quota',
  429: 'rate_limit_error',
};

/** @param choice `required`, or the name of the function that was to be called. */
export const unmetChoice = (choice: string): Refusal =>
  new Refusal(
    502,
    'api_error',
    choice === 'required'
      ? 'tool_choice=required was not satisfied by the agent response'
      : `tool_choice required a ${choice} tool call, but the agent did not produce one`,
  );
