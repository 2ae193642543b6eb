/** What is asked of both gateways: calls as they stand on the wire, in the form in which `fixtures/answered` keeps them. */

/** A text, or a text so many times over. */
export type Piece = string | readonly [text: string, times: number];

/** One HTTP request. Characters of its body are bytes. */
export interface Call {
  readonly method: string;
  readonly path: string;
  /** Default: 1.1. */
  readonly version?: '1.0';
  /** All of them, in their order; `{host}` stands for the gateway's address and port. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Absent: none. */
  readonly body?: readonly Piece[];
  /** The body goes in chunks of its pieces, without a length. */
  readonly chunked?: true;
  /** The answer is waited for no longer than this, in ms: none may come. */
  readonly patience?: number;
  /** The reply pauses for seconds. */
  readonly pauses?: true;
}

/** Calls to one deployment, one after the other: what a later one is answered may hang on the ones before it. */
export interface Request {
  /** `<table>.<row>`, as in the requirements' ids. */
  readonly id: string;
  readonly deployment: string;
  /** The first release that it is sent to. Default: all. */
  readonly since?: string;
  readonly calls: readonly Call[];
}

/** The bytes of a call, a character each. */
export function bytesOf(call: Call, host: string): string {
  const { method, path, version = '1.1', headers, body = [], chunked } = call;
  const lines = [`${method} ${path} HTTP/${version}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  const head = `${lines.join('\r\n')}\r\n\r\n`.replaceAll('{host}', host);
  const pieces = body.map(written);
  if (!chunked) return head + pieces.join('');
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  return `${head}${chunks.join('')}0\r\n\r\n`;
}

/** How many bytes a body has. */
export function lengthOf(body: readonly Piece[]): number {
  return body.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece.length : piece[0].length * piece[1]), 0);
}

function written(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece[0].repeat(piece[1]);
}

/** A command line that sends the call again; what is repeated is written by `printf`. */
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

/** Bytes as the text that they most likely are. */
export function readable(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
