import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readAnswered, writeAnswered } from './answered.ts';
import { difference } from './command.ts';
import { compared, differenceText, type Difference, type Listed } from './compared.ts';
import { recorded, type Recording } from './recording.ts';
import { requestsAt } from './requests.ts';
import { startReference } from './sides.ts';
import type { Answer } from './answers.ts';
import type { Request } from './call.ts';

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

let said: Recording;
let folder: string;
const kept = (): string => join(folder, 'answered.json');
beforeAll(async () => {
  said = await answersAs(RELEASE);
  folder = await mkdtemp(join(tmpdir(), 'openclaw-difference-test-'));
  await writeAnswered(kept(), RELEASE, requests, said);
}, 30_000);
afterAll(() => rm(folder, { recursive: true }));

const against = (reference: Recording, listed: readonly Listed[] = []) =>
  compared(RELEASE, requests, said, reference, listed);

/** The same answers, but for the last one to a request. */
function planted(id: string, change: (answer: Answer) => Answer): Recording {
  const answers = said[id]!;
  return { ...said, [id]: [...answers.slice(0, -1), change(answers.at(-1)!)] };
}

describe('the requests', () => {
  it('are 250 at least at every release, each with an id of its own', () => {
    for (const release of ['2026.1.29', '2026.2.1', '2026.9.6']) {
      const ids = requestsAt(release).map(({ id }) => id);
      expect(ids.length).toBeGreaterThan(250);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('go only to deployments that the release allows', () => {
    const deployments = (release: string) => new Set(requestsAt(release).map(({ deployment }) => deployment));
    expect(deployments('2026.2.1')).not.toContain('none');
    expect(deployments('2026.2.26')).toContain('none');
  });
});

describe('a comparison', () => {
  it('is silent about two gateways that are the same', async () => {
    const { unlisted, stale, identical } = against(await answersAs(RELEASE));
    expect([unlisted, stale]).toEqual([[], []]);
    expect(identical).toBe(requests.length);
  });

  it('hears that another edition answers', async () => {
    const { unlisted } = against(await answersAs('2026.2.1'));
    const places = new Set(unlisted.flatMap(({ places }) => places));
    expect([...places].toSorted()).toEqual([
      'body',
      'header permissions-policy',
      'header referrer-policy',
      'header x-content-type-options',
      'status',
    ]);
  });

  const frames = (body: Answer['body']): string[] => [...body!];
  it.each<[string, string, (answer: Answer) => Answer, string]>([
    ['another status', 'agents.way.beta@sole', (answer) => ({ ...answer, status: 201 }), 'status'],
    [
      'a header more',
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
      'another word',
      'sessions.user',
      (answer) => ({ ...answer, body: answer.body!.map((text) => text.replace('KW-', 'KV-')) }),
      'body',
    ],
    [
      'frames that changed places',
      'replies.usage.stream',
      (answer) => ({ ...answer, body: frames(answer.body).toReversed() }),
      'body',
    ],
    [
      'a frame less',
      'replies.usage.stream',
      (answer) => ({ ...answer, body: frames(answer.body).slice(0, -1) }),
      'body',
    ],
    [
      'a blank more',
      'requests.malformed.cut',
      (answer) => ({ ...answer, body: answer.body!.map((text) => `${text} `) }),
      'body',
    ],
    ['a broken connection', 'requests.malformed.text', (answer) => ({ ...answer, end: 'reset' }), 'end'],
    ['nothing at all', 'requests.malformed.empty', () => ({ end: 'reset' }), 'status'],
  ])('names %s', (_, id, change, place) => {
    const { unlisted, identical } = against(planted(id, change));
    expect(unlisted.map(({ request }) => request)).toEqual([id]);
    expect(unlisted[0]!.places).toContain(place);
    expect(identical).toBe(requests.length - 1);
  });

  it('shows the request and both answers, a long one where they part', () => {
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

  it('knows what is listed for the release', () => {
    expect(against(other(), [row])).toMatchObject({ listed: 1, unlisted: [], stale: [] });
    expect(against(other(), [{ ...row, since: '2026.9.6' }]).unlisted).toHaveLength(1);
    expect(against(other(), [{ ...row, since: '2026.2.1', until: '2026.7.1' }]).unlisted).toHaveLength(1);
  });

  it('calls a row stale when one of its requests differs no more', () => {
    expect(against(said, [row]).stale).toEqual([{ id: 'why', requests: ['replies.usage'] }]);
    const two = { ...row, requests: ['replies.usage', 'replies.usage.stream'] };
    expect(against(other(), [two]).stale).toEqual([{ id: 'why', requests: ['replies.usage.stream'] }]);
  });
});

describe('a file of answers', () => {
  it('gives back what each release answered', async () => {
    const file = join(folder, 'two.json');
    const other = await answersAs('2026.2.1');
    const rough: Recording = planted('endpoint.method.get', () => ({ end: 'reset' }));
    await writeAnswered(file, '2026.9.6', requests, said);
    await writeAnswered(file, RELEASE, requests, said);
    await writeAnswered(file, '2026.2.1', requests, other);
    await writeAnswered(file, '2026.9.6', requests, rough);
    await writeAnswered(file, RELEASE, requests.slice(0, 2), said);
    expect(await readAnswered(file, RELEASE, requests)).toEqual(said);
    expect(await readAnswered(file, '2026.2.1', requests)).toEqual(other);
    expect(await readAnswered(file, '2026.9.6', requests)).toEqual(rough);
  });

  it('does not give an answer to another request', async () => {
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

  it('is green when nothing differs', async () => {
    const { code, output } = await run(recordedHere());
    expect(output).toMatch(new RegExp(`\n2026\\.7\\.1 +${requests.length} +${requests.length} +0 +0 +0\n$`));
    expect(code).toBe(0);
  });

  it('is red about a difference, and about a listed one that is gone', async () => {
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
        'gone at 2026.7.1 is listed, and differs no more: endpoint.method.get.',
      ) as string,
    });
  });

  it.each([
    [[], 'expected --release X, got none'],
    [['--release', 'newest'], 'expected a release like 2026.9.6, got "newest"'],
    [['--release', RELEASE, '--against', 'x'], "Unknown option '--against'"],
    [
      ['--release', RELEASE, '--recorded', '/nowhere'],
      'Failed to read /nowhere: expected an answer of 2026.7.1, got none.',
    ],
  ])('says what is wrong with %j in one line', async (argv, line) => {
    const { code, output } = await run(argv);
    expect(output).toContain(line);
    expect(output).toMatch(/^Failed to [^\n]+\n$/);
    expect(code).toBe(2);
  });

  it('does not judge where no namespace can be made', async () => {
    const script = fileURLToPath(new URL('../../../scripts/difference.ts', import.meta.url));
    const env = { PATH: '/nowhere' };
    const code = await new Promise((resolve) => {
      execFile(process.execPath, [script, '--release', RELEASE], { env }, (error) => resolve(error?.code ?? 0));
    });
    expect(code).toBe(3);
  });
});
