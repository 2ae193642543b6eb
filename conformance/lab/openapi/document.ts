/** The HTTP surface of an edition as an OpenAPI 3.1 document, of the zod shapes and the tables that the kit judges by. */
import { z } from 'zod';
import probes from '../../../fixtures/probes.json' with { type: 'json' };
import { behaviour, type Behaviour } from '../../../reference/editions/editions.ts';
import { MOST_BYTES } from '../../../reference/endpoints/embeddings.ts';
import { EDITIONS } from '../../editions.ts';
import { answers } from './answers.ts';
import { answerHeaders, parameters } from './headers.ts';
import { refusals } from './refusals.ts';
import { requests } from './requests.ts';
import { chatText, infoText, STREAM_TEXT } from './texts.ts';

const MiB = 1024 * 1024;
const ref = (kind: string, name: string): { $ref: string } => ({ $ref: `#/components/${kind}/${name}` });
const json = (name: string): object => ({ 'application/json': { schema: ref('schemas', name) } });
const refs = (kind: string, names: readonly string[]): object[] => names.map((name) => ref(kind, name));

/** An OpenAPI document, as far as the kit reads it. */
export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, object>>;
  readonly components: Readonly<Record<'schemas' | 'parameters' | 'responses', Readonly<Record<string, object>>>>;
}

/** Components by their names; what is one of them is referred to where another contains it. */
function schemas(traits: Behaviour): Readonly<Record<string, object>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...requests(traits), ...answers(traits) })) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { uri: (id) => ref('schemas', id).$ref, io: 'input' });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, { $schema: _draft, $id: _id, ...schema }]) => [id, schema]),
  );
}

/** The errors of an operation, by status; those that the edition does not know are left out. */
function errorsOf(traits: Behaviour, ...left: readonly string[]): object {
  const known = refusals(traits);
  const all = {
    400: 'BadRequest',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'NotFound',
    405: 'NotAllowed',
    413: 'TooLarge',
    429: 'TooMany',
    '4XX': 'ClientFailure',
    '5XX': 'ServerFailure',
  };
  const own = Object.entries(all).filter(([status, name]) => name in known && !left.includes(status));
  return Object.fromEntries(own.map(([status, name]) => [status, ref('responses', name)]));
}

function chat(traits: Behaviour, headers: object, names: readonly string[]): object {
  return {
    post: {
      operationId: 'createChatCompletion',
      summary: 'Asks an agent.',
      description: chatText(traits),
      parameters: refs('parameters', names),
      requestBody: {
        required: true,
        description: `JSON, whatever its Content-Type. At most ${traits.bodyLimit / MiB} MiB.`,
        content: json('ChatCompletionRequest'),
      },
      responses: {
        200: {
          description: `The answer: JSON, or with \`stream: true\` events.`,
          headers,
          content: {
            ...json('ChatCompletion'),
            'text/event-stream': {
              schema: { type: 'string', description: STREAM_TEXT },
              'x-event-data': { anyOf: refs('schemas', ['ChatCompletionChunk', 'Error']) },
            },
          },
        },
        ...errorsOf(traits),
      },
    },
  };
}

function models(traits: Behaviour, headers: object, scopes: readonly string[]): Readonly<Record<string, object>> {
  const ok = (description: string, name: string): object => ({ 200: { description, headers, content: json(name) } });
  const reading = errorsOf(traits, '413', '4XX');
  return {
    '/v1/models': {
      get: {
        operationId: 'listModels',
        summary: 'Lists the agents as models.',
        parameters: refs('parameters', scopes),
        responses: { ...ok('All models.', 'ModelList'), ...reading },
      },
    },
    '/v1/models/{model}': {
      get: {
        operationId: 'retrieveModel',
        summary: 'One model of the list.',
        parameters: refs('parameters', ['ModelId', ...scopes]),
        responses: { ...ok('The model.', 'Model'), ...reading },
      },
    },
    '/v1/embeddings': {
      post: {
        operationId: 'createEmbedding',
        summary: 'Vectors of texts.',
        description: 'By the embedding model of the agent. Without one in its configuration a call fails with 500.',
        parameters: refs('parameters', ['Agent', 'ShortAgent', 'Model', ...scopes]),
        requestBody: {
          required: true,
          description: `JSON, whatever its Content-Type. At most ${MOST_BYTES / MiB} MiB.`,
          content: json('EmbeddingRequest'),
        },
        responses: { ...ok('A vector for each text.', 'EmbeddingList'), ...errorsOf(traits) },
      },
    },
  };
}

const KINDS = [
  [/^\/health/, 'Liveness', 'Whether the gateway lives.'],
  [/^\/ready/, 'Readiness', 'Whether it takes calls.'],
  [/^\/startup/, 'Startup', 'Whether it has started.'],
] as const;

/** The probes of the table that the edition knows. */
function health(traits: Behaviour, headers: object, known: object): Readonly<Record<string, object>> {
  const paths = probes.rows.flatMap(({ id, path }) => {
    const [, name, summary] = KINDS.find(([pattern]) => pattern.test(path)) ?? [];
    if (name === undefined || !(name in known)) return [];
    const content = json(name);
    const kept = { 'Cache-Control': { required: true, schema: { const: 'no-store' } } };
    const get = {
      operationId: `get${id[0]!.toUpperCase()}${id.slice(1)}`,
      summary,
      description: 'Without a credential. HEAD is answered too.',
      security: [],
      responses: {
        200: { description: 'Yes.', headers: { ...headers, ...kept }, content },
        ...(traits.proxies === 'refused' && name !== 'Liveness' && { 403: ref('responses', 'Forbidden') }),
        405: ref('responses', 'NotAllowed'),
        ...(name !== 'Liveness' && { 503: { description: 'Not yet.', headers, content } }),
      },
    };
    return [[path, { get }]];
  });
  return Object.fromEntries(paths) as Readonly<Record<string, object>>;
}

/** The document of an edition. */
export function documentOf(edition: string): OpenApi {
  const traits = behaviour(edition);
  const known = schemas(traits);
  const sent = parameters(traits);
  const headers = answerHeaders(traits);
  const shown = Object.fromEntries(Object.keys(headers).map((name) => [name, ref('headers', name)]));
  const scopes = Object.keys(sent).filter((name) => name === 'Scopes');
  const responses = Object.entries(refusals(traits)).map(([name, answer]) => [
    name,
    { ...answer, headers: { ...shown, ...answer.headers } },
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: "OpenClaw's OpenAI-compatible HTTP endpoints",
      version: edition,
      description: infoText(traits),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:18789', description: 'The address of a gateway by default.' }],
    security: [{ secret: [] }, ...(traits.openMode ? [{}] : [])],
    paths: {
      '/v1/chat/completions': chat(
        traits,
        shown,
        Object.keys(sent).filter((name) => name !== 'ModelId'),
      ),
      ...(traits.models && models(traits, shown, scopes)),
      ...health(traits, shown, known),
    },
    components: {
      securitySchemes: {
        secret: { type: 'http', scheme: 'bearer', description: 'The token or the password of the gateway.' },
      },
      headers,
      parameters: sent,
      responses: Object.fromEntries(responses) as Readonly<Record<string, object>>,
      schemas: known,
    },
  } as OpenApi;
}

/** What a client can send or read: paths, parameters, schemas, and their fields. */
function namesIn({ paths, components }: OpenApi): string {
  const fields = (node: unknown): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const own = 'properties' in node ? Object.keys(node.properties as object) : [];
    return [...own, ...Object.values(node).flatMap(fields)];
  };
  const shapes = Object.entries(components.schemas).map(([name, schema]) => [name, fields(schema)]);
  return JSON.stringify([Object.keys(paths), Object.keys(components.parameters), shapes]);
}

/** The documents of the editions that add a path, a parameter or a field to the one before, by edition, the oldest first. */
export function documents(): ReadonlyMap<string, OpenApi> {
  const found = new Map<string, OpenApi>();
  let before = '';
  for (const edition of EDITIONS) {
    const document = documentOf(edition);
    const names = namesIn(document);
    if (names !== before) found.set(edition, document);
    before = names;
  }
  return found;
}
