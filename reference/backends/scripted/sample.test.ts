import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { sampleOf } from './sample.ts';

const CITY = { type: 'string', minLength: 6 };

test.each([
  [{ type: 'object', properties: { city: CITY, unit: { enum: ['C', 'F'] } }, required: ['city', 'unit'] }],
  [{ properties: { days: { type: 'integer', minimum: 2.5 }, share: { type: 'number', minimum: 0.5 } } }],
  [{ properties: { on: { type: 'boolean' }, none: { type: 'null' }, either: { type: ['integer', 'null'] } } }],
  [{ properties: { list: { type: 'array', minItems: 3, items: { type: 'object', properties: { a: CITY } } } } }],
  [{ properties: { one: { anyOf: [CITY, { type: 'null' }] }, all: { allOf: [{ properties: { a: CITY } }] } } }],
  [{ $defs: { city: CITY }, properties: { from: { $ref: '#/$defs/city' } }, required: ['from'] }],
  [{ properties: { said: { const: 4 }, usual: { type: 'string', default: 'usual' } } }],
  [{}],
])('a sample is allowed by its schema: %j', (schema) => {
  const sample = sampleOf(schema);
  expect(new Ajv2020({ strict: false }).validate(schema, sample), JSON.stringify(sample)).toBe(true);
  expect(typeof sample).toBe('object');
});

test('what no tool should send ends all the same', () => {
  const tree = {
    $defs: { t: { properties: Object.fromEntries(Array.from('abcdefghij', (k) => [k, { $ref: '#/$defs/t' }])) } },
  };
  expect(JSON.stringify(sampleOf({ ...tree, $ref: '#/$defs/t' })).length).toBeLessThan(100_000);
  for (const schema of [null, 'x', { $ref: '#/none' }, { required: ['__proto__', 'toString'] }]) {
    expect(typeof JSON.stringify(sampleOf(schema))).toBe('string');
  }
});
