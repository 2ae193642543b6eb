/**
 * `npm run newer`: notices a release on npm that is newer than those of `fixtures/releases.json`, gates it against the one
 * before it, and with `--issue` keeps one issue of the repository open about the difference while there is one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { BESIDE, EDITIONS, NEWEST } from '../editions.ts';
import { EXIT } from '../judging/verdict.ts';
import { versionsOnNpm } from '../lab/releases/candidates.ts';
import { newerThan, type Newer } from '../lab/releases/newer.ts';
import { readReport } from '../reports/archive.ts';
import { compared, comparisonExit, comparisonMarkdown, comparisonText } from '../reports/comparison.ts';
import { UsageError } from '../usage-error.ts';
import { readCommandLine, type CommandTable, type Screen } from './command-line.ts';
import { gate } from './gate.ts';

const NEWER = {
  invocation: 'npm run newer --',
  says: 'Looks for a release of OpenClaw on npm that is newer than fixtures/releases.json, of the main line or of a maintenance line, gates it and the known release before it, and prints what differs.',
  flags: {
    issue: { says: 'keep one issue of this repository open about it while it is red, by the GitHub CLI' },
    out: { value: 'DIR', default: 'newer', says: 'where the reports are written' },
    only: { value: 'ID|CHAPTER', many: true, says: 'only these requirements, as the gate has it; repeatable' },
    deployment: { value: 'NAME', many: true, says: 'only this deployment, as the gate has it; repeatable' },
  },
  more: `Exit: 0 nothing newer or nothing worse, 1 a requirement newly fails, 2 wrong usage, 3 it could not be judged.`,
} as const satisfies CommandTable;

/** By it the issue is found again. */
const LABEL = 'newer-release';
const TITLE = 'A newer release of OpenClaw changed the endpoint';
/** GitHub takes 65,536 characters. */
const LONGEST = 60_000;

/**
 * Runs the command.
 *
 * @param self the command that starts the gate's script, for its process in the namespace.
 * @returns the exit code.
 * @throws {UsageError} for wrong flags, and when npm or the GitHub CLI fails.
 */
export async function newer(
  argv: readonly string[],
  self: readonly string[],
  { write }: Pick<Screen, 'write'>,
): Promise<number> {
  const { values } = readCommandLine(argv, NEWER);
  const found = newerThan([...EDITIONS, ...BESIDE], await versionsOnNpm());
  if (found.length === 0) {
    write(`Nothing on npm is newer than ${NEWEST}.\n`);
    if (values.issue) await close();
    return EXIT.good;
  }
  write(`${found.map(({ version, before }) => `${version} is newer than ${before}`).join(', ')}.\n`);
  const { out } = values;
  await gate(
    [
      ...new Set(found.flatMap(({ version, before }) => [before, version])).values().map((one) => `--release=${one}`),
      ...values.only.map((one) => `--only=${one}`),
      ...values.deployment.map((one) => `--deployment=${one}`),
      `--out=${out}`,
    ],
    self,
  );
  const comparisons = found.map(({ version, before }) =>
    compared(readReport(join(out, `${before}.json`)), readReport(join(out, `${version}.json`))),
  );
  write(`\n${comparisons.map(comparisonText).join('\n')}\n`);
  const exits = comparisons.map(comparisonExit);
  const exit = exits.includes(EXIT.violated) ? EXIT.violated : Math.max(...exits);
  if (values.issue) {
    if (exit === EXIT.good) await close();
    else await open([...comparisons.map(comparisonMarkdown), repeated(found)].join('\n\n'));
  }
  return exit;
}

const repeated = (found: readonly Newer[]): string =>
  found
    .map(({ version, before }) => `\`npm run gate -- --release ${before} --release ${version} --out out\``)
    .join('\n');

/** Opens the issue, or gives the open one its new text. */
async function open(body: string): Promise<void> {
  const shown = body.length > LONGEST ? `${body.slice(0, LONGEST)}…` : body;
  const number = await standing();
  if (number !== undefined) {
    await gh(['issue', 'edit', number, '--body-file', '-'], shown);
    return;
  }
  await gh(['label', 'create', LABEL, '--force', '--description', 'Kept by npm run newer']);
  await gh(['issue', 'create', '--title', TITLE, '--label', LABEL, '--body-file', '-'], shown);
}

async function close(): Promise<void> {
  const number = await standing();
  if (number !== undefined) await gh(['issue', 'close', number, '--comment', 'Nothing newer is worse any more.']);
}

/** The number of the open issue; undefined when there is none. */
async function standing(): Promise<string | undefined> {
  const listed = await gh(['issue', 'list', '--state', 'open', '--label', LABEL, '--limit', '1', '--json', 'number']);
  return /"number":\s*(\d{1,9})/.exec(listed)?.[1];
}

async function gh(words: readonly string[], input = ''): Promise<string> {
  const child = spawn('gh', words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const fail = (got: string): never => {
    const mend = 'Set GH_TOKEN, or leave --issue out.';
    throw new UsageError(
      `Failed to keep the issue: expected gh ${words[0]} ${words[1]} to work, got "${got}". ${mend}`,
    );
  };
  // A process that ends without reading breaks the pipe; its exit code says why.
  child.stdin.on('error', () => undefined).end(input);
  const ending = once(child, 'close') as Promise<[number | null]>;
  const [out, complaint, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ending]).catch(
    (cause: unknown) => fail((cause as Error).message),
  );
  return code === 0 ? out : fail(complaint.trim().split('\n')[0] || `exit code ${code}`);
}
