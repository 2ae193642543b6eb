/**
 * The requests that both gateways are asked: what the tables of `fixtures/` hold for the suite, and beyond them
 * `fixtures/difference-requests.json`.
 */
import authorization from '../../../fixtures/authorization.json' with { type: 'json' };
import badHosts from '../../../fixtures/bad-hosts.json' with { type: 'json' };
import beyond from '../../../fixtures/difference-requests.json' with { type: 'json' };
import escapes from '../../../fixtures/agent-escapes.json' with { type: 'json' };
import malformed from '../../../fixtures/malformed-bodies.json' with { type: 'json' };
import models from '../../../fixtures/agent-models.json' with { type: 'json' };
import noMessage from '../../../fixtures/no-message.json' with { type: 'json' };
import oddUsers from '../../../fixtures/odd-users.json' with { type: 'json' };
import precedence from '../../../fixtures/agent-precedence.json' with { type: 'json' };
import reservedKeys from '../../../fixtures/reserved-keys.json' with { type: 'json' };
import sessions from '../../../fixtures/sessions.json' with { type: 'json' };
import streamTypes from '../../../fixtures/stream-types.json' with { type: 'json' };
import unicode from '../../../fixtures/unicode.json' with { type: 'json' };
import unknownFields from '../../../fixtures/unknown-fields.json' with { type: 'json' };
import { secretForms } from '../../chapters/authorization.ts';
import { inForce } from '../../editions.ts';
import { WHICH_AGENT, WHICH_WORD, echo, play, remember } from '../../prompts.ts';
import { deploymentNamed } from './deployments.ts';
import { lengthOf, type Call, type Piece, type Request } from './call.ts';

/** How a row of `fixtures/difference-requests.json` says a call; what is left out is that of a good call to `main`. */
interface Said {
  readonly method?: string;
  readonly path?: string;
  readonly version?: '1.0';
  /** The bearer; null: no Authorization. */
  readonly credential?: string | null;
  /** A list is that many headers; null takes away what is sent otherwise. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  /** The one message of a user. */
  readonly prompt?: string;
  /** Instead of `prompt`, or beside it; null sends null. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Fields that are not sent. */
  readonly without?: readonly string[];
  /** The body as it is, null for none; or as base64. */
  readonly text?: string | null;
  readonly base64?: string;
  /** Blanks behind the body. */
  readonly pad?: number;
  readonly chunked?: true;
  /** What Content-Length says, instead of the truth. */
  readonly length?: number;
  readonly patience?: number;
  readonly pauses?: true;
}

interface Row {
  readonly id: string;
  readonly deployments?: readonly string[];
  readonly since?: string;
  /** Sent again, streaming, as `<id>.stream`. */
  readonly streams?: boolean;
  readonly calls: readonly Said[];
}

/** The agents of the fixtures' gateways, the default one first. */
const [DEFAULT, OTHER] = ['main', 'beta'];

/** Every request that can be sent to a release, in the order in which they are sent. */
export function requestsAt(release: string): Request[] {
  return ROWS.flatMap(requestsOf).filter(
    ({ since, deployment }) =>
      inForce({ since: deploymentNamed(deployment).since }, release) &&
      (since === undefined || inForce({ since }, release)),
  );
}

function requestsOf({ id, deployments = ['token'], since, streams, calls }: Row): Request[] {
  return deployments.flatMap((deployment) => {
    const named = deployments.length > 1 ? `${id}@${deployment}` : id;
    const request = (id: string, calls: readonly Said[]): Request => ({
      id,
      deployment,
      ...(since && { since }),
      calls: calls.map((said) => callFrom(said, deployment)),
    });
    const streaming = calls.map((said) => ({ ...said, fields: { ...said.fields, stream: true } }));
    return [request(named, calls), ...(streams ? [request(`${named}.stream`, streaming)] : [])];
  });
}

function callFrom(said: Said, deployment: string): Call {
  const { method = 'POST', path = '/v1/chat/completions', version, chunked, patience, pauses } = said;
  const body = bodyOf(said, method);
  const credential = said.credential === undefined ? deploymentNamed(deployment).credential : said.credential;
  const headers = new Map<string, string | readonly string[] | null>([
    ['Host', '{host}'],
    ...(credential == null ? [] : [['Authorization', `Bearer ${credential}`] as const]),
    ...(body === undefined ? [] : [['Content-Type', 'application/json'] as const]),
    ...Object.entries(said.headers ?? {}),
  ]);
  if (chunked) headers.set('Transfer-Encoding', 'chunked');
  else if (body !== undefined) headers.set('Content-Length', String(said.length ?? lengthOf(body)));
  return {
    method,
    path,
    ...(version && { version }),
    headers: [...headers].flatMap(([name, value]) => [value ?? []].flat().map((each) => [name, each] as const)),
    ...(body !== undefined && { body }),
    ...(chunked && { chunked }),
    ...(patience !== undefined && { patience }),
    ...(pauses && { pauses }),
  };
}

function bodyOf(said: Said, method: string): readonly Piece[] | undefined {
  if (said.text === null) return undefined;
  const pad: readonly Piece[] = said.pad === undefined ? [] : [[' ', said.pad]];
  if (said.base64 !== undefined) return [Buffer.from(said.base64, 'base64').toString('latin1'), ...pad];
  if (said.text !== undefined) return [latin1(said.text), ...pad];
  if (method !== 'POST') return undefined;
  const fields = Object.entries({
    model: `openclaw:${DEFAULT}`,
    messages: [{ role: 'user', content: said.prompt ?? play('one-word') }],
    ...said.fields,
  }).filter(([name]) => !said.without?.includes(name));
  return [latin1(JSON.stringify(Object.fromEntries(fields))), ...pad];
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Fills the templates of a table. */
function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (written, name: string) => values[name] ?? written);
}

/** One user message and a model, or none. */
const asking = (prompt: string, model: string | null): Said =>
  model === null ? { prompt, without: ['model'] } : { prompt, fields: { model } };

const AGENTS = { default: DEFAULT!, other: OTHER! };

const ROWS: readonly Row[] = [
  ...authorization.rows.map((row): Row => {
    const deployment = 'deployment' in row ? row.deployment! : 'token';
    const secret = deploymentNamed(deployment).credential!;
    const values = secretForms(secret, 'other' in row ? deploymentNamed(row.other!).credential! : '');
    const headers = Object.entries(row.headers).map(([name, value]) => [name, filled(value!, values)]);
    const query = 'query' in row ? `?${new URLSearchParams({ token: secret }).toString()}` : '';
    const said = { credential: null, headers: Object.fromEntries(headers) as Record<string, string> };
    return {
      id: `authentication.${row.id}`,
      deployments: [deployment],
      calls: [{ ...said, path: `/v1/chat/completions${query}` }],
    };
  }),
  ...models.rows.flatMap(({ id, models }) =>
    models.flatMap((template, at) => {
      const agents = template?.includes('{agent}') ? [DEFAULT!, OTHER!] : [DEFAULT!];
      return agents.map((agent): Row => {
        const model = template === null ? null : filled(template, { ...AGENTS, agent });
        const name = ['agents', id, ...(agents.length > 1 ? [agent] : models.length > 1 ? [`${at + 1}`] : [])];
        return { id: name.join('.'), calls: [asking(WHICH_AGENT, model)] };
      });
    }),
  ),
  ...precedence.rows.map((row): Row => {
    const headers = Object.entries(row.headers).map(([name, value]) => [name, filled(value!, AGENTS)] as const);
    const said = { ...asking(WHICH_AGENT, filled(row.model, AGENTS)), headers: Object.fromEntries(headers) };
    return { id: `agents.${row.id}`, calls: [said] };
  }),
  ...escapes.rows.flatMap((row): Row[] => {
    const agent = filled(row.agent, AGENTS);
    const byModel = { id: `agents.escape.${row.id}.model`, calls: [asking(WHICH_AGENT, `openclaw:${agent}`)] };
    if ('header' in row) return [byModel];
    const said = { prompt: WHICH_AGENT, fields: { model: 'openclaw' }, headers: { 'x-openclaw-agent-id': agent } };
    return [byModel, { id: `agents.escape.${row.id}.header`, calls: [said] }];
  }),
  ...sessions.rows.map(({ id, first, second }: SessionRow): Row => {
    const said = (prompt: string, { user, key, agent, stream }: SessionRow['first']): Said => ({
      prompt,
      fields: {
        model: `openclaw:${agent === 'second' ? OTHER : DEFAULT}`,
        ...(user !== undefined && { user: filled(user, { nonce: id }) }),
        ...(stream && { stream }),
      },
      ...(key !== undefined && { headers: { 'x-openclaw-session-key': filled(key, { nonce: id }) } }),
    });
    return { id: `sessions.${id}`, calls: [said(remember(`KW-${id}`), first), said(WHICH_WORD, second)] };
  }),
  ...oddUsers.rows.map((row): Row => {
    const values = { nonce: `odd-${row.id}`, agent: DEFAULT! };
    const fields = { user: filled(row.user, values).padEnd('length' in row ? row.length! : 0, 'x') };
    const outside = 'outside' in row ? { 'x-openclaw-session-key': filled(row.outside!, values) } : undefined;
    return {
      id: `sessions.user-odd.${row.id}`,
      calls: [
        { prompt: remember(`KW-${row.id}`), fields },
        { prompt: WHICH_WORD, fields },
        ...(outside ? [{ prompt: WHICH_WORD, headers: outside }] : []),
      ],
    };
  }),
  ...reservedKeys.rows.map((row): Row => {
    const key = filled(row.key, { nonce: `kit-${row.id}`, agent: DEFAULT! });
    return { id: `sessions.reserved.${row.id}`, calls: [{ headers: { 'x-openclaw-session-key': key } }] };
  }),
  ...noMessage.rows.map((row): Row => ({
    id: `requests.no-message.${row.id}`,
    calls: [
      'messages' in row ? { fields: { messages: row.messages } } : { without: ['messages'] },
      ...('messages' in row ? [{ fields: { messages: row.messages, stream: true } }] : []),
    ],
  })),
  ...malformed.rows.map((row): Row => ({ id: `requests.malformed.${row.id}`, calls: [{ text: row.body }] })),
  ...streamTypes.rows.map((row): Row => ({
    id: `requests.stream-type.${row.id}`,
    calls: [{ fields: { stream: row.stream } }],
  })),
  ...unicode.rows.map((row): Row => ({
    id: `requests.unicode.${row.id}`,
    calls: [{ prompt: echo(row.text) }],
  })),
  ...unknownFields.rows.map((row): Row => ({
    id: `requests.unknown-fields.${row.id}`,
    calls: [{ fields: row.fields }],
  })),
  ...badHosts.rows.map((row): Row => ({ id: `requests.bad-host.${row.id}`, calls: [{ headers: { Host: row.host } }] })),
  ...beyond.replies.map((name): Row => ({ id: `replies.${name}`, streams: true, calls: [{ prompt: play(name) }] })),
  ...(beyond.rows as readonly unknown[] as readonly Row[]),
];

interface SessionRow {
  readonly id: string;
  readonly first: {
    readonly user?: string;
    readonly key?: string;
    readonly agent?: string;
    readonly stream?: boolean;
  };
  readonly second: SessionRow['first'];
}
