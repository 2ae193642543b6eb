/** A request in another spelling, as bytes: what `fixtures/equivalents.json` and `fixtures/never-open.json` describe. */

/** One way to write a request; the fields are those of `fixtures/schemas/equivalents.schema.json`. */
export interface Rewriting {
  readonly names?: 'lower' | 'upper' | 'alternating';
  readonly order?: 'reversed';
  readonly around?: readonly [string, string];
  readonly headers?: Readonly<Record<string, string | null | readonly string[]>>;
  readonly target?: string;
  readonly before?: string;
  readonly version?: '1.0';
  readonly pipelined?: true;
  readonly chunks?: number;
  readonly extension?: string;
  readonly zeros?: number;
  readonly trailer?: string;
  readonly first?: readonly string[];
  readonly last?: readonly string[];
  readonly json?: keyof typeof WRITTEN;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly messages?: readonly object[];
  readonly part?: true;
  readonly deep?: number;
}

/** A request as it is written plainly. */
export interface Plain {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The bytes of a request in that spelling; characters 0 to 255. */
export function rewritten({ url, headers, body }: Plain, way: Rewriting): string {
  const { around = [' ', ''], target = '{path}', version = '1.1', before = '', chunks } = way;
  const bytes = Buffer.from(jsonIn(body, way), 'utf8').toString('latin1');
  const framing: Record<string, string> =
    chunks === undefined ? { 'Content-Length': String(bytes.length) } : { 'Transfer-Encoding': 'chunked' };
  const lines = linesOf({ Host: url.host, ...headers, ...framing }, way.headers ?? {});
  if (way.order) lines.reverse();
  const path = target.replace('{origin}', url.origin).replace('{path}', url.pathname);
  const head = [
    `POST ${path} HTTP/${version}`,
    ...lines.map(([name, value]) => `${named(name, way.names)}:${around[0]}${value}${around[1]}`),
  ].join('\r\n');
  return `${before}${head}\r\n\r\n${chunks === undefined ? bytes : chunked(bytes, chunks, way)}`;
}

/** The plain lines, those that are written instead of them, and the others behind. */
function linesOf(
  plain: Readonly<Record<string, string>>,
  instead: NonNullable<Rewriting['headers']>,
): [string, string][] {
  const given = new Map(Object.entries(instead).map(([name, value]) => [name.toLowerCase(), value]));
  const all = [...Object.entries(plain).filter(([name]) => !given.has(name.toLowerCase())), ...Object.entries(instead)];
  return all.flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as string[]) : value === null ? [] : [value as string]).map(
      (one): [string, string] => [name, one === '{4096}' ? 'a'.repeat(4096) : one],
    ),
  );
}

function named(name: string, how: Rewriting['names']): string {
  if (how === 'lower') return name.toLowerCase();
  if (how === 'upper') return name.toUpperCase();
  if (how === undefined) return name;
  return name.replace(/./g, (letter, at: number) => (at % 2 ? letter.toUpperCase() : letter.toLowerCase()));
}

function chunked(bytes: string, size: number, { extension = '', zeros = 0, trailer }: Rewriting): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.slice(at, at + size);
    pieces.push(`${'0'.repeat(zeros)}${piece.length.toString(16)}${extension}\r\n${piece}\r\n`);
  }
  return `${pieces.join('')}0\r\n${trailer === undefined ? '' : `${trailer}\r\n`}\r\n`;
}

function jsonIn(body: Readonly<Record<string, unknown>>, way: Rewriting): string {
  const messages = [...(way.messages ?? []), ...(body.messages as readonly Message[]).map(way.part ? inPart : same)];
  const whole = { ...body, messages, ...way.fields };
  const ordered = way.first || way.last ? inOrder(whole, way) : whole;
  const json = way.json ? WRITTEN[way.json](ordered) : JSON.stringify(ordered);
  return way.deep === undefined ? json : json.replace('{', `{"x_kit":${'['.repeat(way.deep)}${']'.repeat(way.deep)},`);
}

interface Message {
  readonly content?: unknown;
}

const same = (message: Message): Message => message;
const inPart = (message: Message): Message => ({ ...message, content: [{ type: 'text', text: message.content }] });

function inOrder(value: unknown, { first = [], last = [] }: Rewriting): unknown {
  if (Array.isArray(value)) return value.map((one) => inOrder(one, { first, last }));
  if (typeof value !== 'object' || value === null) return value;
  const rank = (name: string): number => (first.includes(name) ? 0 : last.includes(name) ? 2 : 1);
  const entries = Object.entries(value).toSorted(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(entries.map(([name, one]) => [name, inOrder(one, { first, last })]));
}

const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
const escaped = (text: string): string => text.replace(/[a-z]/g, escape);
/** The strings of a JSON text: keys with the colon behind them, and values. */
const STRING = /"(?:[^"\\]|\\.)*"(:?)/g;
const values = (json: string, change: (text: string) => string): string =>
  json.replace(STRING, (text, colon: string) => (colon ? text : unescapedParts(text, change)));
const keys = (json: string, change: (text: string) => string): string =>
  json.replace(STRING, (text, colon: string) => (colon ? change(text) : text));
/** Changes a JSON string between its escape sequences. */
const unescapedParts = (text: string, change: (text: string) => string): string =>
  text.replace(/\\u[0-9a-f]{4}|\\.|[^\\]+/gi, (part) => (part.startsWith('\\') ? part : change(part)));

/** How the JSON is written. RFC 8259. */
const WRITTEN = {
  spaced: (value) => JSON.stringify(value, null, ' \t').replaceAll('\n', '\r\n').replaceAll('":', '"\t :'),
  padded: (value) => `\r\n\t ${JSON.stringify(value)} \n\n`,
  escaped: (value) => values(JSON.stringify(value), escaped),
  'escaped keys': (value) => keys(JSON.stringify(value), escaped),
  'escaped slashes': (value) => values(JSON.stringify(value), (text) => text.replaceAll('/', '\\/')),
  ascii: (value) => values(JSON.stringify(value), (text) => text.replace(/[^ -~]/g, escape)),
  'odd numbers': (value) => JSON.stringify(value).replace(/("(?:n|temperature)":)1\b/g, '$11.0e0'),
  'large numbers': (value) => JSON.stringify(value).replace('"{large}"', '123456789012345678901234567890.5e300'),
} satisfies Record<string, (value: unknown) => string>;
