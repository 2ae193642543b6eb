/**
 * Reads the body of a chat completion request into instructions and one prompt.
 * Source: https://platform.openai.com/docs/api-reference/chat/create, and the prompts that OpenClaw's agents receive.
 */

import type { Parameters, Turn } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';
import { badField, badImage, wrongType, type Refusal } from '../errors.ts';
import { imagesIn, soundImages } from './images.ts';
import { errorIn, parametersOf } from './sampling.ts';
import { NO_TOOLS, toolsError, toolsOf, type Tools } from './tools.ts';

/** A chat completion request, as far as it is read. */
export interface Call extends Tools {
  /** As sent, unchanged; "openclaw" when there is none. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether a stream ends with a chunk of token counts. */
  readonly includeUsage: boolean;
  /** Trimmed; undefined when absent or blank. */
  readonly user: string | undefined;
  /** System and developer messages, joined by a blank line; '' when there are none. */
  readonly instructions: string;
  /** The text for the agent, earlier turns before the current one; undefined when no message has any text. */
  readonly prompt: string | undefined;
  /** The turn that the agent answers, alone; undefined like `prompt`. */
  readonly message: Turn | undefined;
  /** Undefined when there are none, or the edition forwards none. */
  readonly parameters: Parameters | undefined;
  /** The images of `message`, as data URLs. */
  readonly images: readonly string[];
  /** The 400 to throw once agent and session are known, whose errors come first; undefined when the body is valid. */
  readonly rejection: Refusal | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** One turn of the prompt, from one message of the call. */
interface PromptTurn extends Turn {
  /** "User", "Assistant", "Tool" or "Tool:<call id>". */
  readonly speaker: string;
  /** The URLs of its image parts; undefined for a part without a URL. */
  readonly images?: readonly (string | undefined)[];
}

/** The text of a message that has images and no text. */
const IMAGE_ALONE = 'User sent image(s) with no text.';

/**
 * Reads a parsed body; undefined stands for an empty one.
 *
 * @throws {Refusal} 400 for a field of a wrong type or with an invalid value, as far as the edition validates it.
 * Errors in tools and images are not thrown but given as `rejection`.
 */
export function readCall(body: unknown, traits: Behaviour): Call {
  const fields = isFields(body) ? body : {};
  if (traits.strictTypes) refuseWrongTypes(body, fields);
  const tuning = traits.tuning === 'ignored' ? undefined : VALIDATED[traits.tuning];
  if (tuning !== undefined) refuse(errorIn(fields, tuning));
  const messages = Array.isArray(fields.messages) ? fields.messages.filter(isFields) : [];
  const { model, user, stream_options: streamOptions } = fields;
  const images = traits.images === 'dropped' ? () => [] : imagesIn;
  const turns = messages.flatMap((message) => turnsOf(message, images, traits));
  const at = answered(turns);
  const shown = soundImages(turns[at]?.images ?? NO_IMAGES, traits.images === 'read strictly');
  return {
    model: typeof model === 'string' ? model : 'openclaw',
    stream: Boolean(fields.stream),
    includeUsage: isFields(streamOptions) && streamOptions.include_usage === true,
    user: typeof user === 'string' && user.trim() !== '' ? user.trim() : undefined,
    instructions: instructionsIn(messages),
    prompt: promptFrom(turns, at, traits),
    message: turns[at],
    parameters: tuning && parametersOf(fields, tuning.stops, traits.bareSchema),
    images: shown ?? NO_IMAGES,
    rejection: toolsRejection(fields, traits) ?? (shown === undefined ? badImage() : undefined),
    ...(traits.clientTools === 'ignored' ? NO_TOOLS : toolsOf(fields)),
  };
}

function toolsRejection(fields: Fields, { clientTools }: Behaviour): Refusal | undefined {
  const error = clientTools === 'ignored' ? undefined : toolsError(fields, clientTools === 'enforced');
  return error === undefined ? undefined : badField(error);
}

const NO_IMAGES: readonly string[] = [];

function refuseWrongTypes(body: unknown, fields: Fields): void {
  if (body !== undefined && !isFields(body)) throw wrongType('', 'object', typeName(body));
  for (const key of ['model', 'user']) {
    const value = fields[key];
    if (value !== undefined && typeof value !== 'string') throw wrongType(key, 'string', typeName(value));
  }
  const { stream = null, messages, stream_options: options = null, stop = null, tools } = fields;
  if (stream !== null && typeof stream !== 'boolean') throw wrongType('stream', 'boolean', typeName(stream));
  if (options !== null && !isFields(options)) throw wrongType('stream_options', 'object', typeName(options));
  const { include_usage: asked = false } = options ?? {};
  if (typeof asked !== 'boolean') {
    throw wrongType('stream_options.include_usage', 'boolean', typeName(asked));
  }
  if (messages !== undefined && !Array.isArray(messages)) throw wrongType('messages', 'array', typeName(messages));
  for (const key of NUMBERS) {
    const value = fields[key] ?? null;
    if (value === null || Number.isFinite(value)) continue;
    throw wrongType(key, 'number', typeof value === 'number' ? 'Infinity' : typeName(value));
  }
  for (const key of ['max_completion_tokens', 'max_tokens']) {
    const value = fields[key];
    if (typeof value !== 'number') continue;
    if (!Number.isInteger(value)) throw wrongType(key, 'int', 'number');
    if (value > Number.MAX_SAFE_INTEGER) {
      throw badField(`${key}: Too big: expected int to be <=${Number.MAX_SAFE_INTEGER}`);
    }
    if (value <= 0) throw badField(`${key}: Too small: expected number to be >0`);
  }
  if (tools !== undefined && !Array.isArray(tools)) throw wrongType('tools', 'array', typeName(tools));
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  if (!Array.isArray(stops) || stops.some((one) => typeof one !== 'string')) throw badField('stop: Invalid input');
}

const VALIDATED = {
  judged: { stops: false, tokens: false },
  'with stops': { stops: true, tokens: false },
  'with tokens': { stops: true, tokens: true },
};

function refuse(error: string | undefined): void {
  if (error !== undefined) throw badField(error);
}

const NUMBERS = [
  'temperature',
  'top_p',
  'frequency_penalty',
  'presence_penalty',
  'seed',
  'max_completion_tokens',
  'max_tokens',
] as const;

export function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Whether a value of JSON is an object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function roleOf(message: Fields): string {
  return stringOf(message.role);
}

function instructionsIn(messages: readonly Fields[]): string {
  const instructing = messages.filter((message) => ['system', 'developer'].includes(roleOf(message)));
  return instructing
    .map((message) => textOf(message.content))
    .filter((text) => text !== '')
    .join('\n\n');
}

/** A string, or the text parts of an array, joined by line ends; other parts are dropped. Trimmed. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return wellFormed(content.trim());
  if (!Array.isArray(content)) return '';
  return wellFormed(content.filter(isFields).flatMap(partText).join('\n').trim());
}

/** Removes unpaired surrogates, which no model provider accepts. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '');
}

function partText(part: Fields): string[] {
  const isText = part.type === 'text' || part.type === 'input_text';
  const text = isText && typeof part.text === 'string' ? part.text : part.input_text;
  return typeof text === 'string' ? [text] : [];
}

/** One turn; none for a message without text or images, or with an unknown role. */
function turnsOf(message: Fields, imagesOf: typeof imagesIn, { toolTurns }: Behaviour): PromptTurn[] {
  const text = textOf(message.content);
  switch (roleOf(message)) {
    case 'user': {
      const images = imagesOf(message.content);
      const shown = text === '' && images.some((url) => url !== undefined) ? IMAGE_ALONE : text;
      return shown === '' ? [] : [{ role: 'user', speaker: 'User', text: shown, images }];
    }
    case 'assistant': {
      const calls = toolTurns === 'by name' ? [] : toolCallsOf(message);
      const lines = [text, ...calls].filter((line) => line !== '').join('\n');
      return lines === '' ? [] : [{ role: 'assistant', speaker: 'Assistant', text: lines }];
    }
    case 'tool':
    case 'function': {
      if (text === '' && !(toolTurns === 'by call, always' && isEmptyResult(message))) return [];
      const call = toolTurns === 'by name' ? '' : stringOf(message.tool_call_id);
      const of = call || stringOf(message.name);
      return [{ role: 'tool', speaker: of === '' ? 'Tool' : `Tool:${of}`, text }];
    }
    default:
      return [];
  }
}

/** A function that returns nothing has a result too. `content` may be null only in a message of the role `function`. */
function isEmptyResult(message: Fields): boolean {
  const { content = null } = message;
  return typeof content === 'string' || Array.isArray(content) || (content === null && roleOf(message) === 'function');
}

/** A call without a name is none; arguments that are no text are told as JSON. */
function toolCallsOf(message: Fields): string[] {
  if (!Array.isArray(message.tool_calls)) return [];
  return message.tool_calls.filter(isFields).flatMap((call) => {
    const { name, arguments: given = '' } = isFields(call.function) ? call.function : {};
    if (stringOf(name) === '') return [];
    const text = typeof given === 'string' ? given.trim() : JSON.stringify(given);
    return [`tool_call id=${stringOf(call.id)} name=${stringOf(name)} arguments=${text}`];
  });
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** The index of the turn to answer: the last user or tool turn, or the last assistant turn when there is no other. */
function answered(turns: readonly PromptTurn[]): number {
  const last = turns.findLastIndex(({ role }) => role !== 'assistant');
  return last === -1 ? turns.length - 1 : last;
}

/** Turns before the answered one become context, turns after it are dropped. */
function promptFrom(turns: readonly PromptTurn[], at: number, { toolTurns }: Behaviour): string | undefined {
  const current = turns[at];
  if (current === undefined) return undefined;
  const named = current.role === 'tool' && toolTurns === 'by call, always';
  if (at === 0 && !named) return current.text;
  const line = ({ speaker, text }: PromptTurn): string => `${speaker}: ${text}`;
  if (at === 0) return line(current);
  return [
    '[Chat messages since your last reply - for context]',
    ...turns.slice(0, at).map(line),
    '',
    '[Current message - respond to this]',
    line(current),
  ].join('\n');
}
