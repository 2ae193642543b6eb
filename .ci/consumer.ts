/** A user of the packed package: a folder outside of this repository, and the PATH of a machine that lacks its commands. */
import { execFile } from 'node:child_process';
import { join, delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const TOKEN = 'kit-Token-5f8e21c7d09b4a36';

/** The PATH of a user who has our Node, and none of this repository's commands. */
export const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
export const env: Record<string, string | undefined> = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV|TEST$)/.test(name))),
  PATH: [dirname(process.execPath), ...path].join(delimiter),
  OPENCLAW_GATEWAY_TOKEN: TOKEN,
  npm_config_loglevel: 'error',
};

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a command to its end. */
export function run(command: string, args: readonly string[], cwd: string, environment = env): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env: environment, maxBuffer: 2 ** 26 }, (error, out, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, error: stderr });
    });
  });
}

/** Installs packages into a folder. */
export const install = (home: string, ...packages: readonly string[]): Promise<Ran> =>
  run('npm', ['i', '--prefer-offline', '--no-audit', '--no-fund', ...packages], home);

/** Packs the package into a folder; resolves to the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  const { code, out, error } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], root);
  if (code !== 0) throw new Error(`Failed to pack: ${out}${error}`);
  return join(folder, (JSON.parse(out) as [{ filename: string }])[0].filename);
}
