/** The three steps of a command that starts real gateways: prepare outside, repeat the command inside, tidy up. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../judging/verdict.ts';
import { insideNamespace, isIsolated, namespaceTrouble } from './namespace.ts';

/** The environment variable that names the folder to the process in the namespace. */
const FOLDER = 'OPENCLAW_KIT_ISOLATED_FOLDER';

/** The file in the folder with what was prepared. */
const PREPARED = 'prepared.json';

/** A command in steps. */
export interface Steps<T> {
  /** The command that starts this script again with the same flags. */
  readonly again: readonly string[];
  /** Takes one line at a time. */
  readonly say: (line: string) => void;
  /** Whether to run with access to the network where no namespace can be created. Default: no, the exit code is 3. */
  readonly unisolated?: boolean;
  /** The sentence behind that error. Default: none. */
  readonly mend?: string;
  /** Runs outside, because npm needs the network. The result is handed over as JSON. */
  readonly prepare: () => Promise<T>;
  /** Runs inside, with a folder that gateways may write to. Returns the exit code. */
  readonly run: (prepared: T, folder: string) => Promise<number>;
  /** Runs outside after that, on what is in the folder. Default: the exit code stays. */
  readonly conclude?: (folder: string) => Promise<number>;
}

/**
 * Runs a command in a loopback-only network namespace; in this process when it has no other network already.
 *
 * @returns The exit code.
 */
export async function isolated<T>(steps: Steps<T>): Promise<number> {
  const handed = process.env[FOLDER];
  if (handed === undefined) return await prepared(steps);
  return await ended(steps, JSON.parse(await readFile(join(handed, PREPARED), 'utf8')) as T, handed);
}

async function prepared<T>(steps: Steps<T>): Promise<number> {
  const { again, say, unisolated = false, mend, prepare, conclude } = steps;
  const here = isIsolated();
  const trouble = here ? undefined : namespaceTrouble();
  if (trouble !== undefined && !unisolated) {
    const failure = `expected a loopback-only network namespace, got "${trouble}".`;
    say(`Failed to isolate the gateways: ${failure}${mend === undefined ? '' : ` ${mend}`}`);
    return EXIT.unjudged;
  }
  const given = await prepare();
  // This process creates and removes it, so that it is removed however the process in the namespace ends.
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-isolated-'));
  const tidy = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', tidy);
  try {
    if (trouble !== undefined) {
      say(`Not isolated, by --no-isolation: ${trouble}. The gateways have access to the network.`);
    }
    const inHere = here || trouble !== undefined;
    const code = inHere ? await ended(steps, given, folder) : await repeated(again, given, folder);
    return conclude === undefined ? code : await conclude(folder);
  } finally {
    tidy();
  }
}

async function repeated(again: readonly string[], given: unknown, folder: string): Promise<number> {
  await writeFile(join(folder, PREPARED), JSON.stringify(given));
  process.env[FOLDER] = folder;
  try {
    const [code] = (await once(insideNamespace(again), 'exit')) as [number | null];
    return code ?? EXIT.unjudged;
  } finally {
    delete process.env[FOLDER];
  }
}

async function ended<T>({ run }: Steps<T>, given: T, folder: string): Promise<number> {
  // The first process of a namespace ignores signals without a handler; when it exits, all processes inside end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(EXIT.unjudged));
  }
  return await run(given, folder);
}
