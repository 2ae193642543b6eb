/** The dialects of known packages, `fixtures/dialects.json`, and those that a user writes. */
import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { z } from 'zod';
import table from '../../fixtures/dialects.json' with { type: 'json' };
import { isRelease } from '../editions.ts';
import { UsageError, issueText } from '../usage-error.ts';
import { PLAIN, type Dialect } from './dialect.ts';

const because = z.string().min(10).describe('Why, in a clause.');
const key = z.string().regex(/^[A-Za-z]\w*(?:\.[A-Za-z]\w*)*$/, 'a key like discovery.mdns');

const Mend = z.union([
  z.strictObject({
    install: z
      .string()
      .regex(/^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*@[\w.^~-]+$/, 'a package like strip-ansi@7')
      .describe('A package that is installed beside it.'),
    because,
  }),
  z.strictObject({ without: key.describe("A key that the lab's configuration does not set."), because }),
  z.strictObject({
    env: z
      .record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'the name of a variable'), z.string())
      .describe('Variables that it is started with.'),
    because,
  }),
]);

/** The form of a dialect; what is left out is as in OpenClaw's. */
export const DialectRow = z.strictObject({
  $schema: z.string().optional(),
  package: z
    .string()
    .regex(/^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*$/, 'the name of a package')
    .optional()
    .describe('Its name on npm.'),
  header: z
    .string()
    .regex(/^[a-z][a-z0-9-]*-$/, 'a prefix like x-openclaw-')
    .default(PLAIN.header)
    .describe('What the names of its own headers begin with.'),
  model: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a name like openclaw')
    .default(PLAIN.model)
    .describe('Its name in `model`: alone, and before : or / and an agent.'),
  command: z
    .array(z.string().min(1))
    .min(1)
    .default([...PLAIN.command])
    .describe(
      'Its program as `bin` of its package names it, and the arguments that start the gateway. --port N follows.',
    ),
  env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*_$/, 'a prefix like OPENCLAW_')
    .default(PLAIN.env)
    .describe('What the names of its variables begin with.'),
  file: z
    .string()
    .regex(/^[\w-][\w.-]*$/, 'a file name')
    .default(PLAIN.file)
    .describe('The name of its configuration file.'),
  keys: z.record(key, key).default({}).describe('Keys of the configuration that it calls by another name.'),
  editions: z
    .record(z.string(), z.string().refine(isRelease, 'a release like 2026.9.6'))
    .default({})
    .describe('The release that a version is built on, where its own number names another one.'),
  mends: z.array(Mend).default([]).describe('What its package needs to start although it does not say so.'),
});

/** The form of `fixtures/dialects.json`. */
export const DialectsFile = z.strictObject({
  $schema: z.string(),
  about: z.string(),
  dialects: z.array(DialectRow.required({ package: true })).min(1),
});

/** The dialects of known packages, OpenClaw's first. */
export const DIALECTS: readonly Dialect[] = DialectsFile.parse(table).dialects;

/** The dialect of a package; OpenClaw's for one that is not known. */
export const dialectOf = (name: string | undefined): Dialect =>
  DIALECTS.find((one) => one.package === name) ?? { ...PLAIN, package: name };

/**
 * The dialect that a user names: a package of `fixtures/dialects.json`, or a file of that form for one, as JSON5.
 *
 * @throws {UsageError} one line: neither, or a file of another form.
 */
export function readDialect(given: string): Dialect {
  const known = DIALECTS.find((one) => one.package === given);
  if (known) return known;
  const fail = (expected: string, got: string): never => {
    throw new UsageError(`Failed to read dialect ${given}: expected ${expected}, got ${got}. Correct it.`);
  };
  let text: string;
  try {
    text = readFileSync(given, 'utf8');
  } catch (cause) {
    const names = DIALECTS.map((one) => one.package).join(', ');
    return fail(`a file, or one of ${names}`, (cause as NodeJS.ErrnoException).code ?? 'an unreadable one');
  }
  let written: unknown;
  try {
    written = JSON5.parse(text);
  } catch (cause) {
    return fail('JSON5', (cause as Error).message.replace(/^JSON5: /, ''));
  }
  const read = DialectRow.safeParse(written);
  return read.success ? read.data : fail('a dialect', issueText(read.error));
}
