/**
 * The shape of a completion and of a chunk, tied to the official SDK's types: when an SDK adds a key, this file fails to
 * compile. Unknown fields are lawful, and so is omitting what only some models have.
 */
import type OpenAI from 'openai';
import { z } from 'zod';
import { Violation, shown } from '../dial/expectation.ts';

const text = z.string();
const number = z.number();

/**
 * A schema for exactly the keys of the SDK's type; other fields are lawful. `exactOptional` marks a key that may be
 * missing on the wire: the SDK requires some keys that only some models have.
 */
function shape<T extends object>(keys: { [K in keyof T]-?: z.ZodType<T[K]> }): z.ZodType<T> {
  return z.looseObject(keys) as unknown as z.ZodType<T>;
}

/**
 * A key that may be missing or null: vLLM, OpenRouter and xAI send null for what they do not have, OpenAI has sent
 * `system_fingerprint: null`, and the SDK reads it as missing.
 */
const absent = <T>(schema: z.ZodType<T>): z.ZodType<T> => schema.nullable().exactOptional() as unknown as z.ZodType<T>;

/** Every finish reason of the SDK's types. */
export const FINISH_REASONS: readonly string[] = ['stop', 'length', 'tool_calls', 'content_filter', 'function_call'];
const FinishReason = z.enum(FINISH_REASONS as ['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);
/** Providers have tiers of their own. */
const ServiceTier = absent(text) as unknown as z.ZodType<NonNullable<OpenAI.ChatCompletion['service_tier']>>;

export const Usage = shape<OpenAI.CompletionUsage>({
  completion_tokens: number,
  prompt_tokens: number,
  total_tokens: number,
  completion_tokens_details: absent(
    shape<OpenAI.CompletionUsage.CompletionTokensDetails>({
      accepted_prediction_tokens: absent(number),
      audio_tokens: absent(number),
      reasoning_tokens: absent(number),
      rejected_prediction_tokens: absent(number),
      text_tokens: absent(number),
    }),
  ),
  prompt_tokens_details: absent(
    shape<OpenAI.CompletionUsage.PromptTokensDetails>({
      audio_tokens: absent(number),
      cache_write_tokens: absent(number),
      cached_tokens: absent(number),
      image_tokens: absent(number),
      text_tokens: absent(number),
    }),
  ),
});

const likelihood = { token: text, bytes: z.array(number).nullable(), logprob: number };
const Likelihoods = z.array(
  shape<OpenAI.ChatCompletionTokenLogprob>({
    ...likelihood,
    top_logprobs: z.array(shape<OpenAI.ChatCompletionTokenLogprob.TopLogprob>(likelihood)),
  }),
);
export const Logprobs = shape<OpenAI.ChatCompletion.Choice.Logprobs>({
  content: Likelihoods.nullable(),
  refusal: Likelihoods.nullable(),
});

const Moderated = z.union([
  shape<OpenAI.ChatCompletion.Moderation.ModerationResults>({
    model: text,
    results: z.array(
      shape<OpenAI.ChatCompletion.Moderation.ModerationResults.Result>({
        categories: z.record(text, z.boolean()),
        category_applied_input_types: z.record(text, z.array(z.enum(['text', 'image']))),
        category_scores: z.record(text, number),
        flagged: z.boolean(),
        model: text,
        type: z.literal('moderation_result'),
      }),
    ),
    type: z.literal('moderation_results'),
  }),
  shape<OpenAI.ChatCompletion.Moderation.Error>({ code: text, message: text, type: z.literal('error') }),
]);
export const Moderation = shape<OpenAI.ChatCompletion.Moderation>({ input: Moderated, output: Moderated });

export const ToolCall = z.union([
  shape<OpenAI.ChatCompletionMessageFunctionToolCall>({
    id: text,
    function: shape<OpenAI.ChatCompletionMessageFunctionToolCall.Function>({ arguments: text, name: text }),
    type: z.literal('function'),
  }),
  shape<OpenAI.ChatCompletionMessageCustomToolCall>({
    id: text,
    custom: shape<OpenAI.ChatCompletionMessageCustomToolCall.Custom>({ input: text, name: text }),
    type: z.literal('custom'),
  }),
]);

const Annotation = shape<OpenAI.ChatCompletionMessage.Annotation>({
  type: z.literal('url_citation'),
  url_citation: shape<OpenAI.ChatCompletionMessage.Annotation.URLCitation>({
    end_index: number,
    start_index: number,
    title: text,
    url: text,
  }),
});

export const Message = shape<OpenAI.ChatCompletionMessage>({
  content: text.nullable(),
  refusal: text.nullable().exactOptional(),
  role: z.literal('assistant'),
  annotations: absent(z.array(Annotation)),
  audio: shape<OpenAI.ChatCompletionAudio>({ id: text, data: text, expires_at: number, transcript: text })
    .nullable()
    .exactOptional(),
  function_call: shape<OpenAI.ChatCompletionMessage.FunctionCall>({ arguments: text, name: text })
    .nullable()
    .exactOptional(),
  tool_calls: absent(z.array(ToolCall)),
});

/** A non-streaming completion. */
export const ChatCompletion = shape<OpenAI.ChatCompletion>({
  id: text,
  choices: z.array(
    shape<OpenAI.ChatCompletion.Choice>({
      finish_reason: FinishReason,
      index: number,
      logprobs: Logprobs.nullable().exactOptional(),
      message: Message,
    }),
  ),
  created: number,
  model: text,
  object: z.literal('chat.completion'),
  metadata: z.record(text, text).nullable().exactOptional(),
  moderation: Moderation.nullable().exactOptional(),
  service_tier: ServiceTier,
  system_fingerprint: absent(text),
  usage: Usage.exactOptional(),
});

export const ToolCallPiece = shape<OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall>({
  index: number,
  id: text.exactOptional(),
  custom: shape<OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall.Custom>({
    input: text.exactOptional(),
    name: text.exactOptional(),
  }).exactOptional(),
  function: shape<OpenAI.ChatCompletionChunk.Choice.Delta.ToolCall.Function>({
    arguments: text.exactOptional(),
    name: text.exactOptional(),
  }).exactOptional(),
  type: z.enum(['function', 'custom']).exactOptional(),
});

export const Delta = shape<OpenAI.ChatCompletionChunk.Choice.Delta>({
  audio: absent(
    shape<OpenAI.ChatCompletionChunk.Choice.Delta.Audio>({
      id: text.exactOptional(),
      data: text.exactOptional(),
      expires_at: number.exactOptional(),
      transcript: text.exactOptional(),
    }),
  ),
  content: text.nullable().exactOptional(),
  function_call: absent(
    shape<OpenAI.ChatCompletionChunk.Choice.Delta.FunctionCall>({
      arguments: text.exactOptional(),
      name: text.exactOptional(),
    }),
  ),
  refusal: text.nullable().exactOptional(),
  role: absent(z.enum(['developer', 'system', 'user', 'assistant', 'tool'])),
  tool_calls: absent(z.array(ToolCallPiece)),
});

/** One chunk of a stream. */
export const ChatCompletionChunk = shape<OpenAI.ChatCompletionChunk>({
  id: text,
  choices: z.array(
    shape<OpenAI.ChatCompletionChunk.Choice>({
      delta: Delta,
      index: number,
      // Its presence is a separate requirement.
      finish_reason: FinishReason.nullable().exactOptional(),
      logprobs: Logprobs.nullable().exactOptional(),
    }),
  ),
  created: number,
  model: text,
  object: z.literal('chat.completion.chunk'),
  moderation: Moderation.nullable().exactOptional(),
  obfuscation: absent(text),
  service_tier: ServiceTier,
  system_fingerprint: absent(text),
  usage: Usage.nullable().exactOptional(),
});

/** @throws {Violation} that names the first field which differs from the SDK's types. */
export function expectShape(schema: z.ZodType, value: unknown, what: string): void {
  const issue = schema.safeParse(value).error?.issues[0];
  if (!issue) return;
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const got = issue.path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    value,
  );
  throw new Violation(`${what}${path} to be ${wanted(issue)}`, shown(got));
}

function wanted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `of type ${issue.expected}`;
  if (issue.code === 'invalid_value') return issue.values.map((value) => shown(value)).join(' or ');
  return `as the SDK's types have it (${issue.message})`;
}
