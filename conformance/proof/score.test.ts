/** The score as the README shows it. */

import { expect, test } from 'vitest';
import { scoreLine, withScore, type Score } from './score.ts';

const score = (edition: string, caught: number): Score => ({
  edition,
  requirements: 7,
  mutants: 1000,
  caught,
  overFires: 0,
  lawful: 3,
  silent: 3,
  nulls: 2,
  nullsAsWritten: 2,
});
const readme = '# Kit\n\n<!-- score -->\n\n<!-- /score -->\n\nThe end.\n';

test('the README gets a line for each edition, the newest first', () => {
  const both = withScore(withScore(readme, score('2026.2.1', 1000)), score('2026.10.1', 1000));
  expect(both).toBe(
    `# Kit\n\n<!-- score -->\n\n${scoreLine(score('2026.10.1', 1000))}\n${scoreLine(score('2026.2.1', 1000))}\n\n<!-- /score -->\n\nThe end.\n`,
  );
});

test('a new score takes the place of the old one', () => {
  const once = withScore(readme, score('2026.9.6', 12));
  expect(withScore(withScore(readme, score('2026.9.6', 3)), score('2026.9.6', 12))).toBe(once);
});

test('99.9 % are not 100 %', () => {
  expect(scoreLine(score('2026.9.6', 999))).toContain('**999 of 1000** wrong gateways (99 %)');
});
