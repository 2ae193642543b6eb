import { globSync, readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { expect, test } from 'vitest';
import { misspelt } from './misspelt.ts';

test.each([
  [{ gateway: { prot: 20110 }, agentz: 5 }, ['gateway.prot (did you mean "port"?)', 'agentz (did you mean "agents"?)']],
  [{ gateway: { auth: { tokn: 'x' } } }, ['gateway.auth.tokn (did you mean "token"?)']],
  [{ agents: { list: [{ id: 'main' }, { idd: 'beta' }] } }, ['agents.list[1].idd (did you mean "id"?)']],
  [{ channels: { telegram: {} }, gateway: { controlUi: {}, port: 1 }, models: {} }, []],
  ['text', []],
])('a key that looks like one that is read is told, and one of OpenClaw’s own is not: %j', (configuration, told) => {
  expect(misspelt(configuration)).toEqual(told);
});

test('the configurations of the kit have none', () => {
  const files = globSync('fixtures/gateways/*.json5');
  expect(files.length).toBeGreaterThan(5);
  expect(files.flatMap((file) => misspelt(JSON5.parse(readFileSync(file, 'utf8'))))).toEqual([]);
});
