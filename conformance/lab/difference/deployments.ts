/** The deployments to compare: those of `fixtures/deployments.json`, and those with other sets of agents. */
import { readFileSync } from 'node:fs';
import table from '../../../fixtures/deployments.json' with { type: 'json' };
import beyond from '../../../fixtures/difference-requests.json' with { type: 'json' };

/** A deployment with its configuration file read. */
export interface Deployment {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** The secret; null: none. */
  readonly credential: string | null;
  /** The first release that supports its configuration. */
  readonly since: string;
  /** The configuration's text, JSON5. */
  readonly config: string;
}

interface Row extends Omit<Deployment, 'env'> {
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ALL = new Map(
  [...(table.deployments as readonly Row[]), ...(beyond.deployments as readonly Row[])].map(
    (row): [string, Deployment] => {
      const config = readFileSync(new URL(`../../../fixtures/${row.config}`, import.meta.url), 'utf8');
      const env = Object.entries(row.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return [row.name, { ...row, config, env: Object.fromEntries(env) }];
    },
  ),
);

/**
 * The deployment of a name.
 *
 * @throws {Error} when no row has that name.
 */
export function deploymentNamed(name: string): Deployment {
  const deployment = ALL.get(name);
  if (deployment !== undefined) return deployment;
  throw new Error(`Failed to find a deployment: expected one of fixtures/, got ${name}.`);
}
