/** Compares the answers of two gateways. */
import { z } from 'zod';
import table from '../../../fixtures/differences.json' with { type: 'json' };
import { inForce } from '../../editions.ts';
import type { Answer } from './answer.ts';
import { curlOf, type Call, type Request } from './call.ts';
import type { Recording } from './recording.ts';

/** A call with different answers. */
export interface Difference {
  readonly request: string;
  readonly call: Call;
  /** What differs: `status`, `end`, `header <name>`, `body`. */
  readonly places: readonly string[];
  readonly real: Answer;
  readonly reference: Answer;
}

const Listed = z.strictObject({
  id: z.string(),
  /** The releases that differ: from `since`, before `until`. */
  since: z.string(),
  until: z.string().optional(),
  /** The requests that differ, each of them at each of these releases. */
  requests: z.array(z.string()).min(1),
  reason: z.string(),
});

/** A row of `fixtures/differences.json`: a known difference. */
export type Listed = z.infer<typeof Listed>;

/** The rows of `fixtures/differences.json`. */
export const LISTED: readonly Listed[] = z.array(Listed).parse(table.rows);

/** The result for one release. */
export interface Comparison {
  readonly release: string;
  /** The number of requests. */
  readonly requests: number;
  /** The number of requests with the same answers. */
  readonly identical: number;
  /** The number of requests that differ as listed. */
  readonly listed: number;
  /** The differences that are not listed. */
  readonly unlisted: readonly Difference[];
  /** Rows of the list, with their requests that no longer differ. */
  readonly stale: readonly { readonly id: string; readonly requests: readonly string[] }[];
}

/**
 * Compares the answers to the requests. Listed requests that are not among them are ignored.
 *
 * @param listed Default: `LISTED`.
 */
export function compared(
  release: string,
  requests: readonly Request[],
  real: Recording,
  reference: Recording,
  listed: readonly Listed[] = LISTED,
): Comparison {
  const differences = requests.flatMap((request) => differencesIn(request, real[request.id], reference[request.id]));
  const different = new Set(differences.map(({ request }) => request));
  const rows = listed.filter((row) => inForce(row, release));
  const known = new Set(rows.flatMap((row) => row.requests));
  const asked = new Set(requests.map(({ id }) => id));
  return {
    release,
    requests: requests.length,
    identical: requests.length - different.size,
    listed: [...different].filter((id) => known.has(id)).length,
    unlisted: differences.filter(({ request }) => !known.has(request)),
    stale: rows
      .map((row) => ({ id: row.id, requests: row.requests.filter((id) => asked.has(id) && !different.has(id)) }))
      .filter((row) => row.requests.length > 0),
  };
}

function differencesIn(
  { id, calls }: Request,
  real: readonly Answer[] = [],
  reference: readonly Answer[] = [],
): Difference[] {
  return calls.flatMap((call, at) => {
    const pair = { real: real[at] ?? {}, reference: reference[at] ?? {} };
    const places = placesIn(pair.real, pair.reference);
    return places.length === 0 ? [] : [{ request: id, call, places, ...pair }];
  });
}

function placesIn(real: Answer, reference: Answer): string[] {
  const names = new Set([...Object.keys(real.headers ?? {}), ...Object.keys(reference.headers ?? {})]);
  return [
    ...(['status', 'end'] as const).filter((place) => real[place] !== reference[place]),
    ...[...names].filter((name) => real.headers?.[name] !== reference.headers?.[name]).map((name) => `header ${name}`),
    ...(JSON.stringify(real.body) === JSON.stringify(reference.body) ? [] : ['body']),
  ];
}

/** The part of a body that is shown, in characters; of a long one, that around the first difference. */
const SHOWN = 1500;
const BEFORE = 200;

/** A block of text: the request, its curl command, and both answers. */
export function differenceText({ request, call, places, real, reference }: Difference, release: string): string {
  const [body, other] = [real, reference].map((answer) => (answer.body ?? []).join('')) as [string, string];
  let parting = 0;
  while (parting < body.length && body[parting] === other[parting]) parting++;
  const from = Math.max(body.length, other.length) > SHOWN ? Math.max(0, parting - BEFORE) : 0;
  const show = (answer: Answer, text: string): string =>
    [headOf(answer, places), window(text, from)].join('\n').trimEnd().replaceAll(/\n+/g, '\n             ');
  const command = curlOf(call, '$HOST');
  return [
    `${request} at ${release}: ${places.join(', ')}`,
    `  ${window(command, 0)}`,
    `  real       ${show(real, body)}`,
    `  reference  ${show(reference, other)}`,
  ].join('\n');
}

/** The status, and the headers that differ. */
function headOf({ status, headers = {}, end }: Answer, places: readonly string[]): string {
  const differing = Object.entries(headers).filter(([name]) => places.includes(`header ${name}`));
  const lines = differing.map(([name, value]) => `${name}: ${value}`);
  return [`${status ?? 'nothing'}${end ? ` (${end})` : ''}`, ...lines].join('\n');
}

function window(text: string, from: number): string {
  const end = from + SHOWN;
  return `${from > 0 ? '… ' : ''}${text.slice(from, end)}${text.length > end ? ' …' : ''}`;
}
