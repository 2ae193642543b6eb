/** The JSON Schemas of the files that users write, made from what reads them. `npx vitest run scripts/schemas.test.ts -u` writes them. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import JSON5 from 'json5';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Flag } from '../conformance/commands/command-line.ts';
import { isNumber, keyOf } from '../conformance/commands/configuration.ts';
import { DialectsFile } from '../conformance/dial/dialects.ts';
import { TargetFile } from '../conformance/commands/target-file.ts';
import { WaiversFile } from '../conformance/judging/waivers.ts';
import { COMMANDS } from './command.ts';
import { fences, named, textOf } from './documents.ts';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** The schema of a flag's value. */
function valueOf(flag: Flag): object {
  const { says: description, value, many, choices, whole } = flag;
  if (value === undefined) return { description, type: 'boolean' };
  if (choices) return { description, enum: choices };
  if (whole) return { description, type: 'integer', minimum: whole[0], maximum: whole[1] };
  if (many) return { description, type: 'array', items: { type: 'string' } };
  return { description, type: isNumber(flag) ? 'number' : 'string' };
}

async function configuration(): Promise<object> {
  const sections = Object.entries(COMMANDS).map(async ([name, { does, table }]) => {
    const { flags } = await table();
    const properties = Object.fromEntries(Object.entries(flags).map(([flag, told]) => [keyOf(flag), valueOf(told)]));
    return [name, { description: does, type: 'object', additionalProperties: false, properties }];
  });
  return {
    $schema: DRAFT,
    title: 'openclaw-compat.json5',
    description: 'Flags that a project always gives, by command. Paths are relative to the file.',
    type: 'object',
    additionalProperties: false,
    properties: { $schema: { type: 'string' }, ...Object.fromEntries(await Promise.all(sections)) },
  };
}

const schemas = {
  'openclaw-compat': await configuration(),
  dialects: z.toJSONSchema(DialectsFile, { io: 'input' }),
  target: z.toJSONSchema(TargetFile, { io: 'input' }),
  waivers: z.toJSONSchema(WaiversFile),
};

test.each(Object.entries(schemas))(
  'fixtures/schemas/%s.schema.json is what the kit reads; if not, run npx vitest run scripts/schemas.test.ts -u',
  async (name, schema) => {
    const path = fileURLToPath(new URL(`../fixtures/schemas/${name}.schema.json`, import.meta.url));
    const text = await format(JSON.stringify(schema), { ...(await resolveConfig(path)), parser: 'json' });
    await expect(text).toMatchFileSnapshot(path);
  },
);

const shown = named(fences('json5'));

test.each([
  ...globSync('fixtures/waivers/*.json5').map((file) => ['waivers', file, textOf(file)] as const),
  ['waivers', 'known.json5', shown.get('known.json5')!],
  ['target', 'my-gateway.json5', shown.get('my-gateway.json5')!],
  ['openclaw-compat', 'openclaw-compat.json5', shown.get('openclaw-compat.json5')!],
] as const)('by the schema of %s, %s is valid, and with an unknown key it is not', (name, _file, text) => {
  const validate = new Ajv2020({ allErrors: true, strictTypes: false, formats: { uri: true, date: true } }).compile(
    schemas[name],
  );
  const data = JSON5.parse(text) as object;
  validate(data);
  expect(validate.errors).toBeNull();
  expect(validate({ ...data, unheard: 1 })).toBe(false);
});
