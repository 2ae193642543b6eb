/** A program that stands for a build of OpenClaw in tests of the gate: the reference, configured as a release is. */
const module = (path: string): string => JSON.stringify(new URL(`../../reference/${path}`, import.meta.url).href);

/** A faithful one, as the text of a module. */
export const FAITHFUL = `
  import { readFileSync } from 'node:fs';
  import { createGateway } from ${module('gateway.ts')};
  import { readOptions } from ${module('options.ts')};
  import { upstreamBackend } from ${module('backends/upstream.ts')};
  const { env } = process;
  const options = readOptions({ file: env.OPENCLAW_CONFIG_PATH, env, overrides: { port: Number(process.argv.at(-1)) } });
  const { models } = JSON.parse(readFileSync(env.OPENCLAW_CONFIG_PATH, 'utf8'));
  const [{ baseUrl: url }] = Object.values(models.providers);
  const backend = upstreamBackend({ url, agents: options.agents, env: { OPENAI_API_KEY: 'any' } });
  await createGateway({ ...options, backend }).listen();`;
