/**
 * The caller's functions, which an agent may ask to be called.
 * Source: https://docs.openclaw.ai/gateway/openai-http-api#chat-tools-contract
 */

import type { Tool } from '../backends/backend.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Tools {
  /** What the agent may ask to be called. */
  readonly tools: readonly Tool[];
  /** `auto`, `none`, `required`, or a tool's name. */
  readonly toolChoice: string;
}

export const NO_TOOLS: Tools = { tools: [], toolChoice: 'auto' };

/** The tools of a call without fault. */
export function toolsOf({ tools, tool_choice: choice }: Fields): Tools {
  if (!Array.isArray(tools)) return NO_TOOLS;
  const functions = tools.filter(isFields).flatMap((tool) => (isFields(tool.function) ? [tool.function] : []));
  const named = isFields(choice) && isFields(choice.function) ? choice.function.name : choice;
  return {
    tools: functions.map(({ name, description, parameters }) => ({
      name: textIn(name),
      description: textIn(description),
      parameters,
    })),
    toolChoice: textIn(named) || 'auto',
  };
}

/** Whether two of them have one name: nobody could tell which of them is called. */
export function hasTwins(tools: readonly Tool[]): boolean {
  return tools.length > 1 && new Set(tools.map(({ name }) => name)).size < tools.length;
}

/**
 * What is wrong with a call's tools, as the caller is told; undefined when nothing is.
 *
 * @param enforced whether a call of a tool may be insisted on.
 */
export function toolsFault({ tools, tool_choice: choice }: Fields, enforced: boolean): string | undefined {
  const fault = listFault(tools ?? []) ?? choiceFault(choice ?? 'auto', toolsOf({ tools }).tools, enforced);
  return fault === undefined ? undefined : `Invalid tools/tool_choice: ${fault}`;
}

function listFault(tools: unknown): string | undefined {
  if (!Array.isArray(tools)) return 'tools must be an array';
  for (const tool of tools) {
    if (!isFields(tool)) return 'each tool must be an object';
    if (tool.type !== 'function') return 'only function tools are supported';
    if (!isFields(tool.function)) return 'tool.function is required';
    if (textIn(tool.function.name) === '') return 'tool.function.name is required';
  }
  return undefined;
}

function choiceFault(choice: unknown, tools: readonly Tool[], enforced: boolean): string | undefined {
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
