/**
 * A reply: a run that is known beforehand, and which calls it answers. `fixtures/schemas/reply.schema.json` tells the
 * same to editors, and to authors in other languages.
 */

import { z } from 'zod';
import { Duration } from '../duration.ts';
import { Fault } from '../faults.ts';
import { Match } from './match.ts';
import { Pace } from './pace.ts';

const count = z.int().nonnegative();
const status = z.int().min(400).max(599);

const ToolCall = z.strictObject({
  name: z.string().min(1),
  arguments: z
    .union([z.record(z.string(), z.unknown()), z.string()])
    .exactOptional()
    .describe('An object, or text that need not be JSON. Default: {}.'),
  id: z.string().min(1).exactOptional().describe('Default: one of its own for every call.'),
});

const Usage = z.strictObject({
  input: count.describe('Tokens read, cached ones included.'),
  output: count,
  cached: count.exactOptional().describe('How many of `input` came from a cache.'),
});

const Finish = z.enum(['stop', 'length', 'tool_calls']);

const ReplyEvent = z.union(
  [
    z.strictObject({
      text: z.string().describe('The next piece of the answer.'),
      times: z
        .int()
        .positive()
        .exactOptional()
        .describe('The piece is said so often, each a delta of its own; `{n}` in it becomes 1, 2, 3 … Default: 1.'),
      cuts: z
        .array(z.int().positive())
        .exactOptional()
        .describe(
          'Offsets in UTF-16 code units, rising, at which the piece is cut into deltas; a cut may go through a surrogate pair.',
        ),
    }),
    z.strictObject({ pause: Duration.describe('Silence, in milliseconds.') }),
    z.strictObject({ hang: z.literal(true).describe('Silence until the caller leaves.') }),
    z.strictObject({ call: ToolCall.describe('A tool call; no text comes after it.') }),
    z.strictObject({ usage: Usage }),
    z.strictObject({ finish: Finish }),
    z.strictObject({
      fail: z.strictObject({ status: status.describe("The model provider's HTTP status."), message: z.string() }),
    }),
  ],
  { error: 'expected one of text, pause, hang, call, usage, finish, fail, each with what belongs to it' },
);

/** What is said, in this order; all of it may be left out. */
const Answer = z.strictObject({
  delay: Duration.exactOptional().describe('Milliseconds before the first word.'),
  text: z
    .union([z.string(), z.array(z.string())])
    .exactOptional()
    .describe('Word by word, or as the deltas that are given.'),
  events: z.array(ReplyEvent).exactOptional(),
  toolCalls: z.array(ToolCall).exactOptional().describe('Made when the call offers tools.'),
  usage: Usage.exactOptional().describe('Default: words are counted.'),
  finish: Finish.exactOptional().describe('Default: tool_calls after a tool call, else stop.'),
  pace: Pace.exactOptional(),
  fault: Fault.exactOptional(),
});

const Step = z.union([status.describe('An HTTP status.'), z.string().describe('A text.'), Answer], {
  error: 'expected a status from 400 to 599, a text, or an answer',
});

export const Reply = Answer.extend({
  $schema: z.string().exactOptional(),
  about: z.string().exactOptional().describe('What this reply is for.'),
  match: Match.exactOptional().describe('Which calls it answers unasked. Default: only those that say `play:<name>`.'),
  sequence: z
    .array(Step)
    .min(1)
    .exactOptional()
    .describe('One for each call, the last one for all that follow. What a step leaves out is the reply’s own.'),
  once: z.boolean().exactOptional().describe('It matches no more after one call, or after its whole sequence.'),
  perSession: z.boolean().exactOptional().describe('`sequence` and `once` count for each session by itself.'),
}).meta({ title: 'Reply', description: 'A run that is known beforehand, and which calls it answers.' });

/** One thing that a reply does; see the schema for units and defaults. */
export type ReplyEvent = z.infer<typeof ReplyEvent>;
export type Answer = z.infer<typeof Answer>;
export type ToolCall = z.infer<typeof ToolCall>;

/** One file of `fixtures/replies`. */
export type Reply = z.infer<typeof Reply>;

/** What is wrong with a reply, and where. */
export interface Wrong {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A reply from what its file says, or what is wrong with it. */
export function readReply(json: unknown): { readonly reply: Reply } | { readonly wrong: Wrong } {
  const read = Reply.safeParse(json);
  return read.success ? { reply: read.data } : { wrong: wrongIn(read.error.issues) };
}

/** The first issue; of alternatives, what is wrong with the one that is nearest to what was given. */
function wrongIn(issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[] = []): Wrong {
  const issue = issues[0];
  const path = [...above, ...(issue?.path ?? [])];
  if (issue?.code === 'invalid_union') {
    const near = issue.errors.filter(([first]) => first !== undefined && first.path.length > 0);
    if (near.length === 1) return wrongIn(near[0] ?? [], path);
  }
  if (issue?.code === 'unrecognized_keys') path.push(issue.keys[0] ?? '');
  const message = (issue?.message ?? 'unknown').replace(/^Invalid (?:input|option): /, '');
  return { path, message: message.replace(/^[A-Z]/, (letter) => letter.toLowerCase()) };
}

/** Whether one of its answers needs its fault known before the headers. */
export function mayFault({ fault, sequence = [] }: Reply): boolean {
  return fault !== undefined || sequence.some((step) => typeof step === 'number' || mayFaultIn(step));
}

function mayFaultIn(step: Answer | string): boolean {
  return typeof step !== 'string' && step.fault !== undefined;
}

/** The answer to a reply's how many-th call, from 0 on. */
export function answerOf(whole: Reply, at: number): Answer {
  if (whole.sequence === undefined) return whole;
  const { sequence, ...reply } = whole;
  const step = sequence[Math.min(at, sequence.length - 1)];
  if (step === undefined) return reply;
  if (typeof step === 'number') return { ...reply, fault: { status: step } };
  return typeof step === 'string' ? { ...reply, text: step } : { ...reply, ...step };
}
