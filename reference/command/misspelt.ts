/**
 * Keys of a configuration that look like ones that are read, and are none. Any other unknown key is OpenClaw's own: its
 * file has far more keys than the endpoint needs.
 */

import { readFileSync } from 'node:fs';
import JSON5 from 'json5';
import { nearest } from '../nearest.ts';

/** What of a file is told at most. */
const MOST = 10;

interface Known {
  readonly [key: string]: Known;
}

const agent: Known = { id: {}, default: {}, model: {} };
/** The keys that are read; see `options.ts`. Those of a list are those of each of its entries. */
const KNOWN: Known = {
  gateway: {
    port: {},
    bind: {},
    auth: {
      mode: {},
      token: {},
      password: {},
      rateLimit: { maxAttempts: {}, windowMs: {}, lockoutMs: {}, exemptLoopback: {} },
    },
    http: { endpoints: { chatCompletions: { enabled: {} } } },
  },
  agents: { defaults: { model: {} }, list: agent, entries: {} },
  tools: {},
};

/** A line for each such key of a file that has been read before, `gateway.prot (did you mean "port"?)`. */
export function misspeltIn(file: string): string[] {
  return misspelt(JSON5.parse(readFileSync(file, 'utf8'))).map(
    (key) => `Not read in ${file}: ${key}. Correct it, or leave it as it is if it is OpenClaw's own.`,
  );
}

/** The keys of a parsed configuration, at most `MOST`. */
export function misspelt(configuration: unknown): string[] {
  return [...lost(configuration, KNOWN, '')].slice(0, MOST);
}

function* lost(value: unknown, known: Known, path: string): Generator<string> {
  if (Array.isArray(value)) {
    for (const [at, one] of value.slice(0, MOST).entries()) yield* lost(one, known, `${path}[${at}]`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inside] of Object.entries(value)) {
    const place = path === '' ? key : `${path}.${key}`;
    if (Object.hasOwn(known, key)) yield* lost(inside, known[key]!, place);
    else {
      const meant = nearest(key, Object.keys(known));
      if (meant !== undefined) yield `${place} (did you mean "${meant}"?)`;
    }
  }
}
