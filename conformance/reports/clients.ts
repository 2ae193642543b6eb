/** Clients known to break, from `fixtures/clients.json`; a public issue documents each. */
import table from '../../fixtures/clients.json' with { type: 'json' };
import { matches } from '../judging/judge.ts';

/** A client that is known to break. */
export interface Client {
  readonly client: string;
  /** The effect on the user. */
  readonly breaks: string;
  /** The URL of the issue. */
  readonly issue: string;
}

/** The clients that break when a gateway violates this requirement. */
export function clientsOf(id: string): Client[] {
  const chapter = id.slice(0, id.indexOf('.'));
  return table.rows
    .filter(({ requirements }) => requirements.some((pattern) => matches({ id, chapter }, pattern)))
    .map(({ client, breaks, issue }) => ({ client, breaks, issue }));
}
