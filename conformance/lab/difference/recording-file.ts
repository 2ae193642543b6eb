/**
 * A file of recorded answers, such as `fixtures/answered.json`: each request as it is sent on the wire, and its answers;
 * an answer that several releases give is stored once.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { compareReleases } from '../../editions.ts';
import { UsageError } from '../../usage-error.ts';
import type { Answer } from './answer.ts';
import type { Request } from './call.ts';
import type { Recording } from './recording.ts';

/** The headers that one release sends on every path; the stored answers omit them. */
type Usual = Readonly<Record<string, string>>;

interface Kept extends Answer {
  /** The answer lacks some of the usual headers, so `headers` is complete. */
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
 * Reads the answers of a release. Requests without an answer are omitted.
 *
 * @param file its path.
 * @throws {UsageError} when the file has no answer of the release, or a request of the same id differs from the recorded
 *   one.
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
  const mend = `Record it by npm run difference -- --release ${release} --save ${file}.`;
  return new UsageError(`Failed to read ${file}: expected an answer of ${release}, got ${got}. ${mend}`);
}

/** Writes the answers of a release to a file, in place of its earlier ones. The file is created when it is missing. */
export async function writeAnswered(
  file: string,
  release: string,
  requests: readonly Request[],
  recording: Recording,
): Promise<void> {
  const { usual, rows, ...head } = (await readFileAt(file)) ?? EMPTY;
  // The answers already in the file were stored without these headers.
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

/** One line for each answer, so that a diff of two files is readable. */
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

/** The headers that more than 90 % of the answers have. */
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
