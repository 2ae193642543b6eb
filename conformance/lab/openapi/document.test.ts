import { readFileSync, readdirSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { APIError } from 'openai';
import { describe, expect, test } from 'vitest';
import badEmbeddings from '../../../fixtures/bad-embeddings.json' with { type: 'json' };
import badSampling from '../../../fixtures/bad-sampling.json' with { type: 'json' };
import badTools from '../../../fixtures/bad-tools.json' with { type: 'json' };
import images from '../../../fixtures/images.json' with { type: 'json' };
import noMessage from '../../../fixtures/no-message.json' with { type: 'json' };
import sampling from '../../../fixtures/sampling.json' with { type: 'json' };
import streamTypes from '../../../fixtures/stream-types.json' with { type: 'json' };
import unknownFields from '../../../fixtures/unknown-fields.json' with { type: 'json' };
import { NEWEST, OLDEST } from '../../editions.ts';
import { OpenApiReader } from '../../testing/openapi-reader.ts';
import { documents, type OpenApi } from './document.ts';

const folder = new URL('../../../fixtures/openapi/', import.meta.url);
const committed = readdirSync(folder).map((file): [string, OpenApi] => [
  file.replace(/\.json$/, ''),
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as OpenApi,
]);

test('the committed documents are those of the kit; if not, run npm run openapi', () => {
  // By way of JSON, which has no undefined.
  const made = JSON.parse(JSON.stringify(Object.fromEntries(documents()))) as object;
  expect(Object.fromEntries(committed)).toEqual(made);
});

test('an edition has a document when it adds a path, a parameter or a field', () => {
  const dated = committed.map(([edition]) => edition);
  expect(dated).toEqual(expect.arrayContaining([OLDEST, '2026.3.24', NEWEST]));
  // What it changed is in no path, parameter or field.
  expect(dated).not.toContain('2026.3.31');
});

const TOOL = { type: 'function', function: { name: 'kit_weather' } };

describe.each(committed)('%s', (_edition, document) => {
  const { schemas, responses } = document.components;
  const reader = new OpenApiReader(document);
  const isValid = (name: string, data: unknown): boolean =>
    reader.fault({ $ref: `#/components/schemas/${name}` }, data) === undefined;

  test('is valid as OpenAPI 3.1, and each of its references leads somewhere', async () => {
    const validator = new Validator();
    // The validator adds to what it is given.
    const { valid, errors } = await validator.validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(errors).toBeUndefined();
    expect({ valid, version: validator.version }).toEqual({ valid: true, version: '3.1' });
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(30);
    expect(references.filter((reference) => reader.at(reference) === undefined)).toEqual([]);
  });

  test('has examples of errors that its own schema allows', () => {
    const shown = Object.values(responses).flatMap((response) => {
      const { content = {} } = response as { content?: Readonly<Record<string, { example?: object }>> };
      return content['application/json']?.example ?? [];
    });
    expect(shown.length).toBeGreaterThan(6);
    expect(shown.filter((example) => !isValid('Error', example))).toEqual([]);
  });

  test('names the class that the SDK raises for a status', () => {
    const errors = (operation: object): [string, { $ref?: string }][] =>
      Object.entries((operation as { responses: Record<string, { $ref?: string }> }).responses);
    const told = Object.values(document.paths)
      .flatMap((path) => Object.values(path as Record<string, object>).flatMap(errors))
      .flatMap(([status, response]) => {
        const { description = '' } = reader.resolved<{ $ref?: string; description?: string }>(response);
        return [...description.matchAll(/SDKs raise (\w+)/g)].map(([, name]) => `${status} ${name}`);
      });
    expect(told.length).toBeGreaterThan(4);
    const raised = told.map((one) => {
      const status = Number(one.slice(0, 3).replaceAll('X', '0'));
      return `${one.slice(0, 3)} ${APIError.generate(status, {}, '', new Headers()).constructor.name}`;
    });
    expect(told).toEqual(raised);
  });

  test('refuses what the tables refuse, and allows what they allow', () => {
    const { properties } = schemas.ChatCompletionRequest as { properties: object };
    const allows = ({ fields }: { fields: object }): boolean =>
      isValid('ChatCompletionRequest', { messages: [{ role: 'user', content: 'hi' }], ...fields });
    const isKnown = ({ fields }: { fields: object }): boolean =>
      Object.keys(fields).every((name) => name in properties);
    const refused = [
      ...badSampling.rows.filter(isKnown),
      ...badTools.rows
        .filter(isKnown)
        .map(({ id, fields }) => ({ id, fields: { ...fields, ...(fields.tools === '{tools}' && { tools: [TOOL] }) } })),
      ...streamTypes.rows.map(({ id, stream }) => ({ id: `stream.${id}`, fields: { stream } })),
      ...noMessage.rows.map(({ id, messages }) => ({ id: `no-message.${id}`, fields: { messages } })),
    ];
    expect(refused.length).toBeGreaterThan(10);
    // A schema does not say that a name is one of a list, or that some message has a text.
    const beyond = noMessage.rows.filter(({ core }) => !core).map(({ id }) => `no-message.${id}`);
    beyond.push('choice-unknown.name', 'choice-unknown.nothing');
    const allowed = refused.filter(allows).map(({ id }) => id);
    expect(allowed.filter((id) => !beyond.includes(id))).toEqual([]);
    const good = [...sampling.rows.filter(isKnown), ...unknownFields.rows];
    const shown = images.rows.map(({ id, part }) => ({
      id,
      fields: { messages: [{ role: 'user', content: [part] }] },
    }));
    if ('ImagePart' in schemas) good.push(...(shown as unknown as typeof unknownFields.rows));
    expect(good.filter((row) => !allows(row)).map(({ id }) => id)).toEqual([]);
  });

  test.runIf('EmbeddingRequest' in schemas)('refuses the embeddings that a table refuses', () => {
    const allowed = badEmbeddings.rows.filter(({ fields, texts }) => {
      const many = texts && { input: Array.from({ length: texts.of }, () => 'x'.repeat(texts.characters)) };
      return isValid('EmbeddingRequest', { model: 'openclaw/main', ...many, ...fields });
    });
    // A schema does not say which agents there are, or how long all texts are together.
    expect(allowed.map(({ id }) => id)).toEqual(['foreign-model', 'unknown-agent', 'too-much']);
    expect(isValid('EmbeddingRequest', { model: 'openclaw/main', input: ['alpha'] })).toBe(true);
  });
});
