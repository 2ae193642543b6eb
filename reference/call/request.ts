/**
 * What a call asks for: from the body of a chat completion to instructions and one prompt.
 * Source: https://platform.openai.com/docs/api-reference/chat/create, and the prompts that OpenClaw's agents are given.
 */

import type { Turn } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';
import { badField, badImage, wrongType, type Refusal } from '../errors.ts';
import { areSound, imagesIn } from './images.ts';
import { faultIn } from './sampling.ts';
import { NO_TOOLS, toolsFault, toolsOf, type Tools } from './tools.ts';

export interface Call extends Tools {
  /** As given, to the byte; "openclaw" when there is none. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether a stream ends with a chunk of token counts. */
  readonly includeUsage: boolean;
  /** Undefined when absent or blank. */
  readonly user: string | undefined;
  /** System and developer messages, joined by a blank line. */
  readonly instructions: string;
  /** What is said to the agent, earlier turns in front of the current one; undefined when nobody says anything. */
  readonly prompt: string | undefined;
  /** The one that is answered, alone. */
  readonly message: Turn | undefined;
  /** What is wrong with what is said: nobody is told before it is clear that there is somebody to say it to. */
  readonly fault: Refusal | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** One turn of a call's own history. */
interface Entry extends Turn {
  /** "User", "Assistant", "Tool" or "Tool:<call id>". */
  readonly speaker: string;
  /** What its parts of images refer to. */
  readonly images?: readonly (string | undefined)[];
}

/** What a message of images alone says. */
const IMAGE_ALONE = '(an image)';

/**
 * Reads a parsed body; undefined stands for an empty one.
 *
 * @throws {Refusal} 400 for a field of a wrong type or with a wrong value, as far as the edition looks.
 */
export function readCall(body: unknown, traits: Behaviour): Call {
  const fields = isFields(body) ? body : {};
  if (traits.strictTypes) refuseWrongTypes(body, fields);
  if (traits.tuning !== 'ignored') refuseFault(faultIn(fields, LOOKED[traits.tuning]));
  const messages = Array.isArray(fields.messages) ? fields.messages.filter(isFields) : [];
  const { model, user, stream_options: streamOptions } = fields;
  const images = traits.images === 'dropped' ? () => [] : imagesIn;
  const entries = messages.flatMap((message) => entriesOf(message, images));
  const at = answered(entries);
  return {
    model: typeof model === 'string' ? model : 'openclaw',
    stream: Boolean(fields.stream),
    includeUsage: isFields(streamOptions) && streamOptions.include_usage === true,
    user: typeof user === 'string' && user.trim() !== '' ? user.trim() : undefined,
    instructions: instructionsIn(messages),
    prompt: promptFrom(entries, at),
    message: entries[at],
    fault: faultOf(fields, entries[at]?.images, traits),
    ...(traits.clientTools === 'ignored' ? NO_TOOLS : toolsOf(fields)),
  };
}

/** What is wrong with what a call says. */
function faultOf(fields: Fields, images: Entry['images'] = [], traits: Behaviour): Refusal | undefined {
  const { clientTools } = traits;
  const tools = clientTools === 'ignored' ? undefined : toolsFault(fields, clientTools === 'enforced');
  if (tools !== undefined) return badField(tools);
  return areSound(images, traits.images === 'read strictly') ? undefined : badImage();
}

function refuseWrongTypes(body: unknown, fields: Fields): void {
  if (body !== undefined && !isFields(body)) throw wrongType('', 'object', typeName(body));
  for (const key of ['model', 'user']) {
    const value = fields[key];
    if (value !== undefined && typeof value !== 'string') throw wrongType(key, 'string', typeName(value));
  }
  const { stream = null, messages, stream_options: options = null, stop = null, tools } = fields;
  if (stream !== null && typeof stream !== 'boolean') throw wrongType('stream', 'boolean', typeName(stream));
  if (options !== null && !isFields(options)) throw wrongType('stream_options', 'object', typeName(options));
  const { include_usage: asked = null } = options ?? {};
  if (asked !== null && typeof asked !== 'boolean') {
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
    if (value <= 0) throw badField(`${key}: Too small: expected number to be >0`);
  }
  if (tools !== undefined && !Array.isArray(tools)) throw wrongType('tools', 'array', typeName(tools));
  if (stop !== null && typeof stop !== 'string' && !Array.isArray(stop)) throw badField('stop: Invalid input');
}

const LOOKED = {
  judged: { stops: false, tokens: false },
  'with stops': { stops: true, tokens: false },
  'with tokens': { stops: true, tokens: true },
};

function refuseFault(fault: string | undefined): void {
  if (fault !== undefined) throw badField(fault);
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

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function roleOf(message: Fields): string {
  return stringOf(message.role);
}

function instructionsIn(messages: readonly Fields[]): string {
  const spoken = messages.filter((message) => ['system', 'developer'].includes(roleOf(message)));
  return spoken
    .map((message) => textOf(message.content))
    .filter((text) => text !== '')
    .join('\n\n');
}

/** A text, or the text parts of an array, each on its own line; other parts are dropped. Trimmed. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return whole(content.trim());
  if (!Array.isArray(content)) return '';
  return whole(content.filter(isFields).flatMap(partText).join('\n').trim());
}

/** Without halves of characters, which no model provider takes. */
function whole(text: string): string {
  return text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '');
}

function partText(part: Fields): string[] {
  const isText = part.type === 'text' || part.type === 'input_text';
  const text = isText && typeof part.text === 'string' ? part.text : part.input_text;
  return typeof text === 'string' ? [text] : [];
}

/** One entry, or none for a message that says nothing or whose role is not known. */
function entriesOf(message: Fields, imagesOf: typeof imagesIn): Entry[] {
  const text = textOf(message.content);
  switch (roleOf(message)) {
    case 'user': {
      const images = imagesOf(message.content);
      const said = text === '' && images.some((url) => url !== undefined) ? IMAGE_ALONE : text;
      return said === '' ? [] : [{ role: 'user', speaker: 'User', text: said, images }];
    }
    case 'assistant': {
      const said = [text, ...toolCallsOf(message)].filter((line) => line !== '').join('\n');
      return said === '' ? [] : [{ role: 'assistant', speaker: 'Assistant', text: said }];
    }
    case 'tool':
    case 'function': {
      const of = stringOf(message.tool_call_id) || stringOf(message.name);
      return text === '' ? [] : [{ role: 'tool', speaker: of === '' ? 'Tool' : `Tool:${of}`, text }];
    }
    default:
      return [];
  }
}

function toolCallsOf(message: Fields): string[] {
  if (!Array.isArray(message.tool_calls)) return [];
  return message.tool_calls.filter(isFields).map((call) => {
    const { name, arguments: given } = isFields(call.function) ? call.function : {};
    return `tool_call id=${stringOf(call.id)} name=${stringOf(name)} arguments=${stringOf(given)}`;
  });
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** The last user or tool turn is answered, or an assistant's when there is no other. */
function answered(entries: readonly Entry[]): number {
  const asked = entries.findLastIndex((entry) => entry.role !== 'assistant');
  return asked === -1 ? entries.length - 1 : asked;
}

/** What stands before the turn that is answered is context, what stands after it is dropped. */
function promptFrom(entries: readonly Entry[], at: number): string | undefined {
  const current = entries[at];
  if (current === undefined) return undefined;
  if (at === 0) return current.text;
  const line = ({ speaker, text }: Entry): string => `${speaker}: ${text}`;
  return [
    '[Chat messages since your last reply - for context]',
    ...entries.slice(0, at).map(line),
    '',
    '[Current message - respond to this]',
    line(current),
  ].join('\n');
}
