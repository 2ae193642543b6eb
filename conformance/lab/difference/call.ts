/** The calls to both gateways, byte by byte, in the format of `fixtures/answered.json`. */

/** A text, or a text repeated `times` times. */
export type Piece = string | readonly [text: string, times: number];

/** One HTTP request. Each character of its body is a byte. */
export interface Call {
  readonly method: string;
  readonly path: string;
  /** Default: 1.1. */
  readonly version?: '1.0';
  /** All headers, in order; `{host}` stands for the gateway's address and port. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Absent: no body. */
  readonly body?: readonly Piece[];
  /** Each piece of the body is a chunk, and no length is sent. */
  readonly chunked?: true;
  /** Time for the answer, in ms, for a call that may get none. Default: 40 000. */
  readonly patience?: number;
  /** The reply pauses for seconds. */
  readonly pauses?: true;
}

/** Calls to one deployment, in sequence: the answer to a later one may depend on the earlier ones. */
export interface Request {
  /** `<table>.<row>`, as in the requirements' ids. */
  readonly id: string;
  readonly deployment: string;
  /** The first release that it is sent to. Default: all. */
  readonly since?: string;
  readonly calls: readonly Call[];
}

/**
 * The bytes of a call, one character each.
 *
 * @param host the gateway's address and port, for `{host}`.
 */
export function bytesOf(call: Call, host: string): string {
  const { method, path, version = '1.1', headers, body = [], chunked } = call;
  const lines = [`${method} ${path} HTTP/${version}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const head = `${lines.join('\r\n')}\r\n\r\n`.replaceAll('{host}', host);
  const pieces = body.map(written);
  if (!chunked) return head + pieces.join('');
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  return `${head}${chunks.join('')}0\r\n\r\n`;
}

/** The length of a body in bytes. */
export function lengthOf(body: readonly Piece[]): number {
  return body.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece.length : piece[0].length * piece[1]), 0);
}

function written(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece[0].repeat(piece[1]);
}

/** A curl command that sends the call; repeated pieces are written by `printf`. */
export function curlOf(call: Call, host: string): string {
  const { method, path, version, headers, body, chunked } = call;
  const shown = headers
    .filter(([name, value]) => !/^content-length$/i.test(name) && value !== '{host}')
    // curl drops a header with an empty value unless it ends in a semicolon.
    .map(([name, value]) => `-H ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`);
  const data = body?.map((piece) =>
    typeof piece === 'string'
      ? quoted(readable(piece))
      : `"$(printf '%*s' ${piece[1]} '' | tr ' ' ${quoted(piece[0])})"`,
  );
  return [
    'curl -sS -N -i --path-as-is',
    ...(method === 'HEAD' ? ['-I'] : [`-X ${method}`]),
    ...(version ? ['--http1.0'] : []),
    quoted(`http://${host}${path}`),
    ...shown,
    ...(chunked ? [`-H 'Transfer-Encoding: chunked'`] : []),
    ...(data ? [`--data-binary ${data.join('')}`] : []),
  ].join(' ');
}

/** Bytes decoded as UTF-8. */
export function readable(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
