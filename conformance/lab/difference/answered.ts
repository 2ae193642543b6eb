/**
 * What releases answered, kept in a file such as `fixtures/answered.json`: each request as it stands on the wire, and its
 * answers, those that several releases agree on once.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { UsageError } from '../../arguments.ts';
import { compareReleases } from '../../editions.ts';
import type { Answer } from './answers.ts';
import type { Request } from './call.ts';
import type { Recording } from './recording.ts';

/** What one release answers on every path; where it does so, an answer does not repeat it. */
type Usual = Readonly<Record<string, string>>;

interface Kept extends Answer {
  /** Some of the usual headers are missing: `headers` are all there are. */
  readonly unusual?: true;
}

interface Row extends Request {
  readonly answers: readonly { readonly releases: readonly string[]; readonly calls: readonly Kept[] }[];
}

interface File {
  readonly $schema?: string;
  readonly about: string;
  readonly usual: Readonly<Record<string, Usual>>;
  readonly rows: readonly Row[];
}

const EMPTY: File = { about: 'What releases answered, by npm run difference -- --save.', usual: {}, rows: [] };

/**
 * What a release answered to these requests; those that it was never asked are left out.
 *
 * @throws {UsageError} when the file holds nothing of it, or what was answered to other requests of these ids.
 */
export async function readAnswered(file: string, release: string, requests: readonly Request[]): Promise<Recording> {
  const { usual, rows } = (await readFileAt(file)) ?? EMPTY;
  const common = usual[release] ?? {};
  const kept = new Map(rows.map((row) => [row.id, row]));
  const recording = requests.flatMap((request): [string, readonly Answer[]][] => {
    const { answers = [], ...asked } = kept.get(request.id) ?? {};
    const calls = answers.find(({ releases }) => releases.includes(release))?.calls;
    if (calls === undefined) return [];
    if (JSON.stringify(asked) !== JSON.stringify(request)) {
      throw unanswered(file, release, `one to ${request.id} as it was before`);
    }
    return [[request.id, calls.map((answer) => unpacked(answer, common))]];
  });
  if (recording.length === 0) throw unanswered(file, release, 'none');
  return Object.fromEntries(recording);
}

function unanswered(file: string, release: string, got: string): UsageError {
  const mend = `Ask it by npm run difference -- --release ${release} --save ${file}.`;
  return new UsageError(`Failed to read ${file}: expected an answer of ${release}, got ${got}. ${mend}`);
}

/** Puts what a release answered into a file, in the place of what it answered before. */
export async function writeAnswered(
  file: string,
  release: string,
  requests: readonly Request[],
  recording: Recording,
): Promise<void> {
  const { usual, rows, ...head } = (await readFileAt(file)) ?? EMPTY;
  // What is there already was written with it.
  const common = usual[release] ?? commonOf(Object.values(recording).flat());
  const before = new Map(rows.map((row) => [row.id, row]));
  for (const request of requests) {
    const calls = recording[request.id]!.map((answer) => packed(answer, common));
    const others = (before.get(request.id)?.answers ?? [])
      .map((answer) => ({ ...answer, releases: answer.releases.filter((name) => name !== release) }))
      .filter(({ releases }) => releases.length > 0);
    const same = others.find((answer) => JSON.stringify(answer.calls) === JSON.stringify(calls));
    const releases = [...(same?.releases ?? []), release].toSorted(compareReleases);
    const answers = [...others.filter((answer) => answer !== same), { releases, calls }];
    before.set(request.id, {
      ...request,
      answers: answers.toSorted((a, b) => compareReleases(a.releases[0]!, b.releases[0]!)),
    });
  }
  const ordered = Object.entries({ ...usual, [release]: common }).toSorted(([a], [b]) => compareReleases(a, b));
  await writeFile(file, textOf({ ...head, usual: Object.fromEntries(ordered), rows: [...before.values()] }));
}

/** A line for each answer, so that a difference of two files can be read. */
function textOf({ rows, ...head }: File): string {
  const lines = rows.map(({ answers, ...request }) => {
    const front = JSON.stringify(request).slice(0, -1);
    return `${front},"answers":[\n${answers.map((answer) => JSON.stringify(answer)).join(',\n')}]}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},"rows":[\n${lines.join(',\n')}\n]}\n`;
}

async function readFileAt(file: string): Promise<File | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as File);
}

/** The headers that most answers have. */
function commonOf(answers: readonly Answer[]): Usual {
  const count = new Map<string, number>();
  for (const header of answers.flatMap(({ headers = {} }) =>
    Object.entries(headers).map((one) => JSON.stringify(one)),
  )) {
    count.set(header, (count.get(header) ?? 0) + 1);
  }
  const most = [...count].filter(([, times]) => times > answers.length * 0.9);
  return Object.fromEntries(most.map(([header]) => JSON.parse(header) as [string, string]));
}

function packed(answer: Answer, common: Usual): Kept {
  const { headers = {} } = answer;
  if (Object.entries(common).some(([name, value]) => headers[name] !== value)) return { ...answer, unusual: true };
  const own = Object.entries(headers).filter(([name]) => !Object.hasOwn(common, name));
  const { headers: _, ...rest } = answer;
  return own.length === 0 ? rest : { ...rest, headers: Object.fromEntries(own) };
}

function unpacked({ unusual, headers = {}, ...rest }: Kept, common: Usual): Answer {
  const all = Object.entries(unusual ? headers : { ...common, ...headers }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return all.length === 0 ? rest : { ...rest, headers: Object.fromEntries(all) };
}
