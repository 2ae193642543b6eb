/** What a call has to be for a reply, or a fault, to be meant. */

import { z } from 'zod';
import { headerOf, messageOf, turnOf, type Run } from './backend.ts';
import { Effort, faultOf, found, PATTERN_CHARACTERS } from './pattern.ts';
import { strict } from './strict.ts';

const Pattern = strict({
  pattern: z
    .string()
    .max(PATTERN_CHARACTERS)
    .describe("A regular expression without lookaround and backreferences, in RE2's syntax; it is searched for."),
  flags: z
    .string()
    .regex(/^[imsu]*$/)
    .exactOptional()
    .describe('Of i, m, s and u. Default: none.'),
});

const Compiled = Pattern.superRefine((pattern, context) => {
  const fault = faultOf(pattern);
  if (fault === undefined) return;
  const message = `expected a regular expression without lookaround and backreferences, got ${JSON.stringify(fault)}`;
  context.addIssue({ code: 'custom', path: ['pattern'], message });
});

/** A text, or a pattern. */
const Text = z.union([z.string(), Compiled], { error: 'expected a text, or an object with pattern and flags' });
type Text = z.infer<typeof Text>;

/** All of it has to hold; what is left out holds of every call. */
export const Match = strict({
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
/** Which calls something is for. All that is given has to match; `{}` matches any call. */
export type Match = z.infer<typeof Match>;

/** What of a run there is to look at. */
export type Seen = Pick<Run, 'agent' | 'sessionKey' | 'prompt' | 'message' | 'headers' | 'model' | 'stream' | 'tools'> &
  Partial<Pick<Run, 'history'>>;

/**
 * Why a match does not hold of a run, without any text of the client; undefined when it holds.
 *
 * @param effort What is left for patterns: one for all that are asked about the same run. Default: one of its own.
 */
export function mismatch(match: Match, run: Seen, effort = new Effort()): string | undefined {
  const { message, role, agent, session, header = {}, turn, model, stream, tool } = match;
  // The cheap ones first.
  if (agent !== undefined && agent !== run.agent) return `agent is not ${agent}`;
  if (stream !== undefined && stream !== (run.stream ?? false)) return `stream is not ${stream}`;
  if (turn !== undefined && turn !== turnOf(run)) return `turn is ${turnOf(run)}, not ${turn}`;
  if (role !== undefined && role !== (run.message?.role ?? 'user')) return `the last message is not by ${role}`;
  if (tool !== undefined && run.tools?.some(({ name }) => name === tool) !== true) return `no tool ${tool} is offered`;
  if (!isOrHas(model, run.model ?? '', effort)) return `model is not ${shown(model)}`;
  if (!isOrHas(session, run.sessionKey, effort)) return `session is not ${shown(session)}`;
  for (const [name, text] of Object.entries(header)) {
    const value = headerOf(run, name);
    if (!isOrHas(text, value, effort)) return `header ${name} is not ${shown(text)}`;
  }
  const heard = messageOf(run);
  const said = typeof message === 'string' ? heard.includes(message) : isOrHas(message, heard, effort);
  return said ? undefined : `the last message does not hold ${shown(message)}`;
}

function isOrHas(wanted: Text | undefined, text: string, effort: Effort): boolean {
  if (wanted === undefined || typeof wanted === 'string') return (wanted ?? text) === text;
  return found(wanted, text, effort);
}

function shown(text: Text | undefined): string {
  return typeof text === 'string' ? JSON.stringify(text) : `/${text?.pattern}/${text?.flags ?? ''}`;
}
