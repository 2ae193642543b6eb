/** What a client receives, as an edition sends it. Unknown fields are lawful in all of it. */
import { z } from 'zod';
import type { Behaviour } from '../../../reference/editions/editions.ts';
import * as shapes from '../../vocabulary/shapes.ts';

const text = z.string();
const number = z.number();

const ErrorBody = z
  .looseObject({
    ok: z.literal(false).exactOptional().describe('With `forbidden` alone.'),
    error: z.looseObject({ message: text, type: text.describe('Such as `invalid_request_error` or `unauthorized`.') }),
  })
  .describe('Also the data of an event of a stream whose run failed.');

const Model = z.looseObject({
  id: text.describe('`openclaw`, `openclaw/default`, or `openclaw/<agent>`.'),
  object: z.literal('model'),
  created: number,
  owned_by: text,
  permission: z.array(z.unknown()).exactOptional(),
});

const Embedding = z.looseObject({
  object: z.literal('embedding'),
  index: z.int().min(0),
  embedding: z
    .union([z.array(number), text])
    .describe('Numbers; with `encoding_format: "base64"` 32-bit floats, little-endian, in base64.'),
});

const COMPLETION: Readonly<Record<string, z.ZodType>> = {
  ChatCompletion: shapes.ChatCompletion,
  ChatCompletionChunk: shapes.ChatCompletionChunk,
  AssistantMessage: shapes.Message,
  Delta: shapes.Delta,
  ToolCall: shapes.ToolCall,
  ToolCallPiece: shapes.ToolCallPiece,
  Usage: shapes.Usage,
  Logprobs: shapes.Logprobs,
  Moderation: shapes.Moderation,
  Error: ErrorBody,
};

const MODELS: Readonly<Record<string, z.ZodType>> = {
  Model,
  ModelList: z.looseObject({ object: z.literal('list'), data: z.array(Model) }),
  Embedding,
  EmbeddingList: z.looseObject({
    object: z.literal('list'),
    data: z.array(Embedding).describe('In the order of `input`.'),
    model: text,
    usage: z.looseObject({ prompt_tokens: number, total_tokens: number }),
  }),
};

const DETAILS = 'For a client of the same machine, or with a credential.';
const PROBES: Readonly<Record<string, z.ZodType>> = {
  Liveness: z.looseObject({ ok: z.boolean(), status: z.literal('live') }),
  Readiness: z.looseObject({
    ready: z.boolean(),
    failing: z.array(text).exactOptional().describe(DETAILS),
    uptimeMs: number.exactOptional().describe(DETAILS),
  }),
};

const STARTUP: Readonly<Record<string, z.ZodType>> = {
  Startup: z.looseObject({
    ok: z.boolean(),
    status: text,
    version: text.exactOptional().describe(DETAILS),
    uptimeMs: number.exactOptional().describe(DETAILS),
  }),
};

/** By the name of the component. */
export function answers(traits: Behaviour): Readonly<Record<string, z.ZodType>> {
  return {
    ...COMPLETION,
    ...(traits.models && MODELS),
    ...(traits.probes && PROBES),
    ...(traits.startupProbes && STARTUP),
  };
}
