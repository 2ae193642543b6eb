/** Reads a target from the flags, the environment, and, for several deployments of a gateway, a file. */
import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { z } from 'zod';
import { DialectRow, readDialect } from '../dial/dialects.ts';
import { CAPABILITIES, DEFAULTS, originOf, type Deployment, type Target } from '../dial/target.ts';
import { AUTO, isRelease } from '../editions.ts';
import type { AddedHeader } from '../wire/added-headers.ts';
import { proxiesIn } from '../wire/tunnel.ts';
import { UsageError, issueText } from '../usage-error.ts';
import { wrong } from './command-line.ts';
import { boundsIn, type Flags } from './conformance-flags.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The form of a target file. Secrets stay in the environment: the file names their variables. */
export const TargetFile = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().optional(),
  edition: z.string().refine(isRelease, 'a release like 2026.9.6').optional(),
  /** What it calls headers and models: a package of `fixtures/dialects.json`, a file like one of its rows, or the row. */
  dialect: z.union([z.string().min(1), DialectRow]).optional(),
  profile: z.enum(['openclaw', 'core']).optional(),
  model: z.string().optional(),
  agents: z.array(z.string().min(1)).min(1).optional(),
  /** Whether it plays the replies of `fixtures/replies`. */
  scripted: z.boolean().optional(),
  /** What the gateway has beside chat. Default: all. */
  capabilities: z.array(z.enum(CAPABILITIES)).optional(),
  deployments: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        baseUrl: z.url({ protocol: /^https?$/ }),
        auth: z.enum(['token', 'password', 'none', 'trusted-proxy']),
        credentialEnv: z.string().optional(),
      }),
    )
    .min(1),
});

/**
 * The target that the flags name; undefined for the embedded reference.
 *
 * @throws {UsageError} for a bad address, a missing secret, or a wrong file.
 */
export function readTarget(flags: Flags, env: Env): Target | undefined {
  const written = flags.target === undefined ? undefined : readFile(flags.target);
  if (!written && flags.baseUrl === undefined) return undefined;
  const deployments = written
    ? written.deployments.map(({ name, baseUrl, auth, credentialEnv }): Deployment => {
        const credential = auth === 'none' ? undefined : secret(env, credentialEnv, `deployment ${name}`);
        return { name, baseUrl: originOf(baseUrl), auth, credential };
      })
    : [single(flags, env)];
  const [first, ...others] = deployments;
  const spoken = flags.dialect ?? written?.dialect;
  const [agent, ...more] = flags.agents ?? written?.agents ?? DEFAULTS.agents;
  return {
    name: written?.name ?? 'the gateway',
    deployments: [first!, ...others],
    agents: [agent!, ...more],
    edition: (flags.edition === AUTO ? undefined : flags.edition) ?? written?.edition ?? DEFAULTS.edition,
    profile: flags.profile ?? written?.profile ?? DEFAULTS.profile,
    model: flags.model ?? written?.model ?? DEFAULTS.model,
    scripted: written?.scripted ?? DEFAULTS.scripted,
    probe: undefined,
    capabilities: written?.capabilities ?? DEFAULTS.capabilities,
    ...(spoken !== undefined && { dialect: typeof spoken === 'string' ? readDialect(spoken) : spoken }),
    headers: [...flags.header.map(headerIn), ...flags.headerEnv.map((given) => headerFrom(given, env))],
    insecure: flags.insecure,
    proxies: proxiesIn(env),
    ...boundsIn(flags),
  };
}

/** The environment variable with the credential of a target named by `--base-url`, for the curl command. */
export function secretName(flags: Flags, target: Target): string | undefined {
  const { auth } = target.deployments[0];
  return auth === 'token' ? flags.tokenEnv : auth === 'password' ? flags.passwordEnv : undefined;
}

function single(flags: Flags, env: Env): Deployment {
  let baseUrl: string;
  try {
    baseUrl = originOf(flags.baseUrl!);
  } catch {
    throw new UsageError(
      `Failed to read --base-url: expected an address like http://127.0.0.1:18789, got "${flags.baseUrl}". Correct it.`,
    );
  }
  const { tokenEnv, passwordEnv } = flags;
  const auth = flags.auth ?? (env[tokenEnv] ? 'token' : env[passwordEnv] ? 'password' : undefined);
  if (!auth) {
    throw new UsageError(
      `Failed to find a credential: expected ${tokenEnv} or ${passwordEnv} in the environment, got neither. Set one, or use --auth none.`,
    );
  }
  if (auth === 'none') return { name: 'none', baseUrl, auth, credential: undefined };
  return {
    name: auth,
    baseUrl,
    auth,
    credential: secret(env, auth === 'token' ? tokenEnv : passwordEnv, `--auth ${auth}`),
  };
}

/** Headers that a request has by itself: another value would be judged as the gateway's fault. */
const OWN = /^(?:authorization|connection|content-.*|expect|host|te|trailer|transfer-encoding|upgrade|x-openclaw-.*)$/i;

function headerIn(given: string): AddedHeader {
  const at = given.indexOf(':');
  if (at < 1) throw wrong('--header', "a header like 'Name: value'", given);
  return header('--header', given.slice(0, at), given.slice(at + 1).trim());
}

function headerFrom(given: string, env: Env): AddedHeader {
  const [, name, variable] = /^([^=]+)=([A-Za-z_]\w*)$/.exec(given) ?? [];
  if (name === undefined || variable === undefined) throw wrong('--header-env', 'Name=VARIABLE', given);
  return { ...header('--header-env', name, secret(env, variable, `--header-env ${name}`)), variable };
}

/** The value may be a secret: an error does not show it. */
function header(flag: string, name: string, value: string): AddedHeader {
  if (OWN.test(name)) throw wrong(flag, 'a header that no request has by itself', name);
  try {
    new Headers().append(name, value);
  } catch {
    throw wrong(flag, 'a name and a value as HTTP allows them', name);
  }
  return { name, value };
}

function secret(env: Env, name: string | undefined, whose: string): string {
  const value = name === undefined ? undefined : env[name];
  if (value) return value;
  const expected = name === undefined ? 'credentialEnv' : `a secret in ${name}`;
  throw new UsageError(`Failed to find the credential of ${whose}: expected ${expected}, got nothing. Set it.`);
}

function readFile(file: string): z.infer<typeof TargetFile> {
  const fail = (expected: string, got: string): never => {
    throw new UsageError(`Failed to read target ${file}: expected ${expected}, got ${got}. Correct the file.`);
  };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    return fail('a file', (cause as NodeJS.ErrnoException).code ?? 'an unreadable one');
  }
  let written: unknown;
  try {
    written = JSON5.parse(text);
  } catch (cause) {
    return fail('JSON5', (cause as Error).message.replace(/^JSON5: /, ''));
  }
  const read = TargetFile.safeParse(written);
  return read.success ? read.data : fail('a target', issueText(read.error));
}
