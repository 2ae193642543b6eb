/**
 * A copy of both halves in which each statement of the reference's request path can be made wrong by a switch, as
 * StrykerJS's instrumenter writes it.
 */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What a call passes through from its first byte to its last, of any backend. */
export const REQUEST_PATH: readonly string[] = [
  'reference/http/body.ts',
  'reference/http/envelope.ts',
  'reference/call/guard.ts',
  'reference/call/request.ts',
  'reference/call/agents.ts',
  'reference/call/session-key.ts',
  'reference/sessions/sessions.ts',
  'reference/sessions/linked-map.ts',
  'reference/endpoints/chat.ts',
  'reference/answer/completion.ts',
  'reference/answer/chunks.ts',
  'reference/answer/sse.ts',
  'reference/errors.ts',
];

/** One change of one place. */
export interface Generated {
  /** Its number in this copy. */
  readonly id: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The code before and after, blanks joined, at most 80 characters each. */
  readonly before: string;
  readonly after: string;
}

/** The copy, until it is removed. */
export interface Instrumented {
  readonly folder: string;
  readonly mutants: readonly Generated[];
  readonly remove: () => void;
}

/** Writes the copy to a folder for temporary files; packages are those of this repository. */
export async function instrument(names: readonly string[] = REQUEST_PATH): Promise<Instrumented> {
  const { Instrumenter } = await import('@stryker-mutator/instrumenter');
  const files = names.map((name) => ({ name, content: readFileSync(join(ROOT, name), 'utf8'), mutate: true }));
  const made = await new Instrumenter(SILENT).instrument(files, { plugins: null, excludedMutations: [], ignorers: [] });
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-kit-generated-'));
  for (const name of ['conformance', 'reference'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter: (path) => !path.endsWith('.test.ts') });
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  for (const name of ['fixtures', 'node_modules']) symlinkSync(join(ROOT, name), join(folder, name));
  for (const { name, content } of made.files) writeFileSync(join(folder, name), content);
  const sources = new Map(files.map(({ name, content }) => [name, content.split('\n')]));
  return {
    folder,
    mutants: made.mutants.map(({ id, fileName, location, replacement }) => ({
      id,
      file: relative(ROOT, join(ROOT, fileName)),
      line: location.start.line + 1,
      before: short(between(sources.get(fileName)!, location)),
      after: short(replacement),
    })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

function between(lines: readonly string[], { start, end }: { readonly start: Place; readonly end: Place }): string {
  if (start.line === end.line) return lines[start.line]!.slice(start.column, end.column);
  const middle = lines.slice(start.line + 1, end.line);
  return [lines[start.line]!.slice(start.column), ...middle, lines[end.line]!.slice(0, end.column)].join('\n');
}

function short(code: string): string {
  const joined = code.replaceAll(/\s+/g, ' ').trim();
  return joined.length > 80 ? `${joined.slice(0, 79)}…` : joined;
}

const nothing = (): void => undefined;
const never = (): boolean => false;
const SILENT = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  isTraceEnabled: never,
  isDebugEnabled: never,
  isInfoEnabled: never,
  isWarnEnabled: never,
  isErrorEnabled: never,
  isFatalEnabled: never,
};
