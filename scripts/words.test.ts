/** Texts of the repository are in plain technical English: these words name no part of a system. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);

const FORBIDDEN =
  /\b(?:(?:no|some|any|every)body|who(?:so|m)?ever|someone|anyone|himself|herself|he|him|his|she|hers?)\b/i;

/** What others said, as they said it, or what was said before; and this list. */
const FOREIGN =
  /^(?:CHANGELOG\.md|fixtures\/(?:answered|differences)\.json|package-lock\.json|.*\/package-lock\.json|scripts\/words\.test\.ts)$/;

/** Undefined outside of a checkout, such as in a package. */
function tracked(): string[] | undefined {
  try {
    const names = execFileSync('git', ['ls-files', '-z'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return names.split('\0').filter((name) => /\.(?:ts|js|cjs|md|json5?|ya?ml|css)$/.test(name) && !FOREIGN.test(name));
  } catch {
    return undefined;
  }
}

const files = tracked() ?? [];

test.skipIf(files.length === 0)(
  'no text has a pronoun for a person where it means a client, a user or a gateway',
  () => {
    const found = files.flatMap((name) => {
      const path = new URL(name, root);
      // Removed, and not committed yet.
      if (!existsSync(path)) return [];
      // Half a word of a test's prompt.
      const lines = readFileSync(path, 'utf8').replaceAll('he quick brown fox', '').split('\n');
      return lines.flatMap((line, at) => {
        const [word] = FORBIDDEN.exec(line) ?? [];
        return word === undefined ? [] : [`${name}:${at + 1}: ${word}`];
      });
    });
    expect(found).toEqual([]);
  },
);
