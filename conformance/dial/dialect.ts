/** What a gateway calls what OpenClaw names: the prefixes on the wire, and how the lab starts it. */
import table from '../../fixtures/dialects.json' with { type: 'json' };

/** What a package needs to start although it does not say so, or a key that it refuses; and why. */
export type Mend = { readonly because: string } & (
  { readonly install: string } | { readonly without: string } | { readonly env: Readonly<Record<string, string>> }
);

/** A whole row of `fixtures/dialects.json`. */
export interface Dialect {
  /** The package's name on npm. */
  readonly package?: string | undefined;
  /** What the names of its own headers begin with, `x-openclaw-`. */
  readonly header: string;
  /** Its name in `model`: alone, and before `:` or `/` and an agent. */
  readonly model: string;
  /** Its program as `bin` of its package names it, and the arguments that start the gateway. `--port N` follows. */
  readonly command: readonly string[];
  /** What the names of its variables begin with, `OPENCLAW_`. */
  readonly env: string;
  /** The name of its configuration file. */
  readonly file: string;
  /** Keys of the configuration that it calls by another name, the parts joined by dots. */
  readonly keys: Readonly<Record<string, string>>;
  /** The release that a version is built on, where its own number names another one. */
  readonly editions: Readonly<Record<string, string>>;
  readonly mends: readonly Mend[];
}

const [first] = table.dialects;

/** OpenClaw's own. */
export const PLAIN: Dialect = {
  package: first!.package,
  header: first!.header!,
  model: first!.model!,
  command: first!.command,
  env: first!.env!,
  file: first!.file!,
  keys: {},
  editions: {},
  mends: [],
};

/** A model that names OpenClaw, in the dialect; any other as it is. */
export const modelIn = ({ model }: Pick<Dialect, 'model'>, named: string): string =>
  /^openclaw(?=$|[:/])/.test(named) ? model + named.slice('openclaw'.length) : named;

/** The name of one of OpenClaw's headers in the dialect, in capitals where they were; any other as it is. */
export function headerIn({ header }: Pick<Dialect, 'header'>, name: string): string {
  const own = name.slice(0, PLAIN.header.length);
  if (header === PLAIN.header || own.toLowerCase() !== PLAIN.header) return name;
  return cased(header, own) + name.slice(own.length);
}

function cased(prefix: string, like: string): string {
  if (like === like.toLowerCase()) return prefix;
  if (like === like.toUpperCase()) return prefix.toUpperCase();
  return prefix.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** A variable's name in the dialect. */
export const variableIn = ({ env }: Pick<Dialect, 'env'>, name: string): string =>
  name.startsWith(PLAIN.env) ? env + name.slice(PLAIN.env.length) : name;

/** Bytes of requests with the names of their headers in the dialect. */
export const bytesIn = (dialect: Pick<Dialect, 'header'>, sent: string): string =>
  dialect.header === PLAIN.header
    ? sent
    : sent.replace(/(?<=\r\n)x-openclaw-[\w-]*(?=[ \t]*:)/gi, (name) => headerIn(dialect, name));

/** A mend in a sentence. */
export const mendText = (mend: Mend): string => `${doneBy(mend)}: ${mend.because}.`;

function doneBy(mend: Mend): string {
  if ('install' in mend) return `Installed with ${mend.install}`;
  if ('without' in mend) return `Configured without ${mend.without}`;
  const variables = Object.entries(mend.env).map(([name, value]) => `${name}=${value}`);
  return `Started with ${variables.join(' ')}`;
}
