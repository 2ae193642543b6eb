/**
 * A reply: a run that is known beforehand, and which calls it answers. `fixtures/schemas/reply.schema.json` tells the
 * same to editors, and to authors in other languages.
 */

import { z } from 'zod';
import { Duration } from '../duration.ts';
import { Fault } from '../fault.ts';
import { Match } from '../match.ts';
import { meantBy, strict } from '../strict.ts';
import { Pace } from './pace.ts';

/** How deep a reply is at most: arguments of a tool call may be any JSON. */
const LEVELS = 100;

/** How many pieces an answer is said in at most, and how many characters they have together, templates not counted. */
const PIECES = 1_000_000;
const CHARACTERS = 64 * 1024 * 1024;

const count = z.int().nonnegative();
const status = z.int().min(400).max(599);

const ToolCall = strict({
  name: z.string().min(1),
  arguments: z
    .union([z.record(z.string(), z.unknown()), z.string()], { error: 'expected an object, or a text' })
    .exactOptional()
    .describe('An object, or text that need not be JSON. Default: {}.'),
  id: z.string().min(1).exactOptional().describe('Default: one of its own for every call.'),
});

const Usage = strict({
  input: count.describe('Tokens read, cached ones included.'),
  output: count,
  cached: count.exactOptional().describe('How many of `input` came from a cache.'),
});

const Finish = z.enum(['stop', 'length', 'tool_calls']);

const KINDS = ['text', 'pause', 'hang', 'call', 'usage', 'finish', 'fail'];

const ReplyEvent = z.union(
  [
    strict({
      text: z.string().describe('The next piece of the answer.'),
      times: z
        .int()
        .positive()
        .max(PIECES)
        .exactOptional()
        .describe('The piece is said so often, each a delta of its own; `{n}` in it becomes 1, 2, 3 … Default: 1.'),
      cuts: z
        .array(z.int().positive())
        .exactOptional()
        .describe(
          'Offsets in UTF-16 code units, rising, at which the piece is cut into deltas; a cut may go through a surrogate pair.',
        ),
    }),
    strict({ pause: Duration.describe('Silence, in milliseconds.') }),
    strict({ hang: z.literal(true).describe('Silence until the client leaves.') }),
    strict({ call: ToolCall.describe('A tool call; no text comes after it.') }),
    strict({ usage: Usage }),
    strict({ finish: Finish }),
    strict({
      fail: strict({ status: status.describe("The model provider's HTTP status."), message: z.string() }),
    }),
  ],
  {
    error: ({ input }) => {
      const keys = typeof input === 'object' && input !== null ? Object.keys(input) : [];
      const meant = keys.some((key) => KINDS.includes(key)) ? '' : meantBy(keys[0] ?? '', KINDS);
      return `expected one of ${KINDS.join(', ')}, each with what belongs to it${meant}`;
    },
  },
);

/** What is said, in this order; all of it may be left out. */
const ScriptedAnswer = strict({
  delay: Duration.exactOptional().describe('Milliseconds before the first word.'),
  text: z
    .union([z.string(), z.array(z.string())], { error: 'expected a text, or an array of texts' })
    .exactOptional()
    .describe('Word by word, or as the deltas that are given.'),
  events: z.array(ReplyEvent).exactOptional(),
  toolCalls: z.array(ToolCall).exactOptional().describe('Made when the call offers tools.'),
  usage: Usage.exactOptional().describe('Default: words are counted.'),
  finish: Finish.exactOptional().describe('Default: tool_calls after a tool call, else stop.'),
  pace: Pace.exactOptional(),
  fault: Fault.exactOptional(),
});

const Step = z.union([status.describe('An HTTP status.'), z.string().describe('A text.'), ScriptedAnswer], {
  error: 'expected a status from 400 to 599, a text, or an answer',
});

/** A reply, as its schema: `fixtures/schemas/reply.schema.json` is made of it. */
export const Reply = strict({
  ...ScriptedAnswer.shape,
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
/** What one call of a reply is answered; a step of its sequence has the same form. */
export type ScriptedAnswer = z.infer<typeof ScriptedAnswer>;
/** A call of a function that the agent asks its client for. */
export type ToolCall = z.infer<typeof ToolCall>;

/** One file of `fixtures/replies`. */
export type Reply = z.infer<typeof Reply>;

/** What is wrong with a reply, and where. */
export interface Wrong {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A reply from what its file says, or all that is wrong with it. */
export function readReply(json: unknown): { readonly reply: Reply } | { readonly wrong: readonly Wrong[] } {
  // Asked first, since the others go into it by calling themselves.
  if (isDeeper(json, LEVELS)) return { wrong: [{ path: [], message: `expected at most ${LEVELS} levels, got more` }] };
  const read = Reply.safeParse(json);
  if (!read.success) return { wrong: read.error.issues.map((issue) => wrongIn(issue)) };
  const wrong = [...tooLong(read.data)];
  return wrong.length > 0 ? { wrong } : { reply: read.data };
}

/** Whether a JSON value has more levels than that. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

/** What has a bound of its own has it with others too: `times` of one event, and the events of one answer. */
function* tooLong(reply: Reply): Generator<Wrong> {
  const steps = (reply.sequence ?? []).map((step, at) => [['sequence', at], step] as const);
  for (const [path, answer] of [[[], reply] as const, ...steps]) {
    if (typeof answer !== 'object') continue;
    const [pieces, characters] = sizeOf(answer);
    if (pieces > PIECES) yield { path, message: `expected an answer of at most ${PIECES} pieces, got ${pieces}` };
    else if (characters > CHARACTERS) {
      yield { path, message: `expected an answer of at most ${CHARACTERS} characters, got ${characters}` };
    }
  }
}

function sizeOf({ text = [], events = [] }: ScriptedAnswer): readonly [pieces: number, characters: number] {
  const said = typeof text === 'string' ? [text] : text;
  const repeated = events.map((event) => {
    if (!('text' in event)) return [1, 0] as const;
    const { text: piece, times = 1, cuts = [] } = event;
    return [times * (cuts.length + 1), times * piece.length] as const;
  });
  return [
    repeated.reduce((sum, [pieces]) => sum + pieces, said.length),
    repeated.reduce(
      (sum, [, characters]) => sum + characters,
      said.reduce((sum, piece) => sum + piece.length, 0),
    ),
  ];
}

/** What an issue says; of alternatives, what is wrong with the one that is nearest to what was given. */
function wrongIn(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): Wrong {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const near = issue.errors.flatMap(([first]) =>
      first !== undefined && (first.path.length > 0 || first.code === 'unrecognized_keys') ? [first] : [],
    );
    if (near.length === 1 && near[0] !== undefined) return wrongIn(near[0], path);
  }
  if (issue.code === 'unrecognized_keys') path.push(issue.keys[0] ?? '');
  const message = issue.message.replace(/^Invalid (?:input|option): /, '');
  return { path, message: message.replace(/^[A-Z]/, (letter) => letter.toLowerCase()) };
}

/** Whether one of its answers needs its fault known before the headers. */
export function mayFault({ fault, sequence = [] }: Reply): boolean {
  return fault !== undefined || sequence.some((step) => typeof step === 'number' || mayFaultIn(step));
}

function mayFaultIn(step: ScriptedAnswer | string): boolean {
  return typeof step !== 'string' && step.fault !== undefined;
}

/** The answer to a reply's how many-th call, from 0 on. */
export function answerOf(whole: Reply, at: number): ScriptedAnswer {
  if (whole.sequence === undefined) return whole;
  const { sequence, ...reply } = whole;
  const step = sequence[Math.min(at, sequence.length - 1)];
  if (step === undefined) return reply;
  if (typeof step === 'number') return { ...reply, fault: { status: step } };
  return typeof step === 'string' ? { ...reply, text: step } : { ...reply, ...step };
}
