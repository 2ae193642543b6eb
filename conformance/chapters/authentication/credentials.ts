/** Ways to carry a secret, `fixtures/authorization.json`, as cases: one row, one case. */

import table from '../../../fixtures/authorization.json' with { type: 'json' };
import deployments from '../../../fixtures/deployments.json' with { type: 'json' };
import { ENDPOINT, type Dial, type Send } from '../../dial/dial.ts';
import { expect } from '../../dial/expectation.ts';
import type { Mutant } from '../../dial/mutant.ts';
import { described } from '../../dial/reading.ts';
import type { Need } from '../../dial/target.ts';
import { Undecided } from '../../undecided.ts';
import { kept, must } from '../../vocabulary/chapter.ts';
import * as lie from '../../vocabulary/liars.ts';
import type { Json } from '../../vocabulary/liars.ts';
import { EITHER_MODE } from '../../vocabulary/situations.ts';

interface Row {
  readonly id: string;
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly opens: boolean;
  readonly deployment?: string;
  readonly other?: string;
}

// TypeScript reads the table's headers as one type per row.
const ROWS = table.rows as unknown as readonly Row[];

/**
 * The deployment's secret.
 *
 * @throws An `Error` where it has none: a case that calls this needs `credential`, or a deployment that has one.
 */
export function secretOf({ deployment }: Dial): string {
  if (deployment.credential === undefined) throw new Error(`Deployment ${deployment.name} has no credential.`);
  return deployment.credential;
}

/** A secret of the same length, different in every character: a comparison by length or prefix does not help. */
export const wrongSecret = (dial: Dial): string =>
  secretOf(dial).replace(/[^]/g, (character) => (character === 'x' ? 'y' : 'x'));

/** The body of a plain call; its nonce finds the run, if there is one. */
export const callOf = (dial: Dial): Record<string, unknown> => dial.body(`Say hello. ${dial.nonce}`);

/** Expects a 2xx for a plain call that is sent this way. */
export async function opens(dial: Dial, send: Send = {}): Promise<void> {
  const exchange = await dial.send(callOf(dial), send);
  expect(exchange.status < 300, 'the credential to be accepted (2xx)', described(exchange));
}

/** Expects a 401 and no run for a plain call that is sent this way. */
export async function staysClosed(dial: Dial, send: Send): Promise<void> {
  const exchange = await dial.send(callOf(dial), send);
  expectRefused(exchange.status, described(exchange));
  dial.noRun(dial.nonce);
}

/**
 * The same, and once more behind a call with the right secret where the situation names a user or a session key: a name
 * that the gateway knows is no credential.
 */
export async function staysClosedToNames(dial: Dial, send: Send): Promise<void> {
  await staysClosed(dial, send);
  const { naming } = dial.situation;
  if (naming !== 'user' && naming !== 'key') return;
  await opens(dial);
  const again = `again-${dial.nonce}`;
  const exchange = await dial.send(dial.body(`Say hello. ${again}`), send);
  expectRefused(exchange.status, described(exchange));
  dial.noRun(again);
}

/**
 * Expects a 401.
 *
 * @throws `Undecided` for a 429: other cases' wrong secrets locked the address out.
 */
export function expectRefused(status: number | undefined, got: unknown): void {
  // Lawful where failures are counted, and it says nothing about this credential.
  if (status === 429) throw new Undecided('the gateway locked us out after too many wrong secrets');
  expect(status === 401, '401', got);
}

/** Admits a call without the secret where a call with it has used its name before. */
export function knownIsEnough(nameOf: (request: Request, body: Json) => string | null | undefined): Mutant {
  const known = new Map<string, string>();
  return async (request, faithful) => {
    const name = nameOf(request, await lie.bodyOf(request));
    const bearer = request.headers.get('authorization');
    const response = await faithful(request.clone());
    if (!name) return response;
    if (response.ok && bearer) known.set(name, bearer);
    const secret = known.get(name);
    if (response.status !== 401 || secret === undefined) return response;
    return faithful(lie.withHeaders(request, (headers) => headers.set('authorization', secret)));
  };
}

/** Answers as if the agent had been asked, wherever the gateway says 401. */
export const ADMITS_ALL = lie.insteadOf(401, lie.canned);
/** A 500 in words, wherever the gateway says 401. */
export const BREAKS = lie.insteadOf(401, () => new Response('Internal Server Error', { status: 500 }));

/**
 * The values of the templates in `fixtures/authorization.json`.
 *
 * @param other The secret of another deployment, for rows that take one for the other.
 */
export function secretForms(credential: string, other: string): Record<string, string> {
  const swapped = credential.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  const half = Math.floor(credential.length / 2);
  const changed = (at: number): string => {
    const otherCharacter = credential[at] === 'x' ? 'y' : 'x';
    return credential.slice(0, at) + otherCharacter + credential.slice(at + 1);
  };
  // Two neighbours that differ: turned round they are another secret.
  const at = credential.search(/(?<=(.))(?!\1)./);
  return {
    credential,
    other,
    first: changed(0),
    middle: changed(half),
    last: changed(credential.length - 1),
    turned:
      at === -1
        ? credential
        : credential.slice(0, at - 1) + credential[at] + credential[at - 1] + credential.slice(at + 1),
    short: credential.slice(0, -1),
    swapped,
    accented: `${credential.slice(0, -1)}é`,
    basic: btoa(`user:${credential}`),
  };
}

function filled(row: Row, credential: string, other: string): Send {
  const values = secretForms(credential, other);
  const fill = (template: string): string => template.replace(/\{(\w+)\}/g, (_, name: string) => values[name]!);
  const fillAll = (templates: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fill(template)]));
  const headers = fillAll(row.headers);
  if (!row.opens && headers.authorization === `Bearer ${credential}`) {
    throw new Undecided(`with this credential, ${row.what} is the credential itself`);
  }
  const query = row.query ? `?${new URLSearchParams(fillAll(row.query)).toString()}` : '';
  return { credential: null, headers, path: ENDPOINT + query };
}

type Finds = (request: Request) => string | null | undefined;

const inAuthorization =
  (form: RegExp): Finds =>
  ({ headers }) =>
    form.exec(headers.get('authorization') ?? '')?.[1];
const inHeader =
  (name: string): Finds =>
  ({ headers }) =>
    headers.get(name);

/** The secrets in `fixtures/deployments.json`: a mutant that compares loosely has to know what to compare with. */
const SECRETS: readonly string[] = deployments.deployments.flatMap(({ credential }) => credential ?? []);
const bearerOf = inAuthorization(/^Bearer (.+)$/);

/** The secret that a bearer is taken for: one of the same length, with the same fingerprint. */
const alikeBut =
  (fingerprint: (secret: string) => string): Finds =>
  (request) => {
    const bearer = bearerOf(request);
    if (!bearer) return undefined;
    return SECRETS.find((one) => one.length === bearer.length && fingerprint(one) === fingerprint(bearer));
  };

/** Where a loose gateway finds the secret of a row, by the row's id. */
const FINDS: Readonly<Record<string, Finds>> = {
  'near-miss.prefix': (request) => {
    const bearer = bearerOf(request);
    return bearer && SECRETS.find((secret) => secret.startsWith(bearer));
  },
  'near-miss.case': (request) => {
    const bearer = bearerOf(request)?.toLowerCase();
    return SECRETS.find((secret) => secret.toLowerCase() === bearer);
  },
  'near-miss.first': alikeBut((secret) => secret.slice(1)),
  'near-miss.middle': alikeBut((secret) => `${secret.slice(0, 8)} ${secret.length} ${secret.slice(-4)}`),
  'near-miss.last': alikeBut((secret) => secret.slice(0, -1)),
  'near-miss.turned': alikeBut((secret) => secret.split('').toSorted().join('')),
  'near-miss.suffix': inAuthorization(/^Bearer (.*)x$/),
  'near-miss.quoted': inAuthorization(/^Bearer "(.*)"$/),
  'near-miss.doubled': inAuthorization(/^Bearer (\S+) \S+$/),
  'near-miss.listed': inAuthorization(/, *Bearer (.*)$/),
  'other-scheme.basic': (request) => atob(inAuthorization(/^Basic (.*)$/)(request) ?? '').split(':')[1],
  'other-scheme.token': inAuthorization(/^\w+ (.*)$/),
  'other-scheme.raw': inAuthorization(/^(\S+)$/),
  'other-scheme.tab': inAuthorization(/^Bearer\s(.*)$/),
  'other-scheme.joined': inAuthorization(/^Bearer(\S+)$/),
  'other-scheme.colon': inAuthorization(/^Bearer:? (.*)$/),
  'other-scheme.x-api-key': inHeader('x-api-key'),
  'other-scheme.api-key': inHeader('api-key'),
  'other-scheme.x-openclaw-token': inHeader('x-openclaw-token'),
  'other-scheme.query': ({ url }) => new URL(url).searchParams.get('token'),
  'other-scheme.cookie': ({ headers }) => /\btoken=([^;]*)/.exec(headers.get('cookie') ?? '')?.[1],
};

const withBearer = (request: Request, secret: string): Request =>
  lie.withHeaders(request, (headers) => headers.set('authorization', `Bearer ${secret}`));

/** Runs a call whose secret stands anywhere, then gives the refusal: the client sees the right 401. */
const runsFirst: Mutant = async (request, faithful) => {
  const refused = await faithful(request.clone());
  if (refused.status !== 401) return refused;
  for (const finds of Object.values(FINDS)) {
    const found = finds(request);
    if (found && found !== bearerOf(request)) await (await faithful(withBearer(request.clone(), found))).text();
  }
  return refused;
};

/** Mutants of a row: one accepts the secret in this row's place, one runs the call and refuses afterwards. */
function careless(id: string): Record<string, Mutant> {
  const finds = FINDS[id];
  if (!finds) return {};
  return {
    'takes it all the same': async (request, faithful) => {
      const found = finds(request);
      if (!found || request.headers.get('authorization') === `Bearer ${found}`) return faithful(request);
      return faithful(withBearer(request, found));
    },
    'runs first and refuses then': runsFirst,
  };
}

const isOtherSpelling = ({ headers }: Request): boolean => {
  const sent = headers.get('authorization') ?? '';
  return /^bearer /i.test(sent) && !sent.startsWith('Bearer ');
};

const ONE_SPELLING = {
  'knows one spelling of the scheme': async (request, faithful) =>
    isOtherSpelling(request) ? lie.unauthorized() : faithful(request),
  'takes it for a malformed call': async (request, faithful) =>
    isOtherSpelling(request)
      ? lie.answer(400, { error: { message: 'Bad Authorization', type: 'invalid_request_error' } })
      : faithful(request),
} satisfies Record<string, Mutant>;

/**
 * `authentication.<row>`. RFC 9110, section 11.1: the scheme is case-insensitive. What is no `Bearer <secret>` is
 * refused; each further place where a secret counts is one that logs, proxies or a cookie of another site may fill.
 */
export const rows = ROWS.map((row) => {
  const needs: readonly Need[] = row.deployment
    ? [`deploy:${row.deployment}`, ...(row.other ? [`deploy:${row.other}` as const] : [])]
    : ['credential'];
  const written = {
    needs,
    situations: EITHER_MODE,
    // Where else a secret may stand is for each endpoint to say; how a bearer is compared is not.
    core: !row.deployment && !row.id.startsWith('other-scheme'),
    async holds(dial: Dial) {
      const door = row.deployment ? dial.at(row.deployment) : dial;
      const send = filled(row, secretOf(door), row.other ? secretOf(dial.at(row.other)) : '');
      await (row.opens ? opens(door, send) : staysClosed(door, send));
    },
  };
  if (row.opens) {
    return kept(`authentication.${row.id}`, {
      ...written,
      says: `${row.what} is accepted`,
      source: 'https://www.rfc-editor.org/rfc/rfc9110#section-11.1',
      catches: ONE_SPELLING,
    });
  }
  return must(`authentication.${row.id}`, {
    ...written,
    says: `${row.what} is refused: 401, no run`,
    catches: { 'admits every client': ADMITS_ALL, 'breaks over it': BREAKS, ...careless(row.id) },
  });
});
