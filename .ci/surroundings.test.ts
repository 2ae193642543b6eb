/** The example without Vitest of the reference's README, from the packed package, in what other projects run tests with. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { fences, named } from '../scripts/documents.ts';
import { env, install, pack, run } from './consumer.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** The oldest Node that the package runs on, as a package of npm. */
const NODE_22 = `node-${process.platform}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-surroundings-'));
/** Without `type`, as most projects in CommonJS are. */
const project = join(folder, 'project');
/** A folder of its own: its `.bin/node` would be that of the project. */
const runtime = join(folder, 'runtime');
const nodes = { 'this Node': 'node', 'Node 22.18': join(runtime, 'node_modules', NODE_22, 'bin/node') };

const example = named(fences('js')).get('client.test.cjs')!;
const withoutTest = example.replace("const test = require('node:test');\n", '');
const files = {
  'client.test.cjs': withoutTest,
  'client.test.mjs': withoutTest.replaceAll(/^const (.+) = require\((.+)\);$/gm, 'import $1 from $2;'),
};

let tarball: string;

beforeAll(async () => {
  tarball = await pack(folder);
  for (const home of [project, runtime]) {
    mkdirSync(home);
    writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true }));
  }
  const installed = await Promise.all([
    install(project, tarball, 'jest@30.5.2'),
    install(runtime, `${NODE_22}@22.18.0`),
  ]);
  for (const { code, error } of installed) expect(code, error).toBe(0);
  writeFileSync(join(project, 'node.test.cjs'), example);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(['this Node', 'Node 22.18'] as const)('CommonJS requires it, by node --test of %s', async (node) => {
  const { code, out } = await run(nodes[node], ['--test', 'node.test.cjs'], project);
  expect(code, out).toBe(0);
  expect(out).toMatch(/pass 1$/m);
});

it.each([
  ['client.test.cjs', 'this Node'],
  ['client.test.mjs', 'this Node'],
  ['client.test.mjs', 'Node 22.18'],
] as const)('Jest runs %s, by %s', async (file, node) => {
  expect(files[file]).not.toContain('node:test');
  expect(files[file].includes('require')).toBe(file === 'client.test.cjs');
  const flagged = { ...env, NODE_OPTIONS: '--experimental-vm-modules' };
  const { code, error } = await run(nodes[node], ['node_modules/jest/bin/jest.js', file], project, flagged);
  expect(code, error).toBe(0);
  expect(error).toMatch(/^Tests: +1 passed, 1 total$/m);
});

it('npm refuses MSW 2 beside it', async () => {
  const { code, error } = await install(runtime, '--dry-run', tarball, 'msw@2.15.0');
  expect(code).not.toBe(0);
  expect(error).toContain('peerOptional msw@">=3"');
});
