/** The schemas of `fixtures/schemas` that tell what the reference reads. `npx vitest run -u` writes them anew. */
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Reply } from '../backends/scripted/reply.ts';
import { Order } from '../faults.ts';

test.each([
  ['reply', Reply],
  ['fault', Order],
])('%s.schema.json says what is read', async (name, schema) => {
  const file = fileURLToPath(new URL(`../../fixtures/schemas/${name}.schema.json`, import.meta.url));
  const json = z.toJSONSchema(schema, {
    io: 'input',
    // A bound that JSON's own numbers have.
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  const options = await prettier.resolveConfig(file);
  await expect(await prettier.format(JSON.stringify(json), { ...options, filepath: file })).toMatchFileSnapshot(file);
});
