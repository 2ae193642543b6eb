/**
 * Templates: `{{message}}` in a reply becomes what the call said. They are filled in when the reply is read already, in
 * its values and never in its JSON, so a quote or a line end in a prompt is a character like any other; and what is
 * filled in is not looked at again.
 *
 * - `{{message}}` the last message, `{{prompt}}` with the call's earlier ones around it
 * - `{{agent}}`, `{{session}}` (the key), `{{model}}`, `{{turn}}` (of the session, from 1 on), `{{id}}` (the answer's)
 * - `{{header.<name>}}`; '' when the call has none
 *
 * Any other name stays as it is.
 */

import { headerOf, messageOf, turnOf, type Run } from '../backend.ts';

const TEMPLATE = /\{\{\s*([a-z]+)(?:\.([a-z0-9-]+))?\s*\}\}/gi;

// A map, for an object has names of its own: `constructor` is one of them.
const VALUES = new Map<string, (run: Run) => string>([
  ['message', messageOf],
  ['prompt', (run) => run.prompt],
  ['agent', (run) => run.agent],
  ['session', (run) => run.sessionKey],
  ['model', (run) => run.model ?? ''],
  ['turn', (run) => String(turnOf(run))],
  ['id', (run) => run.id],
]);

/** How many characters templates may bring into one answer; what comes beyond stays as it is. */
const ROOM = 64 * 1024 * 1024;

/** Fills in the templates of the texts of one answer. */
export function filler(run: Run): (text: string) => string {
  let room = ROOM;
  return (text) => {
    if (!text.includes('{{')) return text;
    return text.replaceAll(TEMPLATE, (whole, name: string, rest: string | undefined) => {
      const value = valueOf(name, rest, run);
      if (value === undefined || value.length > room) return whole;
      room -= value.length;
      return value;
    });
  };
}

function valueOf(name: string, rest: string | undefined, run: Run): string | undefined {
  if (rest === undefined) return VALUES.get(name)?.(run);
  return name === 'header' ? headerOf(run, rest) : undefined;
}

/** A JSON value with all its texts filled in, by `fill`. */
export function filledIn(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') return fill(value);
  if (Array.isArray(value)) return value.map((each) => filledIn(each, fill));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledIn(each, fill)]));
}
