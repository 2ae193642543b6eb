/** Reads reports from disk. They may come from this suite, from another version of it, or from an untrusted author. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { shown } from '../dial/expectation.ts';
import { isRelease } from '../editions.ts';
import { isConformant, summaryOf } from '../judging/verdict.ts';
import { UsageError, issueText } from '../usage-error.ts';
import { printableIn } from '../wire/printable.ts';
import { HARMS } from './hurt-clients.ts';
import type { Report, ReportCase } from './report.ts';
import { VERDICTS } from './verdict-glyphs.ts';

/** Limits of a report: bytes, cases and JSON depth, many times what the suite writes. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_CASES = 5000;
/** `JSON.parse` takes a second and 60 MB for each MB of nested brackets. */
const DEEPEST = 32;

const SCHEMA = 'openclaw-conformance/report@1';

const count = z.int().nonnegative();
const address = z.url({ protocol: /^https?$/ });
const counts = Object.fromEntries(VERDICTS.map((name) => [name, count])) as Record<
  keyof Report['summary'],
  typeof count
>;

/** As in `fixtures/schemas/report.schema.json`; unknown keys, which a later version may add, are dropped. */
const Read = z
  .object({
    schema: z.literal(SCHEMA),
    suite: z.object({ version: z.string(), contractHash: z.string().regex(/^[0-9a-f]{16}$/) }),
    target: z.object({
      name: z.string(),
      baseUrl: z.string(),
      deployments: z.array(z.string()).min(1),
      agents: z.array(z.string()).min(1),
      scripted: z.boolean(),
      probe: z.boolean(),
      insecure: z.boolean().optional(),
      dialect: z.object({ header: z.string(), model: z.string() }).optional(),
      mended: z.array(z.string()).optional(),
    }),
    edition: z.string().refine(isRelease, 'expected a release like 2026.9.6'),
    profile: z.enum(['core', 'openclaw']),
    conformant: z.boolean(),
    summary: z.object({ ...counts, unseen: count.default(0) }),
    began: z.iso.datetime().optional(),
    durationMs: count.optional(),
    recorded: z.object({ entries: count, calls: count }).optional(),
    gateways: z.array(z.object({ deployment: z.string(), startMs: count, memoryMiB: count })).optional(),
    cases: z
      .array(
        z.object({
          id: z.string().regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/),
          chapter: z.string(),
          level: z.enum(['MUST', 'SHOULD', 'NOTE']),
          verdict: z.enum(VERDICTS),
          reason: z.string(),
          durationMs: count,
          says: z.string(),
          source: address,
          evidence: z
            .object({
              situation: z.string().optional(),
              expected: z.string().optional(),
              got: z.string().optional(),
              curl: z.string().optional(),
              history: z.array(z.string()).optional(),
              exchanges: z.array(
                z.array(
                  z.object({
                    at: z.number().nonnegative().nullable(),
                    side: z.enum(['sent', 'came', 'note']),
                    text: z.string(),
                  }),
                ),
              ),
              breaks: z.array(z.object({ client: z.string(), breaks: z.string(), issue: address })),
              hurt: z
                .array(z.object({ outcome: z.enum(HARMS), gateway: z.string(), clients: z.array(z.string()) }))
                .optional(),
            })
            .optional(),
        }),
      )
      .max(MOST_CASES)
      .refine((cases) => new Set(cases.map(({ id }) => id)).size === cases.length, 'expected each case once'),
  })
  .refine(({ summary, cases }) => VERDICTS.every((name) => summary[name] === summaryOf(cases)[name]), {
    path: ['summary'],
    message: 'expected the counts of its cases',
  })
  .refine(({ conformant, summary, cases }) => !conformant || isConformant(summary, cases.some(isFiltered)), {
    path: ['conformant'],
    message: 'expected false by its cases',
  });

/** Whether a case was skipped because it was not selected. */
export const isFiltered = ({ verdict, reason }: Pick<ReportCase, 'verdict' | 'reason'>): boolean =>
  verdict === 'skip' && reason.startsWith('filtered');

/**
 * Reads and validates one report; its texts are made printable.
 *
 * @throws {UsageError} when the file is no report, or exceeds a limit.
 */
export function readReport(path: string): Report {
  const read = jsonIn(path);
  const { schema } = (read ?? {}) as { schema?: unknown };
  if (schema === SCHEMA) return checked(read, path);
  const other = typeof schema === 'string' ? `schema ${shown(schema)}` : 'no schema';
  throw refused(path, read === undefined ? 'no JSON' : other);
}

/**
 * Reads the reports in a folder, in the order of their file names; other files are ignored. None when there is no folder.
 *
 * @throws {UsageError} when a file has the report's `schema` but is no valid report.
 */
export function readReports(folder: string): Report[] {
  if (!statSync(folder, { throwIfNoEntry: false })) return [];
  return reportFiles(folder).flatMap((path) => {
    const read = jsonIn(path) as { schema?: unknown } | null | undefined;
    return read?.schema === SCHEMA ? [checked(read, path)] : [];
  });
}

/** The paths of the folder's .json files, which may be reports. */
export function reportFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => join(folder, name));
}

function jsonIn(path: string): unknown {
  let text: string;
  try {
    const found = statSync(path);
    if (!found.isFile()) throw refused(path, found.isDirectory() ? 'a folder' : 'no file');
    if (found.size > MOST_BYTES) throw refused(path, `${found.size} bytes, more than ${MOST_BYTES}`);
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw refused(path, (cause as NodeJS.ErrnoException).code ?? 'an unreadable file');
  }
  if (isDeep(text)) throw refused(path, `more than ${DEEPEST} levels`);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length && depth <= DEEPEST; at++) {
    const character = text[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === '[' || character === '{')) depth++;
    else if (!quoted && (character === ']' || character === '}')) depth--;
  }
  return depth > DEEPEST;
}

function checked(read: unknown, path: string): Report {
  const { success, data, error } = Read.safeParse(read);
  if (success) return printableIn(data) as Report;
  throw refused(path, issueText(error));
}

function refused(path: string, got: string): UsageError {
  return new UsageError(
    `Failed to read report ${path}: expected a report of this suite, got ${got}. Name another one.`,
  );
}
