/** What two gateways answered, side by side. */
import { z } from 'zod';
import table from '../../../fixtures/differences.json' with { type: 'json' };
import { inForce } from '../../editions.ts';
import { curlOf, type Call, type Request } from './call.ts';
import type { Answer } from './answers.ts';
import type { Recording } from './recording.ts';

/** A call that is answered in two ways. */
export interface Difference {
  readonly request: string;
  readonly call: Call;
  /** `status`, `end`, `header <name>`, `body`. */
  readonly places: readonly string[];
  readonly real: Answer;
  readonly reference: Answer;
}

const Listed = z.strictObject({
  id: z.string(),
  /** The releases about which it is true. */
  since: z.string(),
  until: z.string().optional(),
  /** The requests that are answered in two ways, each of them at each of these releases. */
  requests: z.array(z.string()).min(1),
  reason: z.string(),
});

/** A row of `fixtures/differences.json`: what is known to remain. */
export type Listed = z.infer<typeof Listed>;

export const LISTED: readonly Listed[] = z.array(Listed).parse(table.rows);

export interface Comparison {
  readonly release: string;
  readonly requests: number;
  /** How many of them are answered alike. */
  readonly identical: number;
  /** How many differ as listed. */
  readonly listed: number;
  readonly unlisted: readonly Difference[];
  /** Rows of the list, and requests of theirs that do not differ any more. */
  readonly stale: readonly { readonly id: string; readonly requests: readonly string[] }[];
}

/** Compares the answers to requests; what is not among the requests is left alone. */
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
      .map(({ id, requests }) => ({ id, requests: requests.filter((one) => asked.has(one) && !different.has(one)) }))
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

/** How much of a body is shown, in characters; of a long one what stands around the place where the two part. */
const SHOWN = 1500;
const BEFORE = 200;

/** One block: which request, and what each side answered. */
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

/** Of the headers only those that differ. */
function headOf({ status, headers = {}, end }: Answer, places: readonly string[]): string {
  const differing = Object.entries(headers).filter(([name]) => places.includes(`header ${name}`));
  const lines = differing.map(([name, value]) => `${name}: ${value}`);
  return [`${status ?? 'nothing'}${end ? ` (${end})` : ''}`, ...lines].join('\n');
}

function window(text: string, from: number): string {
  const end = from + SHOWN;
  return `${from > 0 ? '… ' : ''}${text.slice(from, end)}${text.length > end ? ' …' : ''}`;
}
