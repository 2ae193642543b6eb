/**
 * `action.yml`, `reference/action.yml` and the example workflow, their shell steps linted and run here as GitHub runs them: the action in a copy
 * of the checkout against the reference, the workflow with the packed package against real releases from the cache.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { startEmbedded, type Embedded } from '../conformance/lab/embedded.ts';
import { fences } from '../scripts/documents.ts';

// A release that is not in the cache yet is installed.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly 'working-directory'?: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { default?: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): unknown => parse(readFileSync(join(root, file), 'utf8'));
const action = read('action.yml') as Action;
const starting = read('reference/action.yml') as Action & { readonly outputs: object };
const workflows = readdirSync(join(root, '.github/workflows')).map((file) => join('.github/workflows', file));
const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-actions-'));
const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));

/** A clean machine of GitHub's, as far as a step can see it. */
function machine(workspace: string): Record<string, string> {
  mkdirSync(join(folder, workspace), { recursive: true });
  return {
    PATH: [dirname(process.execPath), ...path].join(delimiter),
    HOME: homedir(),
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: join(folder, workspace, 'summary.md'),
    GITHUB_OUTPUT: join(folder, workspace, 'output.txt'),
    npm_config_prefer_offline: 'true',
  };
}

/** What GitHub puts in the place of `${{ name }}`. */
const filled = (text: string, names: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (whole, name: string) => {
    if (!Object.hasOwn(names, name)) throw new Error(`Failed to fill in ${whole}: expected a known name.`);
    return names[name]!;
  });

interface Ran {
  readonly code: number;
  readonly output: string;
}

/** Runs a step by the line with which GitHub's runner does. */
function ran(step: Step, names: Readonly<Record<string, string>>, cwd: string, env: object): Promise<Ran> {
  const script = join(folder, 'step.sh');
  writeFileSync(script, filled(step.run!, names));
  const own = Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value, names)]);
  const options = { cwd, env: { ...env, ...Object.fromEntries(own) }, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], options, (error, out, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: out + stderr });
    });
  });
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a step gave to those behind it. */
const outputs = (at: string): Record<string, string> =>
  Object.fromEntries(
    [...readFileSync(join(at, 'output.txt'), 'utf8').matchAll(/^([\w-]+)=(.*)$/gm)].map(([, name, value]) => [
      name!,
      value!,
    ]),
  );

describe('shell', () => {
  const steps = [
    ...action.runs.steps,
    ...starting.runs.steps,
    ...workflows.flatMap((file) => Object.values((read(file) as Workflow).jobs).flatMap((job) => job.steps)),
  ].flatMap(({ name, run }) => (run === undefined ? [] : [{ name: name ?? run, text: run }]));
  const files = readdirSync(join(root, '.ci'))
    .filter((name) => !/\.ts$|^node_modules$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(root, '.ci', name), 'utf8') }));
  const linter = spawnSync('shellcheck', ['--version']).status === 0;

  it.for([...steps, ...files])('has nothing that shellcheck would say: $name', ({ text }, { skip }) => {
    if (!linter) return skip('no shellcheck is on the PATH');
    const { status, stdout } = spawnSync('shellcheck', ['-s', 'bash', '-'], { input: text, encoding: 'utf8' });
    expect(status, stdout).toBe(0);
  });

  it.each(steps)('gets what users say by the environment alone: $name', ({ text }) => {
    expect(text).not.toContain('${{');
  });
});

/** The step of a README that has that text. */
function shown(text: string): { readonly with?: object; readonly env?: Readonly<Record<string, string>> } {
  const steps = parse(fences('yaml').find((block) => block.includes(text))!) as { with?: object; env?: never }[];
  return steps.find((step) => JSON.stringify(step).includes(text))!;
}

describe('the action', () => {
  const kit = join(folder, 'kit');
  let newest: Embedded;
  let older: Embedded;

  beforeAll(async () => {
    const files = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
    const there = files.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
    mkdirSync(kit);
    execFileSync('xargs', ['-0', 'cp', '--parents', '-t', kit], { cwd: root, input: there.join('\0') });
    [newest, older] = await Promise.all([startEmbedded(), startEmbedded({ edition: '2026.2.1' })]);
    const { code, output } = await ran(stepNamed('Install the kit'), {}, kit, machine('install'));
    expect(code, output).toBe(0);
  });

  afterAll(() => Promise.all([newest.close(), older.close()]));

  const stepNamed = (name: string): Step => action.runs.steps.find((step) => step.name === name)!;

  /** The step that judges, with the inputs of a workflow. */
  async function judged(workspace: string, inputs: Readonly<Record<string, string>>): Promise<Ran & { at: string }> {
    for (const name of Object.keys(inputs)) expect(Object.keys(action.inputs)).toContain(name);
    const given = Object.entries(action.inputs).map(([name, { default: usual = '' }]) => [
      `inputs.${name}`,
      inputs[name] ?? usual,
    ]);
    const names = { 'github.action_path': kit, ...Object.fromEntries(given) } as Record<string, string>;
    const at = join(folder, workspace);
    const env = machine(workspace);
    return { ...(await ran(stepNamed('Judge'), names, at, env)), at };
  }

  const addressed = ({ target }: Embedded): Record<string, string> => ({
    'base-url': target.deployments[0].baseUrl,
    token: target.deployments[0].credential!,
  });

  it('has the inputs that the README gives it', () => {
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(shown('arguments').with!)));
  });

  it('judges a gateway, and writes reports and the summary', async () => {
    const { code, output, at } = await judged('green', { ...addressed(newest), arguments: '--agents main,beta' });
    expect(code, output).toBe(0);
    const out = join(at, action.inputs.out!.default!);
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['report.json', 'junit.xml', 'report.html']));
    expect(readFileSync(join(at, 'summary.md'), 'utf8')).toContain('onformant');
    expect(outputs(at)).toEqual({ conformant: 'true' });
  });

  it('is red on a violation, and writes both all the same', async () => {
    const { code, output, at } = await judged('red', addressed(older));
    expect(code, output).toBe(1);
    expect(output).toMatch(/^::error .*streaming\.usage-asked/m);
    expect(outputs(at)).toEqual({ conformant: 'false' });
    expect(readFileSync(join(at, 'summary.md'), 'utf8')).toContain('streaming.usage-asked');
  });

  it('judges by another edition', async () => {
    const { code, output } = await judged('edition', { ...addressed(older), edition: '2026.2.1' });
    expect(code, output).toBe(0);
  });

  it('forgives what is waived', async () => {
    const at = join(folder, 'waived');
    mkdirSync(at);
    const waivers = `{ waivers: [{ id: 'streaming.usage-asked', reason: 'not yet there', dated: '2026-11-22' }] }`;
    writeFileSync(join(at, 'known.json5'), waivers);
    const only = { arguments: '--only streaming.usage-asked' };
    const { code, output } = await judged('waived', { ...addressed(older), waivers: 'known.json5', ...only });
    expect(code, output).toBe(0);
  });

  it('is red against an earlier report only on what newly fails', async () => {
    const report = (workspace: string): string => join(folder, workspace, action.inputs.out!.default!, 'report.json');
    const same = await judged('same', { ...addressed(older), against: report('red') });
    expect(same.code, same.output).toBe(0);
    const worse = await judged('worse', { ...addressed(older), against: report('green') });
    expect(worse.code, worse.output).toBe(1);
    expect(readFileSync(join(worse.at, 'summary.md'), 'utf8')).toContain('newly failing');
  });

  it.each([{}, { 'base-url': 'http://127.0.0.1:1', release: '2026.2.1' }])('wants one target: %o', async (inputs) => {
    const { code, output } = await judged('usage', inputs);
    expect({ code, output }).toEqual({
      code: 2,
      output: 'Failed to judge: expected either base-url or release. Name one of them.\n',
    });
  });

  it('gates a release', async () => {
    const inputs = { release: '2026.2.1', arguments: '--only streaming.done' };
    const { code, output, at } = await judged('release', inputs);
    expect(code, output).toBe(0);
    expect(existsSync(join(at, action.inputs.out!.default!, '2026.2.1.json'))).toBe(true);
  });
});

describe('the action that starts the reference', () => {
  const step = starting.runs.steps.find(({ name }) => name === 'Start')!;

  /** The step, with the inputs of a workflow; the kit is the one that is tested. */
  async function started(workspace: string, inputs: Readonly<Record<string, string>>): Promise<Ran & { at: string }> {
    const given = Object.entries(starting.inputs).map(([name, { default: usual = '' }]) => [
      `inputs.${name}`,
      inputs[name] ?? usual,
    ]);
    const names = { 'github.action_path': join(root, 'reference'), ...Object.fromEntries(given) } as Record<
      string,
      string
    >;
    const at = join(folder, workspace);
    const env = { ...machine(workspace), RUNNER_TEMP: at };
    return { ...(await ran(step, names, at, env)), at };
  }

  it('says where it is, and what its clients send', async () => {
    const { code, output, at } = await started('started', { edition: '2026.3.24', arguments: '--control-port 0' });
    expect(code, output).toBe(0);
    const { url, token, 'control-url': control, log, pid } = outputs(at);
    expect(Object.keys(starting.outputs)).toEqual(['url', 'base-url', 'token', 'control-url', 'log', 'pid']);
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: '{"model":"openclaw","messages":[{"role":"user","content":"hi"}]}',
    });
    expect([answer.status, (await fetch(`${control}/journal`)).status]).toEqual([200, 200]);
    expect(readFileSync(log!, 'utf8')).toContain('edition 2026.3.24');
    process.kill(Number(pid), 'SIGTERM');
  });

  it('has the outputs that the README reads', () => {
    const named = Object.values(shown('steps.gateway.outputs').env!).map(
      (value) => /outputs\.([\w-]+)/.exec(value)![1],
    );
    expect(Object.keys(starting.outputs)).toEqual(expect.arrayContaining(named));
  });

  it('is red, with the line of the gateway, when that cannot start', async () => {
    const { code, output } = await started('refused', { edition: '2026.99' });
    expect([code, output]).toEqual([2, expect.stringContaining('2026.99')]);
  });
});

describe('the example workflow', () => {
  const { jobs } = read('.github/workflows/gate.yml') as Workflow;
  const at = join(folder, 'workflow');
  const runs = (job: string, name: string, env: object, names = {}): Promise<Ran> =>
    ran(
      jobs[job]!.steps.find((step) => step.name === name)!,
      names,
      at,
      { ...machine('workflow'), ...env },
    );

  // Each step installs the package anew, as on a new machine: a slow registry takes minutes.
  it('judges in parts, merges them, and lays them side by side', { timeout: 900_000 }, async () => {
    const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    const env = {
      KIT: join(folder, packed.trim().split('\n').at(-1)!),
      WHAT: '--release 2026.2.1 --only streaming.done --only streaming.sdk',
    };
    for (const part of [1, 2]) {
      const names = { 'matrix.part': String(part), 'strategy.job-total': '2' };
      const { code, output } = await runs('judge', 'Judge a part', env, names);
      expect(code, output).toBe(0);
      // What uploading and downloading artifacts does.
      mkdirSync(join(at, 'parts'), { recursive: true });
      execFileSync('mv', ['part', `parts/part-${part}`], { cwd: at });
    }
    const merged = await runs('merge', 'Merge the parts', env);
    expect(merged.code, merged.output).toBe(0);
    const published = await runs('merge', 'Lay the releases side by side', env);
    expect(published.code, published.output).toBe(0);
    expect(readdirSync(join(at, 'page'))).toEqual(expect.arrayContaining(['2026.2.1.json', 'index.html']));
  });
});
