/** Every TypeScript example in the READMEs is type-checked with this repository's options, and run. */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReference } from '../reference/adapters/start.ts';
import { fences, named, textOf } from './documents.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'out/examples');
const blocks = fences('ts');
const examples = [...named(blocks)];

const gateway = await startReference();
afterAll(() => gateway.close());

/** The example with the gateway's address and with imports of the sources. */
function placed(text: string): string {
  const { exports } = JSON.parse(textOf('package.json')) as {
    exports: Record<string, string | { default: string }>;
  };
  const fixtures = text.replaceAll("'openclaw-compat-kit/fixtures/", "'../../fixtures/");
  return Object.entries(exports).reduce(
    (example, [path, to]) => {
      if (typeof to === 'string') return example;
      const source = to.default.replace('./dist', '../..').replace(/\.js$/, '.ts');
      return example.replaceAll(`'${path.replace('.', 'openclaw-compat-kit')}'`, `'${source}'`);
    },
    fixtures.replaceAll('http://127.0.0.1:18789', gateway.url),
  );
}

function run(...args: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, OPENCLAW_GATEWAY_TOKEN: gateway.apiKey };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: root, env, maxBuffer: 2 ** 26 }, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), output: out + err });
    });
  });
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tsconfig.json'), '{ "extends": "../../tsconfig.json", "include": ["*.ts"] }');
  for (const [name, text] of examples) writeFileSync(join(folder, name), placed(text));
});

test('every example has its own name', () => {
  expect(examples.length).toBe(blocks.length);
  expect(examples.length).toBeGreaterThan(5);
});

test('the examples pass the type checker', { timeout: 120_000 }, async () => {
  const { code, output } = await run('node_modules/typescript/bin/tsc', '-p', folder);
  expect(code, output).toBe(0);
});

const isTest = (name: string): boolean => /\.(?:spec|test)\.ts$/.test(name);

test.each(examples.map(([name]) => name).filter((name) => !isTest(name)))(
  'the example %s runs',
  { timeout: 60_000 },
  async (name) => {
    const { code, output } = await run(join(folder, name));
    expect(code, output).toBe(0);
  },
);

test('the examples that are tests pass', { timeout: 120_000 }, async () => {
  const { code, output } = await run('node_modules/vitest/vitest.mjs', 'run', '--root', folder);
  expect(code, output).toBe(0);
  const files = examples.filter(([name]) => isTest(name));
  expect(stripVTControlCharacters(output)).toMatch(new RegExp(`Test Files\\s+${files.length} passed`));
});
