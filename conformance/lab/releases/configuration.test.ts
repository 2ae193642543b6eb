import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { expect, test } from 'vitest';
import table from '../../../fixtures/deployments.json' with { type: 'json' };
import { agentsOf, configure } from './configuration.ts';

const place = { port: 18801, providerUrl: 'http://127.0.0.1:19999/v1', folder: '/somewhere/token' };

test.for(table.deployments.map(({ name, config }) => [name, config] as const))(
  'the deployment %s keeps its own settings',
  ([, config]) => {
    const source = readFileSync(new URL(`../../../fixtures/${config}`, import.meta.url), 'utf8');
    const own = JSON5.parse<{ gateway: Record<string, unknown>; agents: { list: object[] } }>(source);
    const made = configure(source, place);
    expect(made).toMatchObject(own);
    const { gateway } = made as { gateway: Record<string, unknown> };
    expect(gateway.auth).toEqual(own.gateway.auth);
    expect(gateway.http).toEqual(own.gateway.http);
  },
);

test('an embedding model is asked at the provider of the lab, and needs plugins', () => {
  const search = { provider: 'openai', model: 'm', remote: { baseUrl: place.providerUrl, apiKey: 'kit-provider-key' } };
  expect(configure(`{ memory: { search: { provider: 'openai', model: 'm' } } }`, place)).toMatchObject({
    memory: { search },
    plugins: { enabled: true },
  });
});

test('each agent has its own model, at the provider of the lab and at no other', () => {
  const made = configure(`{ agents: { list: [{ id: 'main' }, { id: 'beta', default: true }] } }`, place);
  expect(agentsOf(made)).toEqual(['main', 'beta']);
  expect(made).toMatchObject({
    agents: {
      defaults: { model: { primary: 'kilocode/model-beta' }, workspace: '/somewhere/token/workspace' },
      list: [
        { id: 'main', model: 'kilocode/model-main' },
        { id: 'beta', model: 'kilocode/model-beta', default: true },
      ],
    },
    models: { mode: 'replace' },
  });
  const { providers } = made.models as { providers: Record<string, { baseUrl: string; models: { id: string }[] }> };
  expect(Object.keys(providers)).toEqual(['kilocode']);
  expect(providers.kilocode!.baseUrl).toBe(place.providerUrl);
  expect(providers.kilocode!.models.map(({ id }) => id)).toEqual(['model-main', 'model-beta']);
});

test('settings for isolation override those of the deployment', () => {
  const source = `{ gateway: { port: 1, bind: 'lan', controlUi: { enabled: true } }, plugins: { enabled: true },
    update: { checkOnStart: true }, discovery: { mdns: { mode: 'full' } }, models: { mode: 'merge' } }`;
  expect(configure(source, place)).toMatchObject({
    gateway: { port: 18801, bind: 'loopback', controlUi: { enabled: false } },
    plugins: { enabled: false },
    update: { checkOnStart: false },
    discovery: { mdns: { mode: 'off' } },
    models: { mode: 'replace' },
  });
});

test('a deployment may override the number of concurrent runs and their timeout', () => {
  const made = configure(`{ agents: { defaults: { maxConcurrent: 4 } } }`, place);
  expect(made).toMatchObject({ agents: { defaults: { maxConcurrent: 4, timeoutSeconds: 120 } } });
});
