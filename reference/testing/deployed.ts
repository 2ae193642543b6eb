/** For the tests: gateways with the configurations of `fixtures/deployments.json`. */

import { readFileSync } from 'node:fs';
import type { Backend } from '../backends/backend.ts';
import { loadReplies } from '../backends/scripted/replies.ts';
import { scriptedBackend } from '../backends/scripted/scripted.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import { readOptions, type Options, type Source } from '../options.ts';

/** A row of `fixtures/deployments.json`. */
export interface Deployment {
  readonly name: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  readonly credential: string | null;
  readonly serves: boolean;
}

const FIXTURES = new URL('../../fixtures/', import.meta.url);

export const { deployments } = JSON.parse(readFileSync(new URL('deployments.json', FIXTURES), 'utf8')) as {
  deployments: readonly Deployment[];
};

/** The options of a deployment, on any free port. */
export function optionsOf(name: string, overrides: Source['overrides'] = {}): Options {
  const found = deployments.find((deployment) => deployment.name === name);
  if (found === undefined) throw new Error(`Failed to find a deployment: expected one of fixtures/, got ${name}.`);
  const config = readFileSync(new URL(found.config, FIXTURES), 'utf8');
  return readOptions({ config, env: found.env, overrides: { port: 0, ...overrides } });
}

/** The scripted backend with the kit's own replies. */
export const scripted: Backend = scriptedBackend(await loadReplies());

/** A gateway of the deployment "token" unless told otherwise. */
export function deployed(more: Partial<GatewayOptions> = {}, name = 'token'): Gateway {
  return createGateway({ ...optionsOf(name), backend: scripted, ...more });
}

/** The credential of the deployment "token", and what a call of the endpoint needs. */
export const TOKEN = deployments.find(({ name }) => name === 'token')?.credential ?? '';
/** The path of the endpoint. */
export const PATH = '/v1/chat/completions';
/** What each of its calls needs. */
export const HEADERS = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };

/** A call that says one thing. */
export function saying(content: unknown, more: object = {}): string {
  return JSON.stringify({ model: 'openclaw', messages: [{ role: 'user', content }], ...more });
}
