/** The requests to both gateways: those of the suite's tables in `fixtures/`, and `fixtures/difference-requests.json`. */
import escapes from '../../../fixtures/agent-escapes.json' with { type: 'json' };
import models from '../../../fixtures/agent-models.json' with { type: 'json' };
import precedence from '../../../fixtures/agent-precedence.json' with { type: 'json' };
import authorization from '../../../fixtures/authorization.json' with { type: 'json' };
import badHosts from '../../../fixtures/bad-hosts.json' with { type: 'json' };
import beyond from '../../../fixtures/difference-requests.json' with { type: 'json' };
import malformed from '../../../fixtures/malformed-bodies.json' with { type: 'json' };
import noMessage from '../../../fixtures/no-message.json' with { type: 'json' };
import oddUsers from '../../../fixtures/odd-users.json' with { type: 'json' };
import reservedKeys from '../../../fixtures/reserved-keys.json' with { type: 'json' };
import sessions from '../../../fixtures/sessions.json' with { type: 'json' };
import streamTypes from '../../../fixtures/stream-types.json' with { type: 'json' };
import unicode from '../../../fixtures/unicode.json' with { type: 'json' };
import unknownFields from '../../../fixtures/unknown-fields.json' with { type: 'json' };
import { secretForms } from '../../chapters/authentication/credentials.ts';
import { inForce } from '../../editions.ts';
import { WHICH_AGENT, WHICH_WORD, echo, play, remember } from '../../vocabulary/prompts.ts';
import { lengthOf, type Call, type Piece, type Request } from './call.ts';
import { deploymentNamed } from './deployments.ts';
import { AGENT_HEADER, KEY_HEADER } from '../../dial/headers.ts';

/** A call in a row of `fixtures/difference-requests.json`. Defaults are those of a valid call to the default agent. */
interface CallRow {
  readonly method?: string;
  readonly path?: string;
  readonly version?: '1.0';
  /** The bearer secret; null: no Authorization header. */
  readonly credential?: string | null;
  /** A list: one header for each value; null: the default header is not sent. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  /** The text of the only message. */
  readonly prompt?: string;
  /** Fields of the body in addition to the default ones, or instead of them; null sends null. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Default fields that are not sent. */
  readonly without?: readonly string[];
  /** The whole body as text, null for no body; `base64`: as bytes. */
  readonly text?: string | null;
  readonly base64?: string;
  /** The number of blanks after the body. */
  readonly pad?: number;
  readonly chunked?: true;
  /** A wrong Content-Length. */
  readonly length?: number;
  readonly patience?: number;
  readonly pauses?: true;
}

interface Row {
  readonly id: string;
  readonly deployments?: readonly string[];
  readonly since?: string;
  /** Also sent as a stream, under the id `<id>.stream`. */
  readonly streams?: boolean;
  readonly calls: readonly CallRow[];
}

/** The agents of the fixtures' gateways, the default one first. */
const [DEFAULT, OTHER] = ['main', 'beta'];

/** The requests for a release, in the order in which they are sent. */
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
    const request = (requestId: string, rows: readonly CallRow[]): Request => ({
      id: requestId,
      deployment,
      ...(since && { since }),
      calls: rows.map((row) => callFrom(row, deployment)),
    });
    const streaming = calls.map((row) => ({ ...row, fields: { ...row.fields, stream: true } }));
    return [request(named, calls), ...(streams ? [request(`${named}.stream`, streaming)] : [])];
  });
}

function callFrom(row: CallRow, deployment: string): Call {
  const { method = 'POST', path = '/v1/chat/completions', version, chunked, patience, pauses } = row;
  const body = bodyOf(row, method);
  const credential = row.credential === undefined ? deploymentNamed(deployment).credential : row.credential;
  const headers = new Map<string, string | readonly string[] | null>([
    ['Host', '{host}'],
    ...(credential == null ? [] : [['Authorization', `Bearer ${credential}`] as const]),
    ...(body === undefined ? [] : [['Content-Type', 'application/json'] as const]),
    ...Object.entries(row.headers ?? {}),
  ]);
  if (chunked) headers.set('Transfer-Encoding', 'chunked');
  else if (body !== undefined) headers.set('Content-Length', String(row.length ?? lengthOf(body)));
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

function bodyOf(row: CallRow, method: string): readonly Piece[] | undefined {
  if (row.text === null) return undefined;
  const pad: readonly Piece[] = row.pad === undefined ? [] : [[' ', row.pad]];
  if (row.base64 !== undefined) return [Buffer.from(row.base64, 'base64').toString('latin1'), ...pad];
  if (row.text !== undefined) return [latin1(row.text), ...pad];
  if (method !== 'POST') return undefined;
  const fields = Object.entries({
    model: `openclaw:${DEFAULT}`,
    messages: [{ role: 'user', content: row.prompt ?? play('one-word') }],
    ...row.fields,
  }).filter(([name]) => !row.without?.includes(name));
  return [latin1(JSON.stringify(Object.fromEntries(fields))), ...pad];
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Fills the placeholders of a template; unknown ones stay. */
function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (written, name: string) => values[name] ?? written);
}

/** A call with one user message and a model; null: without a model. */
const asking = (prompt: string, model: string | null): CallRow =>
  model === null ? { prompt, without: ['model'] } : { prompt, fields: { model } };

const AGENTS = { default: DEFAULT!, other: OTHER! };

const ROWS: readonly Row[] = [
  ...authorization.rows.map((row): Row => {
    const deployment = 'deployment' in row ? row.deployment! : 'token';
    const secret = deploymentNamed(deployment).credential!;
    const values = secretForms(secret, 'other' in row ? deploymentNamed(row.other!).credential! : '');
    const headers = Object.entries(row.headers).map(([name, value]) => [name, filled(value!, values)]);
    const query = 'query' in row ? `?${new URLSearchParams({ token: secret }).toString()}` : '';
    const call = { credential: null, headers: Object.fromEntries(headers) as Record<string, string> };
    return {
      id: `authentication.${row.id}`,
      deployments: [deployment],
      calls: [{ ...call, path: `/v1/chat/completions${query}` }],
    };
  }),
  ...models.rows.flatMap(({ id, models: templates }) =>
    templates.flatMap((template, at) => {
      const agents = template?.includes('{agent}') ? [DEFAULT!, OTHER!] : [DEFAULT!];
      return agents.map((agent): Row => {
        const model = template === null ? null : filled(template, { ...AGENTS, agent });
        const name = ['agents', id, ...(agents.length > 1 ? [agent] : templates.length > 1 ? [`${at + 1}`] : [])];
        return { id: name.join('.'), calls: [asking(WHICH_AGENT, model)] };
      });
    }),
  ),
  ...precedence.rows.map((row): Row => {
    const headers = Object.entries(row.headers).map(([name, value]) => [name, filled(value!, AGENTS)] as const);
    const call = { ...asking(WHICH_AGENT, filled(row.model, AGENTS)), headers: Object.fromEntries(headers) };
    return { id: `agents.${row.id}`, calls: [call] };
  }),
  ...escapes.rows.flatMap((row): Row[] => {
    const agent = filled(row.agent, AGENTS);
    const byModel = { id: `agents.escape.${row.id}.model`, calls: [asking(WHICH_AGENT, `openclaw:${agent}`)] };
    if ('header' in row) return [byModel];
    const call = { prompt: WHICH_AGENT, fields: { model: 'openclaw' }, headers: { [AGENT_HEADER]: agent } };
    return [byModel, { id: `agents.escape.${row.id}.header`, calls: [call] }];
  }),
  ...sessions.rows.map(({ id, first, second }: SessionRow): Row => {
    const call = (prompt: string, { user, key, agent, stream }: SessionRow['first']): CallRow => ({
      prompt,
      fields: {
        model: `openclaw:${agent === 'second' ? OTHER : DEFAULT}`,
        ...(user !== undefined && { user: filled(user, { nonce: id }) }),
        ...(stream && { stream }),
      },
      ...(key !== undefined && { headers: { [KEY_HEADER]: filled(key, { nonce: id }) } }),
    });
    return { id: `sessions.${id}`, calls: [call(remember(`KW-${id}`), first), call(WHICH_WORD, second)] };
  }),
  ...oddUsers.rows.map((row): Row => {
    const values = { nonce: `odd-${row.id}`, agent: DEFAULT! };
    const fields = { user: filled(row.user, values).padEnd('length' in row ? row.length! : 0, 'x') };
    const outside = 'outside' in row ? { [KEY_HEADER]: filled(row.outside!, values) } : undefined;
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
    return { id: `sessions.reserved.${row.id}`, calls: [{ headers: { [KEY_HEADER]: key } }] };
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
