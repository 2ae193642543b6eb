import { expect, test } from 'vitest';
import { NO_TOOLS, toolsError, toolsOf } from './tools.ts';

const tool = (name: unknown): object => ({ type: 'function', function: { name, parameters: {} } });

test.each([
  [{}, NO_TOOLS],
  [{ tools: null, tool_choice: null }, NO_TOOLS],
  [{ tools: [tool('get')] }, { tools: [{ name: 'get', description: '', parameters: {} }], toolChoice: 'auto' }],
  [
    { tools: [tool('get')], tool_choice: { type: 'function', function: { name: 'get' } } },
    { tools: [{ name: 'get', description: '', parameters: {} }], toolChoice: 'get' },
  ],
  [
    { tools: [tool('get'), tool('set')], tool_choice: { type: 'function', function: { name: 'set' } } },
    { tools: [{ name: 'set', description: '', parameters: {} }], toolChoice: 'set' },
  ],
  [
    { tools: [tool('get')], tool_choice: 'none' },
    { tools: [], toolChoice: 'none' },
  ],
])('valid tools are read: %j', (fields, tools) => {
  expect(toolsError(fields, true)).toBeUndefined();
  expect(toolsOf(fields)).toEqual(tools);
});

test.each([
  [{ tools: 'x' }, 'tools must be an array'],
  [{ tools: [7] }, 'each tool must be an object'],
  [{ tools: [{ type: 'odd' }] }, 'only function tools are supported'],
  [{ tools: [{ type: 'function' }] }, 'tool.function is required'],
  [{ tools: [tool(' ')] }, 'tool.function.name is required'],
  [{ tool_choice: 'required' }, 'tool_choice=required but no tools were provided'],
  [{ tool_choice: 'odd' }, 'tool_choice must be a string or object'],
  [{ tool_choice: {} }, 'unsupported tool_choice type'],
  [{ tool_choice: { type: 'custom' } }, 'tool_choice custom is not supported'],
  [{ tool_choice: { type: 'function' } }, 'tool_choice.function.name is required'],
  [
    { tools: [tool('get')], tool_choice: { type: 'function', function: { name: 'set' } } },
    'tool_choice requested unknown tool: set',
  ],
])('%j is refused with: %s', (fields, error) => {
  expect(toolsError(fields, true)).toBe(`Invalid tools/tool_choice: ${error}`);
});

test('where tool_choice is not enforced, "required" is refused', () => {
  expect(toolsError({ tools: [tool('get')], tool_choice: 'required' }, false)).toMatch(/required is not supported$/);
});
