/** What was measured of clients behind wrong gateways: rows of `fixtures/hurt-clients.json`, and their table. */
import { HARMS } from '../../reports/hurt-clients.ts';
import type { RealClient } from '../real.ts';
import type { Measurement } from './measure.ts';
import { OUTCOMES, worse, type Outcome } from './outcome.ts';

/** A row of `fixtures/hurt-clients.json`. */
export interface HurtClient extends Measurement {
  /** The client, as `npm run clients` names it. */
  readonly id: string;
  /** Version by package. */
  readonly versions: Readonly<Record<string, string>>;
  readonly program: string;
  /** The day, in UTC. */
  readonly measured: string;
}

/** The row of a client. */
export function hurtRow(
  { id, program }: RealClient,
  versions: HurtClient['versions'],
  { outcomes, unsound, breaks }: Measurement,
): HurtClient {
  const ordered = OUTCOMES.filter((outcome) => outcomes[outcome]).map((outcome) => [outcome, outcomes[outcome]]);
  return {
    id,
    versions,
    program: `conformance/clients/${program}`,
    measured: new Date().toISOString().slice(0, 10),
    outcomes: Object.fromEntries(ordered) as HurtClient['outcomes'],
    unsound,
    breaks,
  };
}

/** The rows as Markdown: how many wrong gateways each client met, and which clients break by each requirement. */
export function hurtText(rows: readonly HurtClient[]): string {
  const met = rows.map(({ id, outcomes, unsound, measured }) => {
    const counts = OUTCOMES.map((outcome) => String(outcomes[outcome] ?? 0));
    return [id, ...counts, unsound.join('; ') || 'nothing', measured];
  });
  const all = rows.map(({ id }) => id);
  const ids = [...new Set(rows.flatMap(({ breaks }) => Object.keys(breaks)))];
  const worstOf = (id: string): Outcome =>
    rows.reduce<Outcome>((worst, { breaks }) => {
      const outcome = breaks[id]?.outcome;
      return outcome && worse(outcome, worst) ? outcome : worst;
    }, 'survives');
  const hurt = ids
    .map((id) => [worstOf(id), id, HARMS.map((outcome) => clientsOf(rows, id, outcome))] as const)
    .toSorted(
      ([one, , [first]], [other, , [second]]) =>
        OUTCOMES.indexOf(other) - OUTCOMES.indexOf(one) || second!.length - first!.length,
    )
    .map(([, id, of]) => [`\`${id}\``, ...of.map((names) => shown(names, all))]);
  return [
    tableOf(['client', ...OUTCOMES, 'not measured', 'measured'], met),
    tableOf(['requirement', ...HARMS], hurt),
  ].join('\n\n');
}

function clientsOf(rows: readonly HurtClient[], id: string, outcome: Outcome): string[] {
  return rows.filter(({ breaks }) => breaks[id]?.outcome === outcome).map((row) => row.id);
}

/** The names, or the others where they are fewer. */
function shown(names: readonly string[], all: readonly string[]): string {
  const others = all.filter((name) => !names.includes(name));
  if (others.length === 0) return 'all';
  return others.length < names.length ? `all but ${others.join('; ')}` : names.join('; ') || '–';
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
