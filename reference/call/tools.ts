/**
 * The client's functions, which an agent may call.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#chat-tools-contract
 */

import type { Tool } from '../backends/backend.ts';
import type { Behaviour } from '../editions/editions.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The tools of a call, and how the agent may use them. */
export interface Tools {
  /** The functions that the agent may call: none by the choice `none`, one alone by its name. */
  readonly tools: readonly Tool[];
  /** `auto`, `none`, `required`, or the name of the tool to call. */
  readonly toolChoice: string;
}

/** The tools of a call that has none. */
export const NO_TOOLS: Tools = { tools: [], toolChoice: 'auto' };

/** The tools of a call for which `toolsError` is undefined. */
export function toolsOf({ tools, tool_choice: choice }: Fields): Tools {
  if (!Array.isArray(tools)) return NO_TOOLS;
  const chosen = isFields(choice) && isFields(choice.function) ? choice.function.name : choice;
  const toolChoice = textIn(chosen) || 'auto';
  if (choice === 'none') return { tools: [], toolChoice };
  const functions = tools.filter(isFields).flatMap((tool) => (isFields(tool.function) ? [tool.function] : []));
  const all = functions.map(({ name, description, parameters }) => ({
    name: textIn(name),
    description: textIn(description),
    parameters,
  }));
  return { tools: isFields(choice) ? all.filter(({ name }) => name === toolChoice) : all, toolChoice };
}

/**
 * The names of the tools for files and commands, which an agent has by default.
 * Source: https://docs.openclaw.ai/tools
 */
const OWN = new Set(['read', 'write', 'edit', 'exec', 'process']);

/** Whether a call of a tool would be ambiguous: two have its name, or the agent has one of that name itself. */
export function areAmbiguous(tools: readonly Tool[], { ownTools }: Pick<Behaviour, 'ownTools'>): boolean {
  if (tools.length > 1 && new Set(tools.map(({ name }) => name)).size < tools.length) return true;
  return ownTools === 'clash' && tools.some(({ name }) => OWN.has(name));
}

/**
 * The message of the first error in a call's tools, for a 400; undefined when they are valid.
 *
 * @param enforced Whether `tool_choice` may require a call: `required`, or a tool's name.
 */
export function toolsError({ tools, tool_choice: choice }: Fields, enforced: boolean): string | undefined {
  const error = listError(tools ?? []) ?? choiceError(choice ?? 'auto', toolsOf({ tools }).tools, enforced);
  return error === undefined ? undefined : `Invalid tools/tool_choice: ${error}`;
}

function listError(tools: unknown): string | undefined {
  if (!Array.isArray(tools)) return 'tools must be an array';
  for (const tool of tools) {
    if (!isFields(tool)) return 'each tool must be an object';
    if (tool.type !== 'function') return 'only function tools are supported';
    if (!isFields(tool.function)) return 'tool.function is required';
    if (textIn(tool.function.name) === '') return 'tool.function.name is required';
  }
  return undefined;
}

function choiceError(choice: unknown, tools: readonly Tool[], enforced: boolean): string | undefined {
  if (choice === 'auto' || choice === 'none') return undefined;
  if (choice === 'required') {
    if (!enforced) return 'tool_choice=required is not supported';
    return tools.length === 0 ? 'tool_choice=required but no tools were provided' : undefined;
  }
  if (!isFields(choice)) return 'tool_choice must be a string or object';
  if (typeof choice.type !== 'string') return 'unsupported tool_choice type';
  if (choice.type !== 'function' || !enforced) return `tool_choice ${choice.type} is not supported`;
  const name = isFields(choice.function) ? textIn(choice.function.name) : '';
  if (name === '') return 'tool_choice.function.name is required';
  return tools.some((tool) => tool.name === name) ? undefined : `tool_choice requested unknown tool: ${name}`;
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
