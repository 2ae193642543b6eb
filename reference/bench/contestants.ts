/** The servers to measure. All get the same requests and give the same answers: see `answer.ts`, `replies/`, `servers/`. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A server to measure. */
export interface Contestant {
  readonly name: string;
  /** Node's arguments for a port. */
  readonly argv: (port: number) => readonly string[];
  /** The same as users start it, for start-up time. Default: `argv`. */
  readonly asUsed?: (port: number) => readonly string[];
  /** Whether it is another mock server. */
  readonly rival: boolean;
  /** Whether it can leave a stream open. */
  readonly hangs: boolean;
  /** Whether its streams can have any number of deltas. */
  readonly anyLength: boolean;
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const AIMOCK = 'node_modules/@copilotkit/aimock/dist/cli.js';
const MOCK_OPENAI_API = 'node_modules/mock-openai-api/dist/cli.js';
const at = (file: string): string => HERE + file;

/** The name of the floor: the least that `node:http` can do. */
export const FLOOR = 'node:http';
/** The name of the reference's own libraries without the reference. */
export const BARE = 'bare Koa';
/** The name of the reference. */
export const REFERENCE = 'reference';
/** The name of the reference with its journal on. */
export const JOURNALED = 'with a journal';

const started = ['--import', at('../../scripts/cached.ts'), at('../../scripts/reference.ts'), '--port'];

const OWN: readonly Contestant[] = [
  { name: FLOOR, argv: (port: number) => [at('servers/floor.ts'), String(port)] },
  { name: BARE, argv: (port: number) => [at('servers/bare.ts'), String(port)] },
  {
    name: REFERENCE,
    argv: (port: number) => [...started, String(port), '--replies', at('replies')],
    asUsed: (port: number) => [...started, String(port)],
  },
  {
    name: JOURNALED,
    argv: (port: number) => [...started, String(port), '--replies', at('replies'), '--journal', '/dev/null'],
  },
].map((one) => ({ ...one, rival: false, hangs: true, anyLength: true }));

const listening = (port: number): string[] => ['-p', String(port)];

const RIVALS: readonly Contestant[] = [
  {
    name: 'aimock',
    argv: (port) => [at(AIMOCK), ...listening(port), '-h', '127.0.0.1', '-f', at('servers/aimock.json')],
    rival: true,
    hangs: true,
    anyLength: false,
  },
  {
    name: 'mock-openai-api',
    argv: (port) => [at('servers/mock-openai-api.cjs'), ...listening(port), '-H', '127.0.0.1'],
    asUsed: (port) => [at(MOCK_OPENAI_API), ...listening(port), '-H', '127.0.0.1'],
    rival: true,
    hangs: false,
    anyLength: false,
  },
];

/**
 * The servers that are available. The first call installs the other mock servers; when npm cannot, they are left out.
 *
 * @param say Takes a line about a slow step or a missing server.
 * @param rivals Whether to include the other mock servers. Default: true.
 */
export function contestants(say: (line: string) => void, rivals = true): readonly Contestant[] {
  if (!rivals) return OWN;
  if (!existsSync(at(AIMOCK)) || !existsSync(at(MOCK_OPENAI_API))) {
    say('Installing aimock and mock-openai-api into reference/bench, only for the bench …');
    spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE, stdio: 'ignore' });
  }
  if (existsSync(at(AIMOCK)) && existsSync(at(MOCK_OPENAI_API))) return [...OWN, ...RIVALS];
  say('Left out: aimock and mock-openai-api, which npm could not install.');
  return OWN;
}
