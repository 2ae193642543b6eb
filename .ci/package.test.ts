/**
 * The packed package in the project of a user: an empty folder outside of this repository, with another major of
 * Vitest and of TypeScript, and a Vitest configuration made for other things. Its examples are those of the READMEs.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { anchors, fences, links, named } from '../scripts/documents.ts';
import { env, install, pack, path, root, run as runIn } from './consumer.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const NEIGHBOURS = ['vitest@3.2.7', 'msw@3.0.5', 'typescript@5.9.3', '@types/node@24.19.2'];
const VITEST_CONFIG = `
  export default {
    test: { include: ['odd/**/*.ts'], globals: true, environment: './nowhere', sequence: { concurrent: true } },
  };`;
const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-package-'));
const project = join(folder, 'project');
/** By name; those that Vitest runs have a folder of their own. */
const examples = new Map(
  [...named(fences('ts'))].map(([name, text]) => [/\.(?:spec|test)\.ts$/.test(name) ? join('odd', name) : name, text]),
);
/** Lines that call this package by its bins. */
const commands = fences('sh')
  .flatMap((block) => block.split('\n'))
  .filter((line) => line.startsWith('npx openclaw-'));

const run = (command: string, args: readonly string[], cwd = project, environment = env): ReturnType<typeof runIn> =>
  runIn(command, args, cwd, environment);

const npx = (...words: string[]): ReturnType<typeof runIn> => run('npx', ['--no-install', ...words]);

/** Checks types as strictly as TypeScript can, with the TypeScript of a folder. */
const typed = (home: string, resolution: string, ...more: string[]): ReturnType<typeof runIn> => {
  const module = resolution === 'bundler' ? 'esnext' : resolution;
  const flags = ['--strict', '--noEmit', '--target', 'es2024', '--types', 'node', '--resolveJsonModule'];
  const compiler = join(home, 'node_modules/typescript/bin/tsc');
  return run('node', [compiler, ...flags, '--module', module, '--moduleResolution', resolution, ...more]);
};

const started: ChildProcess[] = [];

/** `npx openclaw-reference` on a free port; resolves to its address. */
async function reference(...flags: string[]): Promise<string> {
  const words = ['--no-install', 'openclaw-reference', '--port', '0', ...flags];
  const child = spawn('npx', words, { cwd: project, env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  let text = '';
  for await (const piece of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += piece as string;
    const [url] = /http:\/\/127\.0\.0\.1:\d+(?=,)/.exec(text) ?? [];
    if (url !== undefined) {
      child.stdout.resume();
      return url;
    }
  }
  throw new Error(`Failed to start the reference: expected its address, got "${text}".`);
}

let tarball: string;
let url: string;
let older: string;

beforeAll(async () => {
  mkdirSync(join(project, 'odd'), { recursive: true });
  tarball = await pack(folder);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  writeFileSync(join(project, 'vitest.config.ts'), VITEST_CONFIG);
  const installed = await install(project, tarball, ...NEIGHBOURS);
  expect(installed.code, installed.error).toBe(0);
  [url, older] = await Promise.all([reference(), reference('--edition', '2026.2.1')]);
  for (const [name, text] of examples) {
    writeFileSync(join(project, name), text.replaceAll("'http://127.0.0.1:18789'", `process.env.URL ?? '${url}'`));
  }
});

afterAll(async () => {
  await Promise.all(
    started.map((child) => {
      process.kill(-child.pid!, 'SIGTERM');
      return once(child, 'exit');
    }),
  );
  rmSync(folder, { recursive: true, force: true });
});

describe('the tarball', () => {
  it.each([['publint'], ['attw', '--profile', 'esm-only']])('gives %s nothing to say', async (command, ...flags) => {
    const { code, out, error } = await run(join(root, 'node_modules/.bin', command!), [tarball, ...flags], root);
    expect(code, out + error).toBe(0);
  });

  it('holds no source, no test, and no word of where it was built', async () => {
    const { out } = await run('tar', ['-tzf', tarball]);
    expect(out).not.toMatch(/[^d]\.ts$|\.test\./m);
    const { code } = await run('grep', ['-rlF', root, join(project, 'node_modules/openclaw-compat-kit')]);
    expect(code).toBe(1);
  });

  it('holds what its documents link to, and is named as the README installs it', async () => {
    const kit = join(project, 'node_modules/openclaw-compat-kit');
    const text = (file: string): string => readFileSync(join(kit, file), 'utf8');
    const documents = ['README.md'];
    for (const document of documents) {
      for (const { path: linked, anchor } of links(text(document))) {
        const target = linked === '' ? document : join(document, '..', linked);
        expect(existsSync(join(kit, target)), `${document} links to ${target}`).toBe(true);
        if (!target.endsWith('.md')) continue;
        if (anchor !== undefined) expect(anchors(text(target))).toContain(anchor);
        if (!documents.includes(target)) documents.push(target);
      }
    }
    expect(documents).toEqual(expect.arrayContaining(['reference/README.md', 'conformance/README.md', 'CONTRACT.md']));
    expect(fences('sh').join('')).toContain(`npm i -D ../openclaw-compat-kit/${basename(tarball)}`);
  });

  it('brings every module that its own need, and no more', async () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
    const dist = join(project, 'node_modules/openclaw-compat-kit/dist');
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const names = files.flatMap((file) => {
      const text = readFileSync(join(dist, file), 'utf8');
      const imports =
        /^(?:import|export)\b[^;'"=]*\bfrom '((?:@[\w-]+\/)?[\w:-]+)|\b(?:import|createRequire\(import\.meta\.url\))\('([\w:-]+)/gm;
      return [...text.matchAll(imports)].map(([, still, moving]) => (still ?? moving)!);
    });
    const needed = new Set(names.filter((name) => !/^(node:.*|vitest|msw)$/.test(name)));
    expect([...needed].toSorted()).toEqual(Object.keys(dependencies).toSorted());
  });
});

describe('npx openclaw-conformance', () => {
  it('judges a gateway: exit 0', async () => {
    const { code, out, error } = await npx('openclaw-conformance', '--base-url', url, '--agents', 'main,beta');
    expect(code, out + error).toBe(0);
    expect(out).toMatch(/^Conformant/m);
  });

  it('judges the embedded reference when it is told nothing: exit 0', async () => {
    const { code, out, error } = await npx('openclaw-conformance');
    expect(code, out + error).toBe(0);
    expect(out).toMatch(/^Conformant/m);
  });

  it('finds a violation, and says how it is judged again by this command: exit 1', async () => {
    const { code, out } = await npx('openclaw-conformance', '--base-url', older, '--only', 'streaming');
    expect(code).toBe(1);
    const again = `npx openclaw-compat-kit judge --base-url ${older} --seed N --only streaming.usage-asked`;
    expect(out.replaceAll(/--seed \d+/g, '--seed N')).toContain(again);
  });

  it('refuses a flag that it does not know: exit 2', async () => {
    const { code, error } = await npx('openclaw-conformance', '--base', url);
    expect(code).toBe(2);
    expect(error).toMatch(/^Failed to read the command line: .*\n$/);
  });

  it('says that nothing listens: exit 3', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const { code, error } = await npx('openclaw-conformance', '--base-url', `http://127.0.0.1:${port}`);
    expect(code).toBe(3);
    expect(error).toMatch(/^Failed to judge .*\n$/);
  });
});

describe('on a Node that is too old', () => {
  const node = path.map((entry) => join(entry, 'node')).find((file) => existsSync(file) && isOld(file));

  it.for(['compat-kit', 'conformance', 'reference', 'gate', 'compare', 'merge'])(
    'openclaw-%s says so in one line: exit 2',
    async (name, { skip }) => {
      if (node === undefined) return skip('no Node below 22.18 is on the PATH');
      const { code, out, error } = await run(node, [join(project, 'node_modules/.bin', `openclaw-${name}`), '--help']);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(error).toMatch(
        /^Failed to start openclaw-[\w-]+: expected Node 22\.18 or newer, got \S+\. Update Node\.\n$/,
      );
    },
  );
});

describe("the READMEs' examples", () => {
  it.each(commands)('%s', async (line) => {
    const [, ...words] = line.replace('http://127.0.0.1:18789', url).split(' ');
    const { code, out, error } = await npx(...words);
    expect(code, out + error).toBe(0);
  });

  it('judging.ts prints verdicts', async () => {
    const { code, out, error } = await run('node', ['judging.ts']);
    expect(code, error).toBe(0);
    expect(out).toMatch(/^pass streaming\.done $/m);
    expect(out).not.toMatch(/^(?!pass|note)./m);
  });

  it('facts.ts prints ids', async () => {
    const { code, out, error } = await run('node', ['facts.ts']);
    expect(code, error).toBe(0);
    expect(out.split('\n').length).toBeGreaterThan(5);
  });

  it.each([
    ['nodenext', project],
    ['bundler', root],
  ])('have types that hold in a strict project that resolves as %s does', async (resolution, compiler) => {
    const { code, out } = await typed(compiler, resolution, '--skipLibCheck', ...examples.keys());
    expect(code, out).toBe(0);
  });

  it('have types that are whole in every subpath', async () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
    const paths = Object.keys(exports).filter((subpath) => !/json|\*/.test(subpath));
    const text = paths.map(
      (subpath, at) => `export * as e${at} from '${subpath.replace('.', 'openclaw-compat-kit')}';\n`,
    );
    writeFileSync(join(project, 'whole.ts'), text.join(''));
    const { code, out } = await typed(project, 'nodenext', 'whole.ts');
    expect(code, out).toBe(0);
    expect(paths).toHaveLength(7);
  });
});

describe("the project's own Vitest", () => {
  /** Of another major, with a configuration made for other things. */
  const vitest = async (
    at: string,
    ...flags: string[]
  ): Promise<{ code: number; failed: string[]; passed: number }> => {
    const words = ['--no-install', 'vitest', 'run', '--reporter=json', ...flags];
    const { code, out, error } = await run('npx', words, project, { ...env, URL: at });
    const { testResults } = JSON.parse(out.slice(out.indexOf('{'))) as {
      testResults: { message: string; assertionResults: { title: string; status: string }[] }[];
    };
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const titles = (wanted: string): string[] => tests.filter((one) => one.status === wanted).map(({ title }) => title);
    expect(tests.length, out + error).toBeGreaterThan(0);
    return { code, failed: titles('failed'), passed: titles('passed').length };
  };

  it('runs every case as a test, and a client against the reference', async () => {
    const { code, failed, passed } = await vitest(url, 'spec');
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    expect(passed).toBeGreaterThan(100);
  });

  it('is red on a gateway that breaks a promise', async () => {
    const { code, failed } = await vitest(older, 'gateway.spec', '-t', 'streaming');
    expect(code).toBe(1);
    expect(failed.map((title) => title.split(':')[0])).toContain('streaming.usage-asked');
  });

  it('puts wrong gateways before a client, by MSW', async () => {
    const { code, passed } = await vitest(url, 'survival', '--environment', 'node');
    expect(code).toBe(0);
    expect(passed).toBeGreaterThan(1);
  });
});

/** Whether it is older than what the package needs. */
function isOld(node: string): boolean {
  const [major = 0, minor = 0] = execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    .split('.')
    .map(Number);
  return major < 22 || (major === 22 && minor < 18);
}
