/** `npm run client -- -- COMMAND …`: judges a client, in any language. */
import { readFileSync } from 'node:fs';
import { commandClient } from '../clients/command.ts';
import { chapterOf, judgeBy } from '../clients/judge.ts';
import { REQUIREMENTS } from '../clients/requirements.ts';
import { clientConclusion, clientJson, clientText } from '../clients/table.ts';
import { matches } from '../judging/judge.ts';
import { EXIT, exitCode, summaryOf } from '../judging/verdict.ts';
import { readWaivers, type Waiver } from '../judging/waivers.ts';
import { readyFolder, writeFiles } from '../reports/output-folder.ts';
import { UsageError } from '../usage-error.ts';
import { printable } from '../wire/printable.ts';
import { CLIENT } from './client-flags.ts';
import { readCommandLine, wrong, type Surroundings } from './command-line.ts';
import { meant } from './nearest.ts';

/**
 * Runs the command.
 *
 * @returns the exit code.
 * @throws {UsageError} for wrong flags, and for a command that cannot be started.
 */
export async function client(
  argv: readonly string[],
  { env, write }: Pick<Surroundings, 'env' | 'write'>,
): Promise<number> {
  const { values, operands } = readCommandLine(argv, CLIENT);
  const { only, jobs: concurrency, patience, out, strict } = values;
  if (values.list) {
    write(`${REQUIREMENTS.map(({ id, level, says }) => `${id}  ${level}  ${says}`).join('\n')}\n`);
    return EXIT.good;
  }
  const [command, ...args] = operands;
  if (command === undefined) {
    throw new UsageError('Failed to judge a client: expected -- COMMAND, got none. See --help.');
  }
  const ran = commandClient([command, ...args], env);
  if (values.gateway.length > 0) {
    // Loaded late: it needs every case of the contract.
    const { clientBehind } = await import('./client-gateways.ts');
    return await clientBehind(ran, values.gateway, { concurrency, patience }, write);
  }
  checkOnly(only);
  const waivers = values.waivers === undefined ? [] : waiversIn(values.waivers);
  if (out !== undefined) readyFolder('--out', out);
  const shown = printable([command, ...args].join(' '));
  write(`Judging the client ${shown}\n\n`);
  const verdicts = await judgeBy(ran, { only, concurrency, patience, waivers });
  const again = (id: string): string => `${CLIENT.invocation} --only ${id} -- ${shown}`;
  write(`${clientText(verdicts, again)}\n\n${clientConclusion(verdicts, only.length > 0)}\n`);
  if (out !== undefined) writeFiles({ 'client.json': clientJson(shown, verdicts) }, out);
  return exitCode(summaryOf(verdicts), strict);
}

function checkOnly(patterns: readonly string[]): void {
  const all = REQUIREMENTS.map(({ id }) => ({ id, chapter: chapterOf(id) }));
  const unknown = patterns.find((pattern) => !all.some((one) => matches(one, pattern)));
  if (unknown === undefined) return;
  const names = new Set(all.flatMap(({ id, chapter }) => [id, chapter]));
  throw wrong('--only', 'a requirement of clients', unknown, meant(unknown, [...names]), 'See --list.');
}

function waiversIn(file: string): Waiver[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`Failed to read waivers ${file}: expected a file, got ${code}. Correct the path.`);
  }
  return readWaivers(text, file, new Set(REQUIREMENTS.map(({ id }) => id)));
}
