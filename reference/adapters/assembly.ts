/** The assembly of a reference from its options: sessions, faults, journal and gateway, for the command and for tests. */

import type { Faults } from '../faults.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import type { Journal, JournalOptions } from '../journal/journal.ts';
import { openSessions } from '../sessions/open.ts';
import type { Sessions } from '../sessions/sessions.ts';

/** What a gateway is assembled from. The modules of what is left out are not loaded. */
export interface Parts extends Omit<GatewayOptions, 'sessions' | 'faults' | 'journal'> {
  /** A file in which sessions outlive the gateway. Default: they are kept in memory. */
  readonly state?: string | undefined;
  /** Whether clients may order a fault by `x-openclaw-fault`. Left out: there are no faults. */
  readonly faults?: { readonly byHeader: boolean } | undefined;
  /** How much the journal keeps. Left out: there is none. */
  readonly journal?: JournalOptions | undefined;
}

/** A gateway that does not listen yet, and what its user reads and changes while it runs. */
export interface Assembled {
  readonly gateway: Gateway;
  readonly sessions: Sessions;
  readonly faults?: Faults;
  readonly journal?: Journal;
}

/**
 * Assembles a gateway. Its sessions are closed after it: a file would stay locked.
 *
 * @throws {Error} in one line, when the sessions' file cannot be used or an option is not valid.
 */
export async function assemble(
  parts: Parts & { readonly faults: { readonly byHeader: boolean }; readonly journal: JournalOptions },
): Promise<Required<Assembled>>;
export async function assemble(parts: Parts): Promise<Assembled>;
export async function assemble({ state, faults: queue, journal: kept, ...options }: Parts): Promise<Assembled> {
  const sessions = await openSessions(state);
  try {
    const seen = {
      ...(queue && { faults: new (await import('../faults.ts')).Faults(queue) }),
      ...(kept && { journal: new (await import('../journal/journal.ts')).Journal(kept) }),
    };
    return { gateway: createGateway({ ...options, ...seen, sessions }), sessions, ...seen };
  } catch (cause) {
    sessions.close();
    throw cause;
  }
}
