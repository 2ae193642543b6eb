/** Clients known to break: `fixtures/clients.json`, each shown by an issue that somebody opened. */
import table from '../../fixtures/clients.json' with { type: 'json' };
import { matches } from '../judging/judge.ts';

export interface Client {
  readonly client: string;
  /** What its user sees. */
  readonly breaks: string;
  /** An address. */
  readonly issue: string;
}

/** Those that break when the gateway breaks this requirement. */
export function clientsOf(id: string): Client[] {
  const chapter = id.slice(0, id.indexOf('.'));
  return table.rows
    .filter(({ requirements }) => requirements.some((pattern) => matches({ id, chapter }, pattern)))
    .map(({ client, breaks, issue }) => ({ client, breaks, issue }));
}
