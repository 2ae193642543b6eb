/** For tests: runs the code of an ES module in a process in a loopback-only network namespace. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** The process that created the namespace; its output is that of the code inside. */
export type Outside = ChildProcessByStdio<null, Readable, Readable>;

/** Starts the code. The process ends with the exit code of the code inside, or 99 when a signal ended it. */
export function startInside(code: string): Outside {
  const evaluated = (source: string): string[] => [process.execPath, '--input-type=module', '-e', source];
  const outside = `
    import { insideNamespace } from ${JSON.stringify(new URL('../lab/releases/namespace.ts', import.meta.url).href)};
    insideNamespace(${JSON.stringify(evaluated(code))}).once('exit', (code) => process.exit(code ?? 99));`;
  const [command, ...args] = evaluated(outside);
  return spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * Runs the code to its end and parses its standard output as JSON.
 *
 * @throws {Error} with its standard error, when it printed nothing.
 */
export async function evaluateInside(code: string): Promise<unknown> {
  const outside = startInside(code);
  const [printed, complaint] = await Promise.all([text(outside.stdout), text(outside.stderr)]);
  if (printed === '') throw new Error(`Failed to evaluate inside: expected output, got "${complaint}".`);
  return JSON.parse(printed) as unknown;
}
