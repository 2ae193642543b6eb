/** What a call has to be for a reply, or a fault, to be meant. */

import { z } from 'zod';
import { found } from './pattern.ts';
import { messageOf, turnOf, type Run } from './backend.ts';

const Pattern = z.strictObject({
  pattern: z.string().describe('A regular expression of JavaScript; it is searched for.'),
  flags: z
    .string()
    .regex(/^[imsu]*$/)
    .exactOptional()
    .describe('Of i, m, s and u. Default: none.'),
});

/** A text, or a pattern. */
const Text = z.union([z.string(), Pattern.refine(compiles, { error: 'no regular expression', path: ['pattern'] })]);
type Text = z.infer<typeof Text>;

/** All of it has to hold; what is left out holds of every call. */
export const Match = z.strictObject({
  message: Text.exactOptional().describe('In the last message: a part of it, as it is written, or a pattern.'),
  role: z.enum(['user', 'tool']).exactOptional().describe('Who speaks in the last message.'),
  agent: z.string().exactOptional(),
  session: Text.exactOptional().describe('The session key, whole, or a pattern.'),
  header: z.record(z.string(), Text).exactOptional().describe('By name: the value, whole, or a pattern.'),
  turn: z.int().positive().exactOptional().describe("The session's how many-th call this is, from 1 on."),
  model: Text.exactOptional().describe("The call's own, whole, or a pattern."),
  stream: z.boolean().exactOptional(),
  tool: z.string().exactOptional().describe('The name of a tool that the call offers.'),
});
export type Match = z.infer<typeof Match>;

/** What of a run there is to look at. */
export type Seen = Pick<Run, 'agent' | 'sessionKey' | 'prompt' | 'message' | 'headers' | 'model' | 'stream' | 'tools'> &
  Partial<Pick<Run, 'history'>>;

/** Why a match does not hold of a run, without anything that the caller said; undefined when it holds. */
export function mismatch(match: Match, run: Seen): string | undefined {
  const { message, role, agent, session, header = {}, turn, model, stream, tool } = match;
  // The cheap ones first.
  if (agent !== undefined && agent !== run.agent) return `agent is not ${agent}`;
  if (stream !== undefined && stream !== (run.stream ?? false)) return `stream is not ${stream}`;
  if (turn !== undefined && turn !== turnOf(run)) return `turn is ${turnOf(run)}, not ${turn}`;
  if (role !== undefined && role !== (run.message?.role ?? 'user')) return `the last message is not by ${role}`;
  if (tool !== undefined && run.tools?.some(({ name }) => name === tool) !== true) return `no tool ${tool} is offered`;
  if (!isOrHas(model, run.model ?? '')) return `model is not ${shown(model)}`;
  if (!isOrHas(session, run.sessionKey)) return `session is not ${shown(session)}`;
  for (const [name, text] of Object.entries(header)) {
    if (!isOrHas(text, String(run.headers?.[name.toLowerCase()] ?? ''))) return `header ${name} is not ${shown(text)}`;
  }
  const heard = messageOf(run);
  const said = typeof message === 'string' ? heard.includes(message) : isOrHas(message, heard);
  return said ? undefined : `the last message does not hold ${shown(message)}`;
}

function isOrHas(wanted: Text | undefined, text: string): boolean {
  if (wanted === undefined || typeof wanted === 'string') return (wanted ?? text) === text;
  return found(compiled(wanted), text);
}

function shown(text: Text | undefined): string {
  return typeof text === 'string' ? JSON.stringify(text) : `/${text?.pattern}/${text?.flags ?? ''}`;
}

function compiles({ pattern, flags }: z.infer<typeof Pattern>): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp;
  } catch {
    return false;
  }
}

const patterns = new WeakMap<object, RegExp>();

function compiled(text: z.infer<typeof Pattern>): RegExp {
  const known = patterns.get(text) ?? new RegExp(text.pattern, text.flags);
  patterns.set(text, known);
  return known;
}
