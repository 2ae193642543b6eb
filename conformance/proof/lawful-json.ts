/** Lawful variants of what JSON says and of how it is written: fields, order, blanks, escapes, deltas, errors. */

import type { Liar, Mutant } from '../dial/mutant.ts';
import * as lie from '../vocabulary/liars.ts';
import type { Json } from '../vocabulary/liars.ts';
import { DONE } from '../wire/frames.ts';

/** Edits the choices of a completion, and of every chunk. */
const choices = (edit: (choice: Json) => Json): Liar =>
  both((body) => (body.choices ? { ...body, choices: body.choices.map(edit) } : body));
/** Edits a completion, and every chunk. */
const both = (edit: (body: Json) => Json): Liar =>
  then(
    lie.completion(edit),
    lie.chunks((chunk) => (chunk.error ? chunk : edit(chunk))),
  );
/** The first liar behind the second. */
const then =
  (first: Liar, second: Liar): Liar =>
  (request, faithful) =>
    second(request, (passed) => first(passed, faithful));

/** Edits the error object of refusals and of streams. */
const errors = (edit: (error: Json) => Json): Liar =>
  then(
    lie.onRefusal((body) => ({ ...body, error: edit(body.error) })),
    lie.chunks((chunk) => (chunk.error ? { ...chunk, error: edit(chunk.error) } : chunk)),
  );

/** Scripted replies whose point is their timing. */
const SLOW = /play:(?:spoken|slow-start|drawl|falter|ponder|monologue|long)/;

const content = (chunk: Json): string => chunk.choices[0].delta.content as string;
/** The chunk with another text. */
const saying = (chunk: Json, text: string): Json => ({
  ...chunk,
  choices: [{ ...chunk.choices[0], delta: { ...chunk.choices[0].delta, content: text } }],
});

/** Gathers the text of an answer without pauses into one delta, before its calls, its finish or its error. */
const inOneDelta: Liar = lie.replies(async (response, request) => {
  const asked = await request.clone().text();
  if (!lie.isStream(response) || SLOW.test(asked)) return response;
  let text = '';
  let last: Json;
  return lie.chunks((chunk) => {
    if (lie.saysText(chunk)) {
      text += content(chunk);
      last = chunk;
      return [];
    }
    const calls = chunk.choices?.[0]?.delta?.tool_calls !== undefined;
    const told = last && (chunk.error || calls || lie.finishes(chunk)) ? [saying(last, text), chunk] : [chunk];
    if (told.length > 1) last = undefined;
    return told;
  })(request, async () => response);
});
/** A chunk with an empty delta, of the same stream. */
const blank = (chunk: Json): Json => ({ ...chunk, choices: [{ index: 0, delta: {}, finish_reason: null }] });

/** Fields that are not known or empty, in any order and writing. */
export const LAWFUL_FIELDS: Readonly<Record<string, Mutant>> = {
  'unknown fields in answers': both((body) => ({ ...body, x_run: { id: 'run_1', steps: [] }, obfuscation: 'abc' })),
  'unknown fields in choices': choices((choice) => ({ ...choice, x_score: 0.5 })),
  'JSON with blanks': then(
    spaced(),
    lie.frames((data) => [data === DONE ? data : data.replace(/^\{/, '{ ')]),
  ),
  'JSON in another order': both((body) => Object.fromEntries(Object.entries(body as object).toReversed())),
  'JSON in ASCII': lie.replies((response, request) => ascii(response, request)),
  'logprobs of null': choices((choice) => ({ ...choice, logprobs: null })),
  'a refusal of null': choices((choice) =>
    choice.message ? { ...choice, message: { ...choice.message, refusal: null } } : choice,
  ),
  'annotations of none': choices((choice) =>
    choice.message ? { ...choice, message: { ...choice.message, annotations: [] } } : choice,
  ),
  // https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/protocol.py writes every optional field.
  'null for every optional field that it does not have': both((body) => ({
    ...body,
    service_tier: null,
    system_fingerprint: null,
    choices: body.choices?.map((each: Json) => ({
      ...each,
      logprobs: null,
      ...(each.message && {
        message: {
          refusal: null,
          annotations: null,
          audio: null,
          function_call: null,
          tool_calls: null,
          ...each.message,
        },
      }),
      ...(each.delta && { delta: { role: null, tool_calls: null, function_call: null, ...each.delta } }),
    })),
    ...(body.usage && {
      usage: { prompt_tokens_details: null, completion_tokens_details: null, ...body.usage },
    }),
  })),
  'a tier of its own': both((body) => ({ ...body, service_tier: 'on_demand' })),
};

/** Values of fields that are known, deltas that are cut otherwise, and errors. */
export const LAWFUL_VALUES: Readonly<Record<string, Mutant>> = {
  'a system fingerprint': both((body) => ({ ...body, system_fingerprint: 'fp_44709d6fcb' })),
  'a service tier': both((body) => ({ ...body, service_tier: 'default' })),
  'details of the usage': lie.completion((body) => ({
    ...body,
    usage: { ...body.usage, completion_tokens_details: { reasoning_tokens: 0 } },
  })),
  'usage of null on other chunks, when it is asked for': async (request, faithful) => {
    const asks = (await request.clone().text()).includes('"include_usage":true');
    const liar = lie.chunks((chunk) => (asks && !chunk.usage && !chunk.error ? { ...chunk, usage: null } : chunk));
    return liar(request, faithful);
  },
  'a role chunk with empty content': lie.chunks((chunk) =>
    chunk.choices?.[0]?.delta?.role && !lie.saysText(chunk) ? saying(chunk, '') : chunk,
  ),
  'the first word in the role chunk': async (request, faithful) => {
    if (SLOW.test(await request.clone().text())) return faithful(request);
    let role: Json;
    const liar = lie.chunks((chunk) => {
      const [held] = [role];
      role = held === undefined && chunk.choices?.[0]?.delta?.role ? chunk : null;
      if (role) return [];
      if (!held) return chunk;
      return lie.saysText(chunk) ? saying(held, content(chunk)) : [held, chunk];
    });
    return liar(request, faithful);
  },
  'an empty delta in the middle': lie.chunks((chunk, index) =>
    index === 2 && !chunk.error ? [blank(chunk), chunk] : chunk,
  ),
  'empty text in the middle': lie.chunks((chunk, index) =>
    index === 2 && !chunk.error ? [saying(blank(chunk), ''), chunk] : chunk,
  ),
  'one delta for the whole answer': inOneDelta,
  // Of long answers not all: each delta has a head of 200 bytes.
  'a delta for each character': lie.chunks((chunk, index) =>
    index < 200 && lie.saysText(chunk) && content(chunk).length < 500 && content(chunk)
      ? Array.from(content(chunk), (character) => saying(chunk, character))
      : chunk,
  ),
  'errors with param and code': errors((error) => ({ ...error, param: null, code: error.code ?? 'odd' })),
  'errors in other words': errors((error) => ({ ...error, message: `${error.message} See https://docs.openclaw.ai.` })),
  'errors with a request id': errors((error) => ({ ...error, request_id: 'req_1' })),
  'ids of another form': both((body) =>
    body.choices ? { ...body, id: `run:${String(body.id).replace(/\W|_/g, '')}` } : body,
  ),
  'a clock that is a minute ahead': both((body) => ({ ...body, created: body.created + 60 })),
  // RFC 8259, section 7: any character may be escaped. Go's encoding/json escapes these, PHP's json_encode slashes.
  'JSON as Go writes it': rewritten((json) =>
    json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026'),
  ),
  'JSON as PHP writes it': rewritten((json) => json.replaceAll('/', '\\/')),
  'names in JSON with escapes': rewritten((json) => json.replaceAll('"content":', '"\\u0063ontent":')),
  // RFC 8259, section 2.
  'JSON with tabs and CRLF': rewritten((json, isWhole) =>
    isWhole && json !== '' ? JSON.stringify(JSON.parse(json), null, '\t').replaceAll('\n', '\r\n') : json,
  ),
  // https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter
  "Azure's results of filters": both((body) => ({
    ...body,
    ...(body.object === 'chat.completion' && {
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
    }),
    choices: body.choices?.map((each: Json) => ({
      ...each,
      content_filter_results: { hate: { filtered: false, severity: 'safe' } },
    })),
  })),
  "Azure's errors within errors": errors((error) => ({
    ...error,
    param: 'messages',
    innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: {} },
  })),
  // https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/protocol.py
  "vLLM's fields of its own": both((body) => ({
    ...body,
    prompt_logprobs: null,
    kv_transfer_params: null,
    choices: body.choices?.map((each: Json) => ({ ...each, stop_reason: null, token_ids: null })),
  })),
  "vLLM's errors, with a number for their code": lie.onRefusal((body) => ({
    object: 'error',
    ...body,
    error: { ...body.error, param: null, code: 400 },
  })),
  // https://api-docs.deepseek.com/api/create-chat-completion, https://openrouter.ai/docs/api-reference/overview
  'reasoning of null': choices((choice) => ({
    ...choice,
    ...(choice.message && { message: { ...choice.message, reasoning_content: null, reasoning: null } }),
    ...(choice.delta && { delta: { ...choice.delta, reasoning_content: null, reasoning: null } }),
  })),
  "a provider's name and another reason beside the finish": both((body) => ({
    ...body,
    provider: 'Kit',
    choices: body.choices?.map((each: Json) => ({ ...each, native_finish_reason: 'end_turn' })),
  })),
  // https://platform.openai.com/docs/api-reference/chat-streaming/streaming
  'details of the usage of a stream': lie.chunks((chunk) =>
    chunk.usage
      ? {
          ...chunk,
          usage: { completion_tokens_details: { accepted_prediction_tokens: 0, audio_tokens: 0 }, ...chunk.usage },
        }
      : chunk,
  ),
  'a refusal of null in deltas': choices((choice) =>
    choice.delta ? { ...choice, delta: { ...choice.delta, refusal: null } } : choice,
  ),
  'obfuscation of any length': lie.chunks((chunk, index) =>
    chunk.error ? chunk : { ...chunk, obfuscation: 'x'.repeat(index % 16) },
  ),
  'metadata of an answer': lie.completion((body) => ({ ...body, metadata: {}, request_id: 'req_1' })),
  'an empty delta behind each one': lie.chunks((chunk) => (lie.saysText(chunk) ? [chunk, blank(chunk)] : chunk)),
};

/** Rewrites the text of all JSON; `isWhole` where it is no event of a stream. */
function rewritten(write: (json: string, isWhole: boolean) => string): Liar {
  return then(
    lie.replies(async (response) => {
      if (!/json/.test(response.headers.get('content-type') ?? '')) return response;
      const headers = new Headers(response.headers);
      headers.delete('content-length');
      return new Response(write(await response.text(), true), { status: response.status, headers });
    }),
    lie.frames((data) => [data === DONE ? data : write(data, false)]),
  );
}

/** JSON with indentation. */
function spaced(): Liar {
  return lie.replies(async (response) => {
    if (!/json/.test(response.headers.get('content-type') ?? '')) return response;
    const headers = new Headers(response.headers);
    headers.delete('content-length');
    const text = await response.text();
    // To HEAD there is none.
    const spacious = text === '' ? null : `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
    return new Response(spacious, { status: response.status, headers });
  });
}

/** Escapes all characters that are not ASCII, as JSON allows (RFC 8259, section 7). */
async function ascii(response: Response, request: Request): Promise<Response> {
  const escaped = (text: string): string =>
    text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (lie.isStream(response)) return lie.frames((data) => [escaped(data)])(request, async () => response);
  if (!/json/.test(response.headers.get('content-type') ?? '')) return response;
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  return new Response(escaped(await response.text()), { status: response.status, headers });
}
