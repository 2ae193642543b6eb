/** Clients that were measured to break behind wrong gateways, from `fixtures/hurt-clients.json`. */
import table from '../../fixtures/hurt-clients.json' with { type: 'json' };

/**
 * How a client breaks, worst first: success with another text than the answer is what no user notices. A client that tells a
 * failure has no answer for its user either.
 */
export const HARMS = ['takes it for success', 'hangs', 'crashes', 'tells'] as const;

export type Harm = (typeof HARMS)[number];

/** The worst that was seen of a client where a requirement is broken. */
export interface Hurt {
  /** With its version. */
  readonly client: string;
  readonly outcome: Harm;
  /** The wrong gateway that showed it: a requirement, and what is wrong. */
  readonly gateway: string;
}

/** Clients with the same outcome by the same wrong gateway. */
export interface HurtGroup extends Omit<Hurt, 'client'> {
  readonly clients: readonly string[];
}

interface Row {
  readonly id: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly breaks: Readonly<Record<string, Omit<Hurt, 'client'>>>;
}

/** The ids of the clients that were measured. */
export const HURT_CLIENTS: readonly string[] = table.rows.map(({ id }) => id);

/**
 * The clients that break when a gateway violates this requirement, worst first.
 *
 * @param only their ids. Default: all.
 */
export function hurtBy(id: string, only: readonly string[] = HURT_CLIENTS): Hurt[] {
  return (table.rows as readonly unknown[] as readonly Row[])
    .filter((row) => only.includes(row.id) && Object.hasOwn(row.breaks, id))
    .map((row) => ({ client: nameOf(row), ...row.breaks[id]! }))
    .toSorted((a, b) => HARMS.indexOf(a.outcome) - HARMS.indexOf(b.outcome));
}

/** Whether clients were put behind a wrong gateway that violates this requirement. */
export const isMeasured = (id: string): boolean => (table.requirements as readonly string[]).includes(id);

/** The same, those together that break alike. */
export function hurtGroups(id: string): HurtGroup[] {
  const groups = Map.groupBy(hurtBy(id), ({ outcome, gateway }) => JSON.stringify([outcome, gateway]));
  return [...groups.values()].map((group) => {
    const { outcome, gateway } = group[0]!;
    return { outcome, gateway, clients: group.map(({ client }) => client) };
  });
}

/** A group on one line. */
export function hurtText({ outcome, gateway, clients }: HurtGroup): string {
  return `${clients.join('; ')}: ${outcome} (measured: ${gateway})`;
}

function nameOf({ id, versions }: Row): string {
  const [version] = Object.values(versions);
  return version === undefined ? id : `${id} (${version})`;
}
