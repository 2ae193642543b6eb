/** What the reference can be told on its command line. */

/** One flag; a switch without a `value`. Read by the entry points, which share a reader. */
interface Flag {
  readonly says: string;
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  /** The variable that is read without the flag. */
  readonly env?: string;
  /** A heading of the help, of this flag and of those behind it. */
  readonly group?: string;
}

/** In the order of the help. */
export const FLAGS = {
  port: {
    group: 'Where it listens',
    value: 'N',
    says: "without it, the configuration's gateway.port, else 18789; 0 is any free port",
  },
  host: { value: 'ADDRESS', says: "without it, the configuration's gateway.bind, else 127.0.0.1" },
  config: {
    group: 'What it is',
    value: 'FILE',
    env: 'OPENCLAW_CONFIG_PATH',
    says: "OpenClaw's own JSON5 configuration; without it, one of the kit's own",
  },
  edition: { value: 'RELEASE', says: 'the contract as of that release; without it, the newest' },
  'as-released': { says: 'with the faults that the release is known for' },
  state: { value: 'FILE', says: 'keeps sessions in FILE, over restarts and crashes; without it, in memory' },
  backend: {
    group: 'What answers',
    value: 'NAME',
    choices: ['scripted', 'upstream'],
    default: 'scripted',
    says: 'where answers come from',
  },
  'upstream-url': {
    value: 'URL',
    says: 'the OpenAI-compatible provider of the upstream backend; its key is read from OPENAI_API_KEY',
  },
  'upstream-model': { value: 'M', says: 'the model that agents without one of their own ask for' },
  'upstream-bytes': {
    value: 'N',
    says: 'how much of one answer of the provider is taken in, in bytes; without it 67108864 (64 MiB)',
  },
  replies: { value: 'DIR', says: "replies beside the kit's own, read again when they change" },
  check: { value: 'DIR', says: 'tells what is wrong with the replies in DIR, and starts nothing' },
  record: { value: 'DIR', says: 'writes what the upstream backend answers to DIR, as replies that play without it' },
  ttft: { value: 'MS', says: 'milliseconds to the first token' },
  'tokens-per-second': { value: 'N', says: 'how fast the others follow; without it, as fast as can be' },
  jitter: { value: 'SHARE', says: 'how far each token may be off its time, from 0 to 1' },
  seed: { value: 'N', says: 'the same seed gives the same times; without it another one every time, printed' },
  'fault-header': { group: 'What it shows', says: 'lets clients order a fault: x-openclaw-fault: cut=3' },
  journal: {
    value: 'FILE',
    says: 'adds each request to FILE when it has ended, as a line of JSON without secrets',
  },
  lint: { says: 'prints at the end what the client does wrong; exit code 1 when that is anything' },
  'control-port': {
    value: 'N',
    says: 'opens the Control API on 127.0.0.1, 0 being any free port: journal, sessions, replies, faults',
  },
  'control-host': {
    value: 'ADDRESS',
    says: 'where the Control API listens instead; its clients then send the secret that OPENCLAW_CONTROL_TOKEN holds, as Authorization: Bearer',
  },
} as const satisfies Readonly<Record<string, Flag>>;

type Camel<Name extends string> = Name extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : Name;

/** The values of the flags, by their names in camel case. */
export type Flags = {
  readonly [Name in keyof typeof FLAGS as Camel<Name>]: (typeof FLAGS)[Name] extends { readonly value: string }
    ? string | undefined
    : boolean;
};

/** What it does. */
export const SAYS = `A faithful gateway on this machine: no model, no account, no network.`;

/** Lines behind the flags of the help. */
export const examples = (call: string): string => `Examples:
  ${call} --port 0
  ${call} --replies replies --journal requests.jsonl
  ${call} --edition 2026.2.1 --as-released

Exit: 0 after a signal, 1 with --lint when the client does something wrong, 2 wrong usage or configuration.`;
