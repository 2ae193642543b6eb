/** The command lines of the commands that read reports. */
import { invocation } from '../reports/invocation.ts';
import type { CommandTable, Flags } from './command-line.ts';

const COMPARED = {
  format: { value: 'FORMAT', choices: ['text', 'md'], default: 'text', says: 'for a terminal, or Markdown' },
  clients: {
    value: 'ID',
    many: true,
    says: 'let the exit code tell whether this client is newly hurt, or all; an id of fixtures/hurt-clients.json; repeatable',
  },
} as const satisfies Flags;

/** The command and its flags. */
export const COMPARE = {
  invocation: invocation('compare'),
  says: `Prints which requirements newly fail, pass, are skipped, are absent, or fail differently. A waived failure is a failure: adding a waiver makes no requirement pass. Then the clients that break by what newly fails, as they were measured behind wrong gateways.`,
  operands: 'BEFORE.json AFTER.json',
  flags: COMPARED,
  more: [
    'Exit: 0 no new failure, 1 a new failure, 2 wrong usage, 3 a requirement can no longer be judged.',
    'With --clients: 0 none is newly hurt, 1 one is, 3 what newly fails was measured with no client, or can no longer be judged.',
  ].join('\n'),
} satisfies CommandTable;

const MERGED = {
  out: { value: 'DIR', default: 'out', says: 'write the reports to DIR' },
  verbose: { says: 'a row for every requirement, also for those that passed' },
} as const satisfies Flags;

/** The command and its flags. */
export const MERGE = {
  invocation: invocation('merge'),
  says: 'Reads the reports in the folders, merges those of one release, and writes one report for each release.',
  operands: 'DIR...',
  flags: MERGED,
  more: 'Exit: as of the gate on one machine; 2 for wrong usage, and for reports of different suites.',
} satisfies CommandTable;
