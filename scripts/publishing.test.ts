/** What GitHub and npm read of this repository. */
import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import suite from '../package.json' with { type: 'json' };
import { textOf } from './documents.ts';

const workflows = globSync('.github/workflows/*.yml');

test.each([...workflows, 'action.yml', 'reference/action.yml'])(
  '%s uses actions of one commit each, and says of which release',
  (file) => {
    const uses = textOf(file).match(/\buses: .*/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  },
);

test('a tag publishes its version with a proof of origin, after the tests of the package', () => {
  const { on, jobs } = parse(textOf('.github/workflows/release.yml')) as {
    on: object;
    jobs: { publish: { permissions: object; steps: { run?: string }[] } };
  };
  expect(on).toEqual({ push: { tags: ['v*'] } });
  expect(jobs.publish.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  const runs = jobs.publish.steps.flatMap(({ run }) => run ?? []);
  expect(runs.slice(1)).toEqual(['npm ci', 'npm run package', 'npm publish --provenance --access public']);
});

test('the version of the package is cut in the changelog, and a next one is begun', () => {
  const headings = textOf('CHANGELOG.md').match(/^## .+$/gm);
  expect(headings?.slice(0, 2)).toEqual(['## Unreleased', `## ${suite.version}`]);
});

test('a newer release is looked for daily, and only what keeps the issue may write', () => {
  const { on, permissions, jobs } = parse(textOf('.github/workflows/newer.yml')) as {
    on: { schedule: { cron: string }[] };
    permissions: object;
    jobs: { gate: { steps: { run?: string; env?: object }[] } };
  };
  expect(on.schedule.map(({ cron }) => cron.split(' ').slice(2))).toEqual([['*', '*', '*']]);
  expect(permissions).toEqual({ contents: 'read', issues: 'write' });
  const told = jobs.gate.steps.filter(({ env }) => env !== undefined);
  expect(told.map(({ run }) => run)).toEqual(['npm run newer -- --issue --out reports']);
});

test('each form of an issue asks for something, and every field says for what', () => {
  const forms = globSync('.github/ISSUE_TEMPLATE/*.yml').filter((file) => !file.endsWith('config.yml'));
  expect(forms.length).toBeGreaterThan(1);
  for (const file of forms) {
    const { name, description, body } = parse(textOf(file)) as {
      name: string;
      description: string;
      body: { attributes: { label?: string; description?: string } }[];
    };
    expect([name, description].every(Boolean), file).toBe(true);
    for (const { attributes } of body)
      expect(Object.keys(attributes)).toEqual(expect.arrayContaining(['label', 'description']));
  }
});

test('the package says where its commands are, and each is a file of the package', () => {
  expect(suite.bin['openclaw-compat-kit']).toBe('bin/openclaw-compat-kit.cjs');
  for (const file of Object.values(suite.bin)) expect(textOf(file)).toMatch(/^#!\/usr\/bin\/env node\n/);
});
