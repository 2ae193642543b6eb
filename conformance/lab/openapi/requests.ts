/**
 * What a client may send, as an edition reads it. The types are those of OpenAI's API in every edition: early ones also read
 * values of other types. Fields that an edition ignores are left out.
 */
import { z } from 'zod';
import { MOST } from '../../../reference/call/embedding.ts';
import { MAX_BYTES, MAX_IMAGES } from '../../../reference/call/images.ts';
import { FORMATS, MAX_STOPS, RANGES } from '../../../reference/call/sampling.ts';
import type { Behaviour } from '../../../reference/editions/editions.ts';

const text = z.string();
const MiB = 1024 * 1024;
const notBlank = text.regex(/\S/);
const positive = z.int().min(1).nullish();

const TextPart = z
  .looseObject({ type: z.enum(['text', 'input_text']), text })
  .describe('The texts of a message are joined by line ends.');

const ImagePart = z
  .looseObject({ type: z.literal('image_url'), image_url: z.union([z.looseObject({ url: text }), text]) })
  .describe(
    'An image of the newest user message, as a data URL in base64 of image/jpeg, image/png, image/gif, image/webp, ' +
      `image/heic or image/heif. At most ${MAX_IMAGES} images of ${MAX_BYTES / MiB} MiB each. Links are refused with 400: ` +
      'the gateway fetches nothing. Images of earlier turns are ignored.',
  );

const FunctionTool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: notBlank,
    description: text.optional(),
    parameters: z.record(text, z.unknown()).optional().describe('A JSON Schema.'),
  }),
});

function messages(traits: Behaviour): z.ZodType {
  const parts = traits.images === 'dropped' ? TextPart : z.union([TextPart, ImagePart]);
  const words = z.union([text, z.array(TextPart)]);
  const calls = z.array(
    z.looseObject({
      id: text,
      type: z.literal('function'),
      function: z.looseObject({ name: text, arguments: text }),
    }),
  );
  return z
    .discriminatedUnion('role', [
      z.looseObject({ role: z.enum(['system', 'developer']), content: words }).describe('Instructions for this call.'),
      z.looseObject({ role: z.literal('user'), content: z.union([text, z.array(parts)]) }),
      z.looseObject({
        role: z.literal('assistant'),
        content: words.nullish(),
        ...(traits.toolTurns !== 'by name' && { tool_calls: calls.nullish() }),
      }),
      z
        .looseObject({
          role: z.enum(['tool', 'function']),
          content: words,
          ...(traits.toolTurns !== 'by name' && { tool_call_id: text.optional() }),
          name: text.optional(),
        })
        .describe('The result of a function.'),
    ])
    .describe('Roles are in lower case. A message of another role is ignored.');
}

function model({ foreignModel, defaultAlias, unknownAgent }: Behaviour): z.ZodType {
  const named = defaultAlias ? '`openclaw` or `openclaw/default`' : '`openclaw`';
  const foreign = foreignModel === 'refused' ? 'is refused with 400' : 'is answered by the agent `main`';
  const unknown =
    unknownAgent === 'refused' ? 'is refused with 400' : 'is answered as by an agent with the default settings';
  return text
    .default('openclaw')
    .describe(
      `Names an agent, in any letter case: ${named} the default agent; \`openclaw/<agent>\`, \`openclaw:<agent>\` and ` +
        `\`agent:<agent>\` another one. Any other model ${foreign}. An agent that is not configured ${unknown}. The answer ` +
        'repeats the model as it was sent.',
    );
}

function sampling({ tuning }: Behaviour): Record<string, z.ZodType> {
  if (tuning === 'ignored') return {};
  const ranges = Object.entries(RANGES).map(([name, [least, most]]) => [
    name,
    z.number().min(least).max(most).nullish(),
  ]);
  const stops = z.union([text.min(1), z.array(text.min(1)).max(MAX_STOPS)]).nullish();
  return {
    ...(Object.fromEntries(ranges) as Record<string, z.ZodType>),
    seed: z.int().nullish(),
    response_format: z
      .looseObject({ type: z.enum(FORMATS as readonly string[]), json_schema: z.record(text, z.unknown()).optional() })
      .nullish(),
    max_completion_tokens: positive,
    max_tokens: positive.describe('Counts where `max_completion_tokens` is absent or null.'),
    ...(tuning !== 'judged' && { stop: stops }),
  };
}

function tools({ clientTools, ownTools }: Behaviour): Record<string, z.ZodType> {
  if (clientTools === 'ignored') return {};
  const named = z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: notBlank }) });
  const enforced = z.union([z.enum(['auto', 'none', 'required']), named]).nullish();
  const clash = ownTools === 'clash' ? ', and none that the agent has itself, such as `read` or `exec`' : '';
  return {
    tools: z
      .array(FunctionTool)
      .optional()
      .describe(`Functions of the client, which the agent may call. Names are unique${clash}: else 400.`),
    tool_choice:
      clientTools === 'offered'
        ? z.enum(['auto', 'none']).nullish()
        : enforced.describe(
            '`required` needs a function in `tools`, and a name is of one of them: else 400. When the agent does not make the ' +
              'call that is required, the answer is 502.',
          ),
  };
}

/** The body of `POST /v1/chat/completions`. */
function chatCompletionRequest(traits: Behaviour): z.ZodType {
  const usage = z.looseObject({ include_usage: z.boolean().optional() }).nullish();
  return z
    .looseObject({
      model: model(traits),
      messages: z
        .array(messages(traits))
        .min(1)
        .describe(
          'The last user or tool message is answered; those before it are context, and those after it are ignored. One of them ' +
            'has to have a text' +
            `${traits.images === 'dropped' ? '' : ' or an image'}: else 400.`,
        ),
      stream: z.boolean().nullish().describe('true: the answer is text/event-stream.'),
      user: text.optional().describe('Names a session: see the description of the operation.'),
      ...(traits.usageChunk && {
        stream_options: usage.describe('include_usage: the last chunk of a stream has `usage` and no choices.'),
      }),
      ...sampling(traits),
      ...tools(traits),
    })
    .describe('Unknown fields are ignored.');
}

/** The body of `POST /v1/embeddings`. */
const EmbeddingRequest = z
  .looseObject({
    model: notBlank.describe(
      'Names an agent, as in a chat completion; the embedding model is the one of its configuration.',
    ),
    input: z
      .union([text.min(1).max(MOST.characters), z.array(text.min(1).max(MOST.characters)).min(1).max(MOST.texts)])
      .describe(`Texts, of ${MOST.total} characters in all at most. Tokens are refused with 400.`),
    encoding_format: z.enum(['float', 'base64']).default('float'),
    dimensions: z.int().min(1).optional().describe('The length of each vector.'),
    user: text.optional(),
  })
  .describe('Unknown fields are ignored.');

/** By the name of the component. */
export function requests(traits: Behaviour): Readonly<Record<string, z.ZodType>> {
  return {
    ChatCompletionRequest: chatCompletionRequest(traits),
    TextPart,
    ...(traits.images !== 'dropped' && { ImagePart }),
    ...(traits.clientTools !== 'ignored' && { FunctionTool }),
    ...(traits.models && { EmbeddingRequest }),
  };
}
