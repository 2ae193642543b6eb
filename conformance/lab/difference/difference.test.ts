import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { difference } from '../../commands/difference.ts';
import type { Answer } from './answer.ts';
import type { Request } from './call.ts';
import { compared, differenceText, type Difference, type Listed } from './comparison.ts';
import { readAnswered, writeAnswered } from './recording-file.ts';
import { recorded, type Recording } from './recording.ts';
import { requestsAt } from './requests.ts';
import { startReference } from './sides.ts';

const RELEASE = '2026.7.1';
const ASKED = [
  'agents.way.beta',
  'agents.way.foreign',
  'agents.header',
  'sessions.user',
  'requests.malformed',
  'replies.usage',
  'endpoint.method',
];
const only = ASKED.flatMap((id) => ['--only', id]);
const requests = requestsAt(RELEASE).filter(({ id }) =>
  ASKED.some((wanted) => new RegExp(`^${wanted}(?:[.@]|$)`).test(id)),
);

async function answersAs(edition: string, asked: readonly Request[] = requests): Promise<Recording> {
  const side = await startReference(edition, [...new Set(asked.map(({ deployment }) => deployment))]);
  try {
    return await recorded(asked, side);
  } finally {
    await side.close();
  }
}

let real: Recording;
let folder: string;
const kept = (): string => join(folder, 'answered.json');
beforeAll(async () => {
  real = await answersAs(RELEASE);
  folder = await mkdtemp(join(tmpdir(), 'openclaw-difference-test-'));
  await writeAnswered(kept(), RELEASE, requests, real);
}, 30_000);
afterAll(() => rm(folder, { recursive: true }));

const against = (reference: Recording, listed: readonly Listed[] = []) =>
  compared(RELEASE, requests, real, reference, listed);

/** The same answers, except for the last one to a request. */
function planted(id: string, change: (answer: Answer) => Answer): Recording {
  const answers = real[id]!;
  return { ...real, [id]: [...answers.slice(0, -1), change(answers.at(-1)!)] };
}

describe('the requests', () => {
  test('every release has more than 250 requests, each with its own id', () => {
    for (const release of ['2026.1.29', '2026.2.1', '2026.9.6']) {
      const ids = requestsAt(release).map(({ id }) => id);
      expect(ids.length).toBeGreaterThan(250);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  test('requests are sent only to deployments that the release supports', () => {
    const deployments = (release: string) => new Set(requestsAt(release).map(({ deployment }) => deployment));
    expect(deployments('2026.2.1')).not.toContain('none');
    expect(deployments('2026.2.26')).toContain('none');
  });
});

describe('a comparison', () => {
  test('a comparison of two equal gateways finds no difference', async () => {
    const { unlisted, stale, identical } = against(await answersAs(RELEASE));
    expect([unlisted, stale]).toEqual([[], []]);
    expect(identical).toBe(requests.length);
  });

  test('a comparison finds that the other gateway is another edition', async () => {
    const { unlisted } = against(await answersAs('2026.2.1'));
    const places = new Set(unlisted.flatMap((one) => one.places));
    expect([...places].toSorted()).toEqual([
      'body',
      'header permissions-policy',
      'header referrer-policy',
      'header x-content-type-options',
      'status',
    ]);
  });

  const frames = (body: Answer['body']): string[] => [...body!];
  test.each<[string, string, (answer: Answer) => Answer, string]>([
    ['another status', 'agents.way.beta@sole', (answer) => ({ ...answer, status: 201 }), 'status'],
    [
      'an additional header',
      'endpoint.method.get',
      (answer) => ({ ...answer, headers: { ...answer.headers, 'www-authenticate': 'Bearer' } }),
      'header www-authenticate',
    ],
    [
      'another header',
      'endpoint.method.put',
      (answer) => ({ ...answer, headers: { ...answer.headers, allow: 'GET' } }),
      'header allow',
    ],
    [
      'no headers',
      'endpoint.method.put-body',
      ({ status, body }) => ({ status: status!, body: body! }),
      'header allow',
    ],
    [
      'another word in the body',
      'sessions.user',
      (answer) => ({ ...answer, body: answer.body!.map((text) => text.replace('KW-', 'KV-')) }),
      'body',
    ],
    [
      'frames in another order',
      'replies.usage.stream',
      (answer) => ({ ...answer, body: frames(answer.body).toReversed() }),
      'body',
    ],
    [
      'a missing frame',
      'replies.usage.stream',
      (answer) => ({ ...answer, body: frames(answer.body).slice(0, -1) }),
      'body',
    ],
    [
      'an additional blank',
      'requests.malformed.cut',
      (answer) => ({ ...answer, body: answer.body!.map((text) => `${text} `) }),
      'body',
    ],
    ['a broken connection', 'requests.malformed.text', (answer) => ({ ...answer, end: 'reset' }), 'end'],
    ['a missing response', 'requests.malformed.empty', () => ({ end: 'reset' }), 'status'],
  ])('a comparison finds %s', (_, id, change, place) => {
    const { unlisted, identical } = against(planted(id, change));
    expect(unlisted.map(({ request }) => request)).toEqual([id]);
    expect(unlisted[0]!.places).toContain(place);
    expect(identical).toBe(requests.length - 1);
  });

  test('the text of a difference shows the request and both answers, long ones around their first difference', () => {
    const long = 'x'.repeat(5000);
    const one: Difference = {
      request: 'replies.usage',
      call: requests[0]!.calls[0]!,
      places: ['body', 'header allow'],
      real: { status: 200, headers: { allow: 'GET', vary: 'x' }, body: [`${long}here`] },
      reference: { status: 200, body: [`${long}there`] },
    };
    const text = differenceText(one, RELEASE);
    expect(text).toMatch(/^replies\.usage at 2026\.7\.1: body, header allow\n {2}curl /);
    expect(text).toMatch(/\n {2}real .*x+here\n {2}reference .*x+there$/s);
    expect(text).not.toContain('vary');
  });

  const row = { id: 'why', since: '2026.7.1', requests: ['replies.usage'], reason: 'said here' };
  const other = (): Recording => planted('replies.usage', (answer) => ({ ...answer, status: 500 }));

  test('a difference is listed if a row for the release names it', () => {
    expect(against(other(), [row])).toMatchObject({ listed: 1, unlisted: [], stale: [] });
    expect(against(other(), [{ ...row, since: '2026.9.6' }]).unlisted).toHaveLength(1);
    expect(against(other(), [{ ...row, since: '2026.2.1', until: '2026.7.1' }]).unlisted).toHaveLength(1);
  });

  test('a row is stale when one of its requests no longer differs', () => {
    expect(against(real, [row]).stale).toEqual([{ id: 'why', requests: ['replies.usage'] }]);
    const two = { ...row, requests: ['replies.usage', 'replies.usage.stream'] };
    expect(against(other(), [two]).stale).toEqual([{ id: 'why', requests: ['replies.usage.stream'] }]);
  });
});

describe('a file of answers', () => {
  test('a file of answers returns the latest answers of each release', async () => {
    const file = join(folder, 'two.json');
    const other = await answersAs('2026.2.1');
    const rough: Recording = planted('endpoint.method.get', () => ({ end: 'reset' }));
    await writeAnswered(file, '2026.9.6', requests, real);
    await writeAnswered(file, RELEASE, requests, real);
    await writeAnswered(file, '2026.2.1', requests, other);
    await writeAnswered(file, '2026.9.6', requests, rough);
    await writeAnswered(file, RELEASE, requests.slice(0, 2), real);
    expect(await readAnswered(file, RELEASE, requests)).toEqual(real);
    expect(await readAnswered(file, '2026.2.1', requests)).toEqual(other);
    expect(await readAnswered(file, '2026.9.6', requests)).toEqual(rough);
  });

  test('a file of answers rejects a request that differs from the recorded one', async () => {
    const [first, ...others] = requests;
    const changed = { ...first!, calls: [{ ...first!.calls[0]!, path: '/elsewhere' }] };
    await expect(readAnswered(kept(), RELEASE, [changed, ...others])).rejects.toThrow(
      `expected an answer of ${RELEASE}, got one to ${first!.id} as it was before.`,
    );
  });
});

describe('npm run difference', () => {
  async function run(
    argv: readonly string[],
    listed: readonly Listed[] = [],
  ): Promise<{ code: number; output: string }> {
    let output = '';
    const take = (text: unknown): boolean => Boolean((output += String(text)));
    const spies = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    spies.forEach((spy) => spy.mockImplementation(take));
    try {
      return { code: await difference(argv, [], listed), output };
    } finally {
      spies.forEach((spy) => spy.mockRestore());
    }
  }
  const recordedHere = () => ['--release', RELEASE, '--recorded', kept(), ...only];

  test('the command exits with 0 when nothing differs', async () => {
    const { code, output } = await run(recordedHere());
    expect(output).toMatch(new RegExp(`\n2026\\.7\\.1 +${requests.length} +${requests.length} +0 +0 +0\n$`));
    expect(code).toBe(0);
  });

  test('the command exits with 1 for a difference, and for a listed one that is gone', async () => {
    const spoiled = join(folder, 'spoiled.json');
    const one = planted('endpoint.method.get', (answer) => ({ ...answer, status: 404 }));
    await writeAnswered(spoiled, RELEASE, requests, one);
    const { code, output } = await run(['--release', RELEASE, '--recorded', spoiled, ...only]);
    expect(output).toMatch(
      /^endpoint\.method\.get at 2026\.7\.1: status\n {2}curl [^\n]+\n {2}real +404\n.*\n {2}reference +405/s,
    );
    expect(code).toBe(1);
    const row = { id: 'gone', since: '2026.2.1', requests: ['endpoint.method.get'], reason: 'it was once' };
    expect(await run(recordedHere(), [row])).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        'gone at 2026.7.1 is listed but no longer differs: endpoint.method.get.',
      ) as string,
    });
  });

  test.each([
    [[], 'expected --release X, got none'],
    [['--release', 'newest'], 'expected a release like 2026.9.6, got "newest"'],
    [['--release', RELEASE, '--against', 'x'], 'expected a known flag, got --against'],
    [
      ['--release', RELEASE, '--recorded', '/nowhere'],
      'Failed to read /nowhere: expected an answer of 2026.7.1, got none.',
    ],
  ])('the flags %j give an error of one line', async (argv, line) => {
    const { code, output } = await run(argv);
    expect(output).toContain(line);
    expect(output).toMatch(/^Failed to [^\n]+\n$/);
    expect(code).toBe(2);
  });

  test('the command exits with 3 when no namespace can be created', async () => {
    const script = fileURLToPath(new URL('../../../scripts/difference.ts', import.meta.url));
    const env = { PATH: '/nowhere' };
    const code = await new Promise((resolve) => {
      execFile(process.execPath, [script, '--release', RELEASE], { env }, (error) => resolve(error?.code ?? 0));
    });
    expect(code).toBe(3);
  });
});
