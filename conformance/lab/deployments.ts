/** The deployments of `fixtures/deployments.json`: one gateway instance with one configuration each. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import table from '../../fixtures/deployments.json' with { type: 'json' };
import type { Deployment } from '../dial/target.ts';
import { compareReleases } from '../editions.ts';

/** A row of the table, with its configuration file read. */
export interface DeploymentRow {
  readonly name: string;
  /** The configuration's text, JSON5. */
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly auth: Deployment['auth'];
  readonly credential: string | undefined;
  /** Whether the endpoint is enabled. */
  readonly serves: boolean;
}

/** The agents of every deployment, the default one first. */
export const AGENTS = ['main', 'beta'] as const;

/**
 * The deployments that a release's configuration format supports, the primary one first.
 *
 * @param edition the release.
 * @param names Only these. Default, and when empty: all.
 */
export function deploymentsAt(edition: string, names: readonly string[] = []): DeploymentRow[] {
  return table.deployments
    .filter(({ name, since }) => compareReleases(edition, since) >= 0 && (names.length === 0 || names.includes(name)))
    .map(({ name, config, env, auth, credential, serves }) => ({
      name,
      serves,
      config: readFileSync(fileURLToPath(new URL(`../../fixtures/${config}`, import.meta.url)), 'utf8'),
      env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
      auth: auth as DeploymentRow['auth'],
      credential: credential ?? undefined,
    }));
}
