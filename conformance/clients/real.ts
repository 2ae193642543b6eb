/** Real clients, each in a folder of its own with its packages from npm, measured by all requirements of clients. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client } from './client.ts';
import { commandClient } from './command.ts';
import { judgeBy, type ClientOptions, type ClientVerdict } from './judge.ts';

/** A client that people use, and the program that uses it as its documentation shows. */
export interface RealClient {
  readonly id: string;
  /** Packages of npm, with their versions or tags. */
  readonly packages: Readonly<Record<string, string>>;
  /** A file of `real/` or `examples/`. */
  readonly program: string;
  /** What runs it. Default: Node. */
  readonly by?: string;
}

/** Clients from npm, each with the versions that are measured. */
export const REAL_CLIENTS: readonly RealClient[] = [
  { id: 'openai 7', packages: { openai: '7' }, program: 'real/openai.mjs' },
  { id: 'openai 7, stream()', packages: { openai: '7' }, program: 'real/openai-helper.mjs' },
  { id: 'openai 6', packages: { openai: '6' }, program: 'real/openai.mjs' },
  { id: 'openai 5', packages: { openai: '5' }, program: 'real/openai.mjs' },
  { id: 'openai 4', packages: { openai: '4' }, program: 'real/openai.mjs' },
  { id: 'ai', packages: { ai: 'latest', '@ai-sdk/openai-compatible': 'latest' }, program: 'real/ai.mjs' },
  {
    id: 'langchain',
    packages: { '@langchain/openai': 'latest', '@langchain/core': 'latest' },
    program: 'real/langchain.mjs',
  },
  {
    id: 'llamaindex',
    packages: { '@llamaindex/openai': 'latest', llamaindex: 'latest' },
    program: 'real/llamaindex.mjs',
  },
  { id: 'agents', packages: { '@openai/agents': 'latest', openai: '7', zod: '4' }, program: 'real/agents.mjs' },
  { id: 'xsai', packages: { xsai: 'latest' }, program: 'real/xsai.mjs' },
  { id: 'portkey-ai', packages: { 'portkey-ai': 'latest' }, program: 'real/portkey.mjs' },
  { id: 'chatgpt', packages: { chatgpt: 'latest' }, program: 'real/chatgpt.mjs' },
  { id: 'token.js', packages: { 'token.js': 'latest' }, program: 'real/token.mjs' },
  { id: 'multi-llm-ts', packages: { 'multi-llm-ts': 'latest' }, program: 'real/multi-llm.mjs' },
  { id: 'fetch', packages: {}, program: 'real/fetch.mjs' },
  { id: 'Python, urllib', packages: {}, program: 'examples/stdlib.py', by: 'python3' },
  { id: 'curl and sed', packages: {}, program: 'examples/curl.sh', by: 'bash' },
];

/** What was measured of one client: a row of `fixtures/measured-clients.json`. */
export interface Measured {
  readonly id: string;
  /** Version by package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly program: string;
  /** The day, in UTC. */
  readonly measured: string;
  /** How many requirements it keeps. */
  readonly kept: number;
  /** What it breaks: a MUST or a SHOULD by its id, with what was found. */
  readonly breaks: Readonly<Record<string, string>>;
  /** What could not be observed of it. */
  readonly unseen: readonly string[];
}

const run = promisify(execFile);
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** A client in its folder, ready to run. */
export interface Installed {
  readonly client: Client;
  /** Version by package. */
  readonly versions: Measured['versions'];
}

/**
 * Installs the client in the folder.
 *
 * @throws {Error} when npm cannot install it.
 */
export async function install(
  { packages, program, by = process.execPath }: RealClient,
  folder: string,
): Promise<Installed> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies: packages }),
  );
  if (Object.keys(packages).length > 0) {
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  }
  const file = join(folder, program.split('/').at(-1)!);
  copyFileSync(here(program), file);
  copyFileSync(here('real/told.mjs'), join(folder, 'told.mjs'));
  return { client: commandClient([by, file], process.env), versions: versionsIn(folder, packages) };
}

/**
 * Installs the client in the folder and judges it.
 *
 * @throws {Error} when npm cannot install it.
 */
export async function measure(real: RealClient, folder: string, options: ClientOptions = {}): Promise<Measured> {
  const { client, versions } = await install(real, folder);
  return rowOf(real, versions, await judgeBy(client, options));
}

function versionsIn(folder: string, packages: RealClient['packages']): Record<string, string> {
  const names = Object.keys(packages);
  return Object.fromEntries(
    names.map((name) => {
      const file = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
      return [name, (JSON.parse(file) as { version: string }).version];
    }),
  );
}

/** The row of a client, from its verdicts. */
export function rowOf(
  { id, program }: RealClient,
  versions: Measured['versions'],
  verdicts: readonly ClientVerdict[],
): Measured {
  const broken = verdicts.filter(({ verdict }) => ['fail', 'warn', 'error'].includes(verdict));
  return {
    id,
    versions,
    program: `conformance/clients/${program}`,
    measured: new Date().toISOString().slice(0, 10),
    kept: verdicts.filter(({ verdict }) => verdict === 'pass').length,
    breaks: Object.fromEntries(broken.map((one) => [one.id, steady(one.reason)])),
    unseen: verdicts.filter(({ verdict }) => verdict === 'unseen').map((one) => one.id),
  };
}

/** A reason without what differs from run to run: ids, ports, times. */
function steady(reason: string): string {
  return reason
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '…')
    .replaceAll(/(?<=lighthouse |say \\")[0-9a-f]{8}/g, '…')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:…');
}

/** The rows as Markdown: what each client breaks, and the trial that shows it. */
export function measuredText(rows: readonly Measured[]): string {
  const lines = rows.map(({ id, versions, kept, breaks, unseen, measured }) => {
    const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const ids = Object.keys(breaks).map((broken) => `\`${broken}\``);
    return `| ${id} | ${names.join(', ') || '–'} | ${kept} | ${ids.join(', ') || 'nothing'} | ${unseen.length} | ${measured} |`;
  });
  return [
    '| client | versions | keeps | breaks | not observed | measured |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}
